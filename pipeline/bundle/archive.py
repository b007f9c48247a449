"""The archive: the same files always give the same bytes, and only those bytes are read back.

Reading is strict because an archive comes from anywhere: plain files with plain names, in order, once each, of a bounded size, and nothing
before, between or behind them. What passes is, byte for byte, what writing the same files would give.
"""

from __future__ import annotations

import io
import re
import struct
import tarfile
import zlib
from collections.abc import Mapping

from pipeline.errors import IntegrityError

MOST_BYTES, MOST_PACKED, MOST_FILES = 256 << 20, 64 << 20, 5000
_NAME = re.compile(r"[A-Za-z0-9_.+@-]+(?:/[A-Za-z0-9_.+@-]+)*")
_LONGEST_NAME = 100  # what a tar header holds without an extension
_GZIP_HEADER = bytes([0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 2, 255])  # deflate, no name, no time, best compression, no system
_FIX = "do not use it; ask for it again where it came from"


def pack(files: Mapping[str, bytes]) -> bytes:
    """Return a gzipped tar of the files. Raises `IntegrityError` for a name that reading would refuse."""
    for name in files:
        require_name(name)
    tar = _tar(files)
    squeezer = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS)
    body = squeezer.compress(tar) + squeezer.flush()
    # By hand, for libraries write the time or their own system into the header. Source: RFC 1952.
    return _GZIP_HEADER + body + struct.pack("<II", zlib.crc32(tar), len(tar))


def unpack(packed: bytes) -> dict[str, bytes]:
    """Return the files of an archive. Raises `IntegrityError` for anything that `pack` would not have written."""
    tar = _inflated(packed)
    files: dict[str, bytes] = {}
    try:
        with tarfile.open(fileobj=io.BytesIO(tar), mode="r:") as content:
            for member in content:
                if len(files) >= MOST_FILES:
                    raise IntegrityError(f"it has more than {MOST_FILES} files", fix=_FIX)
                if not member.isreg() or member.pax_headers or member.sparse is not None:
                    raise IntegrityError(f"its entry {member.name!r} is no plain file", fix=_FIX)
                require_name(member.name)
                if member.name in files:
                    raise IntegrityError(f"its entry {member.name!r} occurs twice", fix=_FIX)
                file = content.extractfile(member)
                files[member.name] = file.read() if file else b""
    except (tarfile.TarError, ValueError, OverflowError, EOFError) as error:
        raise IntegrityError(f"it is no tar archive ({error})", fix=_FIX) from error
    if _tar(files) != tar:
        raise IntegrityError("its bytes are not those that its files would give: something is hidden, out of order or cut off", fix=_FIX)
    return files


def require_name(name: str) -> None:
    """Raise `IntegrityError` for a name that could lead out of a folder, or that two systems could read as two."""
    if not _NAME.fullmatch(name) or len(name) > _LONGEST_NAME or {".", ".."} & set(name.split("/")):
        raise IntegrityError(f"the name {name[:80]!r} is none that an archive may have", fix=_FIX)


def _tar(files: Mapping[str, bytes]) -> bytes:
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w", format=tarfile.USTAR_FORMAT) as tar:
        for name in sorted(files):
            member = tarfile.TarInfo(name)
            member.size, member.mode = len(files[name]), 0o644
            tar.addfile(member, io.BytesIO(files[name]))
    return packed.getvalue()


def _inflated(packed: bytes) -> bytes:
    """Decompress one gzip stream, never to more than `MOST_BYTES`: a bomb is refused while it is still small."""
    if len(packed) > MOST_PACKED:
        raise IntegrityError(f"it is larger than {MOST_PACKED >> 20} MiB", fix=_FIX)
    if packed[: len(_GZIP_HEADER)] != _GZIP_HEADER:
        raise IntegrityError("it does not begin as a bundle does", fix=_FIX)
    stream = zlib.decompressobj(wbits=31)
    try:
        tar = stream.decompress(packed, MOST_BYTES + 1)
    except zlib.error as error:
        raise IntegrityError(f"it is damaged ({error})", fix=_FIX) from error
    if len(tar) > MOST_BYTES:
        raise IntegrityError(f"it unpacks to more than {MOST_BYTES >> 20} MiB", fix=_FIX)
    if not stream.eof or stream.unused_data:
        raise IntegrityError("it is cut off, or something follows its end", fix=_FIX)
    return tar
