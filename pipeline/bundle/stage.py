"""The stages `bundle`, which packs and signs a commit's evidence, and `verify`, which checks such a bundle anywhere."""

from __future__ import annotations

import functools
import hashlib
import logging
import os
import re
import tempfile
from pathlib import Path

from pipeline.attest import cosign, signature
from pipeline.bundle import archive, contents, judge, manifest
from pipeline.bundle.manifest import GREEN, Manifest
from pipeline.errors import FindingError, UsageError
from pipeline.gates.checks import gitleaks
from pipeline.gates.context import Context
from pipeline.gates.stages import FROM_VARIABLE
from pipeline.stage import Run

log = logging.getLogger(__name__)

_COMMIT, _KEY, _AUTHENTIC = "--commit=", "--key=", "--authentic"
_USAGE = f"nox -s verify -- BUNDLE [{_COMMIT}SHA] [{_KEY}FILE] [{_AUTHENTIC}]"


def bundle(run: Run) -> None:
    """Pack this commit's evidence, whatever its verdict, and sign it. Raises `FindingError` when a secret is in it."""
    place, tag = run.workspace, run.commit.tag
    files = contents.evidence(run.evidence) | contents.judges(place.root, run.commit.sha)
    known = {"state": contents.state(place), "policies": contents.policies(place.root), "tools": contents.tools(place)}
    told = manifest.draw(tag, files, known)
    files[judge.MANIFEST] = told.text()
    with tempfile.TemporaryDirectory(prefix=f"{place.name}-") as folder:
        _require_no_secret(run, files, Path(folder))
        files |= _signed(run, contents.sums(files.items()), Path(folder))
    path = run.evidence / f"{place.settings.project}-{tag}.tar.gz"
    packed = archive.pack(files)
    new = path.with_suffix(".new")
    new.write_bytes(packed)
    key = signature.public_key(cosign.public_file(place))
    judge.check(packed, key, functools.partial(contents.committed, place.root), run.commit.sha)
    new.replace(path)
    run.figures.update(file=path.name, sha256=hashlib.sha256(packed).hexdigest(), files=len(files), bytes=len(packed))
    run.figures.update(unpacked=sum(map(len, files.values())), verdict=told.verdict, missing=told.missing, failed=told.failed)
    run.summary = f"{path} is signed, {len(files)} files, {len(packed) / 1e6:.1f} MB, and says {_said(told)}"


def verify(run: Run) -> None:
    """Check a bundle. Raises `IntegrityError` when it is not what was signed, `FindingError` when it is and says anything but green."""
    path, wanted, key_file, authentic = arguments(run)
    try:
        size = path.stat().st_size
        packed = path.read_bytes() if size <= archive.MOST_PACKED else b"\0" * (archive.MOST_PACKED + 1)
    except OSError as error:
        raise UsageError(f"{path} cannot be read ({error.strerror})", fix=_USAGE) from error
    key = signature.public_key(key_file or cosign.public_file(run.workspace))
    told, compared = judge.check(packed, key, functools.partial(contents.committed, run.workspace.root), wanted)
    against = f"{compared} tables compared with the commit" if compared else "the commit is not in this clone: its tables were not compared"
    run.figures.update(commit=told.commit, verdict=told.verdict, compared=compared, sha256=hashlib.sha256(packed).hexdigest())
    run.summary = f"authentic, signed by {signature.fingerprint(key)[:16]}, of commit {told.commit}; {against}; it says {_said(told)}"
    if told.verdict != GREEN and not authentic:
        log.info(run.summary)
        raise FindingError(f"the bundle is authentic and says {_said(told)}", fix=f"see its manifest; {_AUTHENTIC} asks for no more")


def arguments(run: Run) -> tuple[Path, str, Path | None, bool]:
    """The words after `--`: the bundle, the commit that it must be of, the signer's public key. Raises `UsageError`."""
    here, paths = Path(os.environ.get(FROM_VARIABLE, ".")), []
    wanted, key, authentic = "", None, False
    for word in run.arguments:
        if word.startswith(_COMMIT):
            wanted = word.removeprefix(_COMMIT)
        elif word.startswith(_KEY):
            key = here / word.removeprefix(_KEY)
        elif word == _AUTHENTIC:
            authentic = True
        else:
            paths.append(here / word)
    if unknown := [path.name for path in paths if path.name.startswith("-")]:
        raise UsageError(f"verify knows no {unknown[0]}", fix=_USAGE)
    if len(paths) != 1:
        raise UsageError(f"verify needs one bundle, not {len(paths)}", fix=_USAGE)
    if wanted and not re.fullmatch(r"[0-9a-f]{40}", wanted):
        raise UsageError(f"{wanted!r} is no full commit hash", fix="git rev-parse HEAD")
    return paths[0], wanted, key, authentic


def _said(told: Manifest) -> str:
    parts = [f"failed {', '.join(told.failed)}"] if told.failed else []
    parts += [f"missing {', '.join(told.missing)}"] if told.missing else []
    parts += ["of a tree with uncommitted changes"] if told.dirty else []
    return f"{told.verdict}{': ' if parts else ''}{'; '.join(parts)}"


def _require_no_secret(run: Run, files: dict[str, bytes], folder: Path) -> None:
    tree = folder / "files"
    for name, content in files.items():
        (tree / name).parent.mkdir(parents=True, exist_ok=True)
        (tree / name).write_bytes(content)
    found = gitleaks.folder(Context(run.workspace, own=True, scratch=folder), tree)
    if found:
        told = "; ".join(f"{Path(each.file).relative_to(tree)}:{each.line} {each.rule}" for each in found[:3])
        raise FindingError(f"{len(found)} secrets in the evidence: {told}", fix="revoke them, and find out which stage wrote them")


def _signed(run: Run, sums: bytes, folder: Path) -> dict[str, bytes]:
    plain, sealed = folder / judge.SUMS, folder / judge.SIGNATURE
    plain.write_bytes(sums)
    signer = cosign.signer(run.workspace)
    signer.blob(plain, sealed)
    signer.confirm_blob(plain, sealed)
    return {judge.SUMS: sums, judge.SIGNATURE: sealed.read_bytes()}
