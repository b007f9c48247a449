"""Known vulnerabilities, without a lie: what advisory data says is a finding, and what no data could be had for is stated as unverified."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from debian.debfile import DebFile
from debian.debian_support import Version

from pipeline import network, process
from pipeline.debian import fetch, lock, mirror, security
from pipeline.debian.lock import Package
from pipeline.errors import PipelineError
from pipeline.gates.context import Context, parsed
from pipeline.gates.inputs import Inputs
from pipeline.gates.report import Finding, Report
from pipeline.toolchain import uv

_SECONDS = 120
_UNREACHABLE = re.compile(r"ConnectionError|ConnectTimeout|ReadTimeout|Failed to establish|Max retries|ServiceError", re.IGNORECASE)
_NO_ADVISORIES = "Python packages: no advisory data could be had"
_CVE = re.compile(r"CVE-\d{4}-\d{4,}")


def debian(context: Context, inputs: Inputs) -> Report:
    """Compare every locked Debian package with the suite's security archive: older than what is there means a missing fix."""
    locks = [path for path in inputs.all if path.suffix == ".lock" and path.parent.name == "debian"]
    findings: list[Finding] = []
    unverified: list[str] = []
    for path in locks:
        wanted = lock.parse_list(path.with_suffix(".list").read_text("utf-8"))
        locked = lock.parse(path.read_text("utf-8"))
        for architecture in wanted.architectures:
            try:
                fixed = security.index(context.place, wanted.suite, architecture)
            except PipelineError as error:
                unverified.append(f"{path.name} ({architecture}): Debian's security archive does not answer ({error.what[:80]})")
                continue
            for package, newer in outdated(locked, fixed):
                cves = _cves(context, package, newer)
                message = f"{package.version} lacks the fix in {newer.version} ({', '.join(cves) or 'its changelog names no CVE'})"
                findings.append(
                    Finding(str(path), 0, "known-vulnerable", message, "high", "nox -s lock", f"{package.name}@{package.version}")
                )
    return Report(
        "debian security", "1", tuple(map(str, locks)), findings=tuple(sorted(set(findings))), unverified=tuple(dict.fromkeys(unverified))
    )


def outdated(locked: Iterable[Package], fixed: Mapping[str, Package]) -> list[tuple[Package, Package]]:
    """Return each locked package that is older than the one in the security archive, with that one."""
    pairs = ((package, fixed.get(package.name)) for package in locked)
    return [(package, newer) for package, newer in pairs if newer and Version(package.version) < Version(newer.version)]


def _cves(context: Context, package: Package, newer: Package) -> list[str]:
    """The CVE ids that the newer package's changelog names in the entries that the locked one does not have."""
    if not network.allowed():
        return []
    with tempfile.TemporaryDirectory(dir=context.scratch) as folder:
        try:
            fetch.fetch(mirror.address(), newer, Path(folder))
            with DebFile(str(next(Path(folder).glob("*.deb")))) as deb:
                changes = deb.changelog()
        except (PipelineError, StopIteration):
            return []
    blocks = [block for block in changes or [] if block.version > Version(package.version)]
    return sorted({cve for block in blocks for cve in _CVE.findall(str(block))})


def python(context: Context, inputs: Inputs) -> Report:
    """Ask pip-audit about every package of uv.lock. What it can't look up it skips; here that is unverified, never a pass."""
    found = context.tool("pip-audit")
    lock_file = inputs.root / "uv.lock"
    if not network.allowed():
        return Report("pip-audit", found.version, (str(lock_file),), unverified=(_NO_ADVISORIES,))
    listed = context.scratch / "requirements.txt"
    listed.write_text(uv.requirements(context.tool("uv").path, inputs.root, "--all-groups"), "utf-8")
    argv: list[str | Path] = [
        found.path,
        "--requirement",
        listed,
        "--no-deps",
        "--disable-pip",
        "--format=json",
        "--progress-spinner=off",
        "--timeout=5",
    ]
    done = process.run(argv, cwd=context.scratch, timeout=_SECONDS, ok=None)
    if _UNREACHABLE.search(done.stderr):
        return Report("pip-audit", found.version, (str(lock_file),), unverified=(_NO_ADVISORIES,))
    table = parsed("pip-audit", done.stdout)["dependencies"]
    findings = [finding for each in table for finding in _vulnerabilities(each, lock_file)]
    skipped = [each["name"] for each in table if "skip_reason" in each]
    unverified = (f"{len(skipped)} of {len(table)} Python packages: no advisory data could be had",) if skipped else ()
    return Report("pip-audit", found.version, (str(lock_file),), findings=tuple(findings), unverified=unverified)


def _vulnerabilities(each: Mapping[str, Any], file: Path) -> list[Finding]:
    name = f"{each['name']}@{each.get('version', '')}"
    return [
        Finding(
            str(file),
            0,
            vulnerability["id"],
            (vulnerability.get("description") or "known vulnerability")[:200],
            "high",
            f"upgrade to {', '.join(vulnerability['fix_versions']) or 'another package'}",
            name,
        )
        for vulnerability in each.get("vulns", [])
    ]
