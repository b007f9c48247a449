# No `# syntax=` line: it would be fetched from a registry, and this build has no network.
#
# Three folders are handed in, each made from hash-locked or committed files (pipeline/image.py), in place of these empty stages:
#   rootfs    Debian's Python and the libraries it links, unpacked, nothing else (toolchain/debian/service.list)
#   packages  the service's Python packages, from uv.lock (group `service`)
#   service   app/ as Git sees it
FROM scratch AS rootfs
FROM scratch AS packages
FROM scratch AS service

# Exec form throughout: there is no shell. Nothing that one layer brings is removed by a later one.
# Left out of Debian's files: modules whose libraries are not shipped, old character sets, vector maths, and the standard library's
# tests, consoles, mail, XML and SQL. A test loads whatever is left.
FROM scratch
COPY --from=rootfs \
     --exclude=usr/lib/*/gconv --exclude=usr/lib/*/libmvec.so* --exclude=usr/lib/python3.13/test --exclude=usr/lib/python3.13/unittest \
     --exclude=usr/lib/python3.13/doctest.py --exclude=usr/lib/python3.13/lib-dynload/*test* --exclude=usr/lib/python3.13/*pydoc* \
     --exclude=usr/lib/python3.13/_pyrepl --exclude=usr/lib/python3.13/pdb.py --exclude=usr/lib/python3.13/turtle.py \
     --exclude=usr/lib/python3.13/curses --exclude=usr/lib/python3.13/lib-dynload/_curses* --exclude=usr/lib/python3.13/venv \
     --exclude=usr/lib/python3.13/xml* --exclude=usr/lib/python3.13/tarfile.py --exclude=usr/lib/python3.13/http/cookiejar.py --exclude=usr/lib/python3.13/mailbox.py \
     --exclude=usr/lib/python3.13/imaplib.py --exclude=usr/lib/python3.13/ftplib.py --exclude=usr/lib/python3.13/poplib.py \
     --exclude=usr/lib/python3.13/smtplib.py --exclude=usr/lib/python3.13/sqlite3 --exclude=usr/lib/python3.13/lib-dynload/_sqlite3* \
     --exclude=usr/lib/python3.13/_pydecimal.py --exclude=usr/lib/python3.13/pickletools.py --exclude=usr/lib/python3.13/optparse.py \
     --exclude=usr/lib/python3.13/_pyio.py --exclude=usr/lib/python3.13/_pydatetime.py --exclude=usr/lib/python3.13/statistics.py \
     --exclude=usr/lib/python3.13/difflib.py --exclude=usr/lib/*/libnsl* --exclude=usr/lib/*/libthread_db* --exclude=usr/lib/*/libexpatw* \
     --exclude=usr/lib/python3.13/lib-dynload/_bz2* --exclude=usr/lib/python3.13/lib-dynload/_dbm* --exclude=usr/lib/python3.13/lib-dynload/_lzma* \
     --exclude=usr/lib/python3.13/lib-dynload/_uuid* --exclude=usr/lib/python3.13/lib-dynload/readline* \
     --exclude=usr/lib/*/libmemusage* --exclude=usr/lib/*/libpcprofile* --exclude=usr/lib/*/libc_malloc_debug* --exclude=usr/lib/*/audit \
     --exclude=usr/lib/python3.13/encodings/cp* --exclude=usr/lib/python3.13/encodings/mac_* \
     --exclude=usr/lib/python3.13/encodings/iso2022* --exclude=usr/lib/python3.13/encodings/iso8859_[2-9]* \
     --exclude=usr/lib/python3.13/lib-dynload/_codecs_* \
     tree /
COPY --from=packages tree /usr/local/lib/python3.13/dist-packages/
COPY --from=service tree /usr/local/lib/python3.13/dist-packages/
# Compiled now, by the very Python that will run it, since the root file system is read-only later. `unchecked-hash` keeps time stamps out
# of the bytes. One after the other: what else a process has compiled shows in the reference flags that marshal writes (CPython issue 78274).
RUN ["/usr/bin/python3.13", "-I", "-m", "compileall", "-q", "--invalidation-mode", "unchecked-hash", \
     "/usr/lib/python3.13", "/usr/local/lib/python3.13/dist-packages"]

ARG COMMIT
ARG CREATED
LABEL org.opencontainers.image.title="hash" \
      org.opencontainers.image.description="GET /hash/<text> answers the SHA-1 hex digest of the text" \
      org.opencontainers.image.revision="${COMMIT}" \
      org.opencontainers.image.created="${CREATED}"
ENV SERVICE_COMMIT="${COMMIT}" BIND_ADDRESS=0.0.0.0 PORT=8080 METRICS_PORT=8081
USER 65532:65532
EXPOSE 8080 8081
# Probes ask /healthz and /readyz. A health check by Docker would need a program in the image, and Kubernetes ignores it.
HEALTHCHECK NONE
# -I: neither environment nor working folder adds code; -B: nothing is written.
ENTRYPOINT ["/usr/bin/python3.13", "-I", "-B", "-m", "app"]
