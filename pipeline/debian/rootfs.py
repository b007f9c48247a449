"""Root file systems from verified .deb files: `unpack` extracts without running anything, `install` runs a full, offline installation."""

from __future__ import annotations

import shutil
import stat
import tempfile
from pathlib import Path
from tarfile import TarInfo

from debian.debfile import DebFile

from pipeline import process
from pipeline.debian import fetch, lock
from pipeline.errors import CommandError, ToolchainError
from pipeline.toolchain import apt
from pipeline.workspace import Workspace

_INSTALL_SECONDS = 900
# Debian merged these into /usr (base-files ships the links, but its turn may come after a package that fills them).
_MERGED = ("bin", "sbin", "lib", "lib64")
# Nothing in an image reads these; copyright files stay, the licences ask for it.
_DROPPED = tuple(f"usr/share/{name}" for name in ("man", "locale", "info", "lintian", "bug", "applications", "pixmaps"))
_EMPTIED = (
    "boot",
    "home",
    "media",
    "mnt",
    "opt",
    "root",
    "srv",
    "var/backups",
    "var/cache",
    "var/local",
    "var/mail",
    "var/opt",
    "var/spool",
)
_NOT_ROOT = 65532
EPOCH = 315532800  # 1980, before any file: parts of the cluster carry no build time


def unpack(debs: list[Path], root: Path) -> None:
    """Extract packages into the empty folder `root`: no maintainer script runs, so there is nothing but files.

    Each package's control data is kept below var/lib/dpkg/status.d, where scanners of images without dpkg look for it.
    """
    for name in _MERGED:
        (root / "usr" / name).mkdir(parents=True, exist_ok=True)
        (root / name).symlink_to(f"usr/{name}")
    for file in debs:
        with DebFile(str(file)) as deb:
            with deb.data.tgz() as data:
                # The files are hash-locked, so absolute links are Debian's own; newer Pythons refuse them by default.
                data.extraction_filter = lambda member, _path: member
                data.extractall(root, members=filter(None, map(_kept, data)))  # noqa: S202 - as above
            _record(deb, root)
    _accounts(root)
    _strip(root)


def _kept(member: TarInfo) -> TarInfo | None:
    """Leave out what is dropped, and the links that stand already; drop set-user-ID bits."""
    name = member.name.removeprefix("./")
    if name in {"", *_MERGED} or name.startswith(tuple(f"{folder}/" for folder in _DROPPED)):
        return None
    if name.startswith("usr/share/doc/") and member.isfile() and not name.endswith("/copyright"):
        return None
    member.mode &= ~(stat.S_ISUID | stat.S_ISGID)
    return member


def _record(deb: DebFile, root: Path) -> None:
    folder = root / "var" / "lib" / "dpkg" / "status.d"
    folder.mkdir(parents=True, exist_ok=True)
    control = deb.debcontrol()
    (folder / control["Package"]).write_text(f"{control.dump()}", "utf-8")
    sums = "".join(f"{digest}  {name.decode()}\n" for name, digest in sorted(deb.md5sums().items()))
    (folder / f"{control['Package']}.md5sums").write_text(sums, "utf-8")


def _accounts(root: Path) -> None:
    """The two accounts that exist: root, because files belong to it, and the one that the service runs as."""
    etc = root / "etc"
    etc.mkdir(exist_ok=True)
    (etc / "passwd").write_text(
        f"root:x:0:0:root:/nonexistent:/nonexistent\nnonroot:x:{_NOT_ROOT}:{_NOT_ROOT}:nonroot:/nonexistent:/nonexistent\n", "utf-8"
    )
    (etc / "group").write_text(f"root:x:0:\nnonroot:x:{_NOT_ROOT}:\n", "utf-8")
    (etc / "nsswitch.conf").write_text("passwd: files\ngroup: files\nhosts: files dns\n", "utf-8")


def _strip(root: Path) -> None:
    """Remove empty folders that only exist to be filled on a whole system; keep the few that programs expect."""
    for folder in ("proc", "sys", "dev", "tmp", "run"):
        (root / folder).mkdir(exist_ok=True)
    (root / "tmp").chmod(0o1777)
    for folder in _EMPTIED:
        shutil.rmtree(root / folder, ignore_errors=True)


def install(place: Workspace, lock_path: Path, target: Path, *, hook: str = "") -> None:
    """Install a lock's packages with their scripts from these files alone: mmdebstrap sees no other source.

    `target` is made: a file with the suffix .tar, or a folder. It has no device files: whoever runs it brings its own /dev.
    `hook` is a shell line that mmdebstrap runs in its own private tree ($1). Needs root. Raises `ToolchainError` when it fails.
    """
    suite = lock.parse_list(lock_path.with_suffix(".list").read_text("utf-8")).suite
    debs = fetch.debs(place, lock_path, "amd64")
    apt.ensure(["mmdebstrap"])
    with tempfile.TemporaryDirectory() as scratch:
        repository = Path(scratch)
        repository.chmod(0o755)
        _index(debs, repository)
        argv = [
            "mmdebstrap",
            "--mode=root",
            "--variant=custom",
            f"--format={'tar' if target.suffix == '.tar' else 'directory'}",
            "--skip=check/signed-by,output/dev",
            f"--include={','.join(_names(repository))}",
            *(f"--dpkgopt=path-exclude=/{folder}/*" for folder in _DROPPED),
            *([f"--customize-hook={hook}"] if hook else []),
            suite,
            str(target),
            f"deb [trusted=yes] copy://{repository} ./",
        ]
        env = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "SOURCE_DATE_EPOCH": str(EPOCH), "LC_ALL": "C.UTF-8"}
        try:
            process.run(argv, env=env, timeout=_INSTALL_SECONDS)
        except CommandError as error:
            raise ToolchainError(f"mmdebstrap failed: {error.what}", fix="read the stage's log") from error


def _index(debs: list[Path], repository: Path) -> None:
    """Make a flat repository of the files: apt checks each against the hash written here."""
    stanzas = []
    for file in debs:
        name = file.name
        (repository / name).symlink_to(file)
        control = process.run(["dpkg-deb", "--field", file], timeout=60).stdout.strip()
        stanzas.append(f"{control}\nFilename: ./{name}\nSize: {file.stat().st_size}\nSHA256: {file.stem}\n")
    (repository / "Packages").write_text("\n".join(stanzas), "utf-8")


def _names(repository: Path) -> list[str]:
    lines = (repository / "Packages").read_text("utf-8").splitlines()
    return sorted({line.partition(": ")[2] for line in lines if line.startswith("Package: ")})
