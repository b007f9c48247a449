"""Package locks: which .deb files an image is made of, by version and SHA-256.

A list (`toolchain/debian/*.list`) says what is wanted and why; apt resolves it, against indexes whose signature it checks, into a lock
of the same name. Only this step trusts an index: everything else trusts the hashes.
"""

from __future__ import annotations

import os
import re
import tempfile
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote, urlsplit

from pipeline import process, store
from pipeline.debian import mirror
from pipeline.errors import CommandError, IntegrityError, ToolchainError, UsageError
from pipeline.stage import Run
from pipeline.toolchain import apt

_KEYRING = Path("/usr/share/keyrings/debian-archive-keyring.gpg")
_APT_SECONDS = 300
# What `apt-get --print-uris` prints per file: 'address' name size hash
_LINE = re.compile(r"'(?P<url>[^']+)' (?P<name>\S+) (?P<size>\d+) SHA256:(?P<sha256>[0-9a-f]{64})")


@dataclass(frozen=True, order=True)
class Package:
    """One .deb file: where it lies on every mirror, its size in bytes and its SHA-256."""

    name: str
    version: str
    architecture: str
    path: str
    size: int
    sha256: str


@dataclass(frozen=True)
class Wanted:
    """A list file: the suite, the architectures, whether dependencies are added, and the packages."""

    suite: str
    architectures: tuple[str, ...]
    closure: bool
    packages: tuple[str, ...]


def parse_list(text: str) -> Wanted:
    """Read a list: `suite`, `architectures` and `closure` lines, then one package a line; `#` starts a comment. Raises `UsageError`."""
    settings: dict[str, str] = {}
    packages: list[str] = []
    for line in filter(None, (raw.partition("#")[0].strip() for raw in text.splitlines())):
        key, equals, value = (part.strip() for part in line.partition("="))
        if equals:
            settings[key] = value
        else:
            packages.append(line)
    if set(settings) != {"suite", "architectures", "closure"} or settings["closure"] not in {"yes", "no"} or not packages:
        raise UsageError(
            f"a package list needs suite, architectures, closure = yes/no and packages, found {sorted(settings)}", fix="correct it"
        )
    return Wanted(settings["suite"], tuple(settings["architectures"].split()), settings["closure"] == "yes", tuple(packages))


def parse(text: str) -> list[Package]:
    """Read a lock. Raises `IntegrityError` for a line that is not one, or an empty lock."""
    packages = []
    for number, line in enumerate(text.splitlines(), 1):
        if line.startswith("#") or not line.strip():
            continue
        words = line.split()
        if len(words) != 6 or not re.fullmatch(r"[0-9a-f]{64}", words[5]) or not words[4].isdigit():  # noqa: PLR2004 - the fields of Package
            raise IntegrityError(f"line {number} of the package lock is damaged: {line[:60]!r}", fix="git checkout toolchain/debian")
        packages.append(Package(words[0], words[1], words[2], words[3], int(words[4]), words[5]))
    if not packages:
        raise IntegrityError("the package lock is empty", fix="git checkout toolchain/debian")
    return packages


def dump(packages: list[Package]) -> str:
    """Write a lock: one package a line, sorted, so that a changed version is a changed line."""
    head = "# Resolved by `nox -s lock` from the list of the same name; do not edit. name version architecture path size sha256\n"
    return head + "".join(f"{p.name} {p.version} {p.architecture} {p.path} {p.size} {p.sha256}\n" for p in sorted(packages))


def update(run: Run) -> None:
    """Resolve every list anew and write its lock. Raises `ToolchainError` where apt is missing or fails."""
    folder = run.workspace.root / "toolchain" / "debian"
    lines = []
    for source in sorted(folder.glob("*.list")):
        lock = source.with_suffix(".lock")
        before = set(parse(lock.read_text("utf-8"))) if lock.exists() else set()
        after = resolve(parse_list(source.read_text("utf-8")))
        store.write(lock, dump(after))
        lines.append(f"{lock.name}: {len(after)} packages, {len(set(after) - before)} changed")
    run.summary = "; ".join(lines)


def resolve(wanted: Wanted) -> list[Package]:
    """Ask apt which files the list means today, for every architecture."""
    found = set()
    for architecture in wanted.architectures:
        with tempfile.TemporaryDirectory() as scratch:
            found |= set(_resolve_one(wanted, architecture, Path(scratch)))
    return sorted(found)


def _resolve_one(wanted: Wanted, architecture: str, scratch: Path) -> list[Package]:
    base = mirror.address()
    sources = [
        f"{base}/debian {wanted.suite} main",
        f"{base}/debian {wanted.suite}-updates main",
        f"{base}/debian-security {wanted.suite}-security main",
    ]
    env = private_apt(scratch, architecture, sources)
    names = [*(["?essential"] if wanted.closure else []), *wanted.packages]
    action = ["install", "-y"] if wanted.closure else ["download"]
    try:
        process.run(["apt-get", "update", "-o", "APT::Update::Error-Mode=any"], env=env, timeout=_APT_SECONDS)
        said = process.run(["apt-get", *action, "--print-uris", *names], env=env, cwd=scratch, timeout=_APT_SECONDS).stdout
    except CommandError as error:
        raise ToolchainError(f"apt could not resolve {wanted.suite}: {error.what}", fix="read the stage's log") from error
    packages = [_package(match) for match in _LINE.finditer(said)]
    if not packages:
        raise ToolchainError(f"apt resolved {wanted.suite} to nothing", fix="read the stage's log")
    return packages


def private_apt(scratch: Path, architecture: str, sources: list[str]) -> dict[str, str]:
    """Return the environment of an apt that knows nothing of this machine: no installed packages, its own signed sources and lists."""
    if not _KEYRING.exists():
        apt.ensure(["debian-archive-keyring"])
    for folder in ("etc/apt", "lists/partial", "cache/archives/partial"):
        (scratch / folder).mkdir(parents=True)
    (scratch / "status").touch()
    lines = [f"deb [signed-by={_KEYRING}] {source}\n" for source in sources]
    (scratch / "etc/apt/sources.list").write_text("".join(lines), "utf-8")
    configuration = f"""
APT::Architecture "{architecture}";
APT::Architectures {{ "{architecture}"; }};
APT::Install-Recommends "false";
APT::Sandbox::User "root";
Acquire::ForceHash "SHA256";
Dir "{scratch}";
Dir::Etc "{scratch}/etc/apt";
Dir::State::lists "{scratch}/lists";
Dir::State::status "{scratch}/status";
Dir::Cache "{scratch}/cache";
#clear APT::Default-Release;
"""
    (scratch / "apt.conf").write_text(configuration, "utf-8")
    return {**os.environ, "APT_CONFIG": str(scratch / "apt.conf")}


def _package(match: re.Match[str]) -> Package:
    name, version, architecture = unquote(match["name"]).removesuffix(".deb").rsplit("_", 2)
    path = unquote(urlsplit(match["url"]).path).lstrip("/")
    # A mirror may serve Debian below a folder of its own; the archive's name is where the portable part begins.
    start = re.search(r"(?:^|/)(debian(?:-security)?/pool/.*)", path)
    if start is None:
        raise ToolchainError(f"apt named {match['url']}, which is not below debian/pool or debian-security/pool", fix="use another mirror")
    return Package(name, version, architecture, start[1], int(match["size"]), match["sha256"])
