"""trivy: misconfiguration as a second opinion to checkov, and everything about the built image.

Versions 0.69.4 to 0.69.6 were published by an attacker (CVE-2026-33634); toolchain/pins.toml refuses them.
"""

from __future__ import annotations

import bisect
import datetime as dt
import re
import shutil
import tempfile
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from pipeline.errors import CommandError
from pipeline.gates import database
from pipeline.gates.checks.licences import permits as licence_permits
from pipeline.gates.context import Context, output, parsed
from pipeline.gates.inputs import Inputs
from pipeline.gates.manifests import Bundle, Object, bundles
from pipeline.gates.report import Finding, Report, severity
from pipeline.toolchain import supply
from pipeline.workspace import Workspace

_QUIET = ("--quiet", "--format=json")
# How its messages name the object: Container 'x' of DaemonSet 'y' should ...
_NAMED = re.compile(r"(?P<kind>[A-Z]\w+) '(?P<name>[^']+)' should")
# Rules about a namespace, and the kind of object that meets them.
_OF_NAMESPACE = {"KSV-0039": "LimitRange", "KSV-0040": "ResourceQuota"}
_IN_NO_NAMESPACE = {"APIService", "PersistentVolume"}
# The checks that are compiled in: none is fetched, so the same tree always meets the same rules.
_OFFLINE = ("--skip-check-update", "--skip-version-check", "--disable-telemetry")


def misconfiguration(context: Context, inputs: Inputs) -> Report:
    """Apply every built-in check to rendered manifests, Dockerfiles and Terraform. Ignore files and comments are not obeyed."""
    found = context.tool("trivy")
    folder = context.scratch / "trivy"
    folder.mkdir()
    origins: dict[str, Bundle | Path] = {}
    for number, bundle in enumerate(bundles(context, inputs)):
        name = f"bundle-{number}.yaml"
        bundle.write(folder / name)
        origins[name] = bundle
    for number, path in enumerate(inputs.of("dockerfile")):
        name = f"{number}.Dockerfile"
        shutil.copyfile(path, folder / name)
        origins[name] = path
    for path in inputs.of("terraform"):
        if path.suffix == ".tf":
            name = f"terraform/{path.relative_to(inputs.root).as_posix()}"
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, folder / name)
            origins[name] = path
    argv: list[str | Path] = [
        found.path,
        "config",
        *_QUIET,
        *_OFFLINE,
        "--include-non-failures",
        f"--config-data={context.configuration / 'policies' / 'trivy'}",
        "--ignorefile=/dev/null",
        folder,
    ]
    return read(parsed("trivy", output(argv, cwd=folder, ok=(0,))), origins, found.version)


def read(said: Mapping[str, Any], origins: Mapping[str, Bundle | Path], version: str) -> Report:
    """Turn trivy's JSON into a report whose findings name the files that people edit."""
    examined: set[str] = set()
    rules: set[str] = set()
    findings: list[Finding] = []
    for result in said.get("Results") or []:
        origin = origins.get(result["Target"])
        if origin is None:
            continue
        examined |= {str(each.file) for each in origin.objects} if isinstance(origin, Bundle) else {str(origin)}
        results = result.get("Misconfigurations") or []
        rules |= {each["ID"] for each in results}
        failed = [_finding(each, origin) for each in results if each["Status"] != "PASS"]
        findings += [each for each in failed if not (isinstance(origin, Bundle) and _met(each, origin, failed))]
    missed = [
        name for name, origin in origins.items() if isinstance(origin, Path) and name.endswith("Dockerfile") and str(origin) not in examined
    ]
    errors = tuple(f"{origins[name]}: trivy passed by it in silence" for name in missed)
    return Report("trivy config", version, tuple(examined), len(rules), tuple(findings), errors)


def _met(finding: Finding, bundle: Bundle, failed: Sequence[Finding]) -> bool:
    """Whether a rule about the whole namespace, which trivy asks of each object alone, is met by the object that it asks for."""
    wanted = _OF_NAMESPACE.get(finding.rule)
    if wanted and finding.resource.partition("/")[0] in _IN_NO_NAMESPACE:
        return True
    unfit = {each.resource for each in failed if each.rule == finding.rule}
    home = {each.namespace for each in bundle.objects if each.name == finding.resource}
    return any(each.content.get("kind") == wanted and each.name not in unfit and each.namespace in home for each in bundle.objects)


def _finding(each: Mapping[str, Any], origin: Bundle | Path) -> Finding:
    cause = each.get("CauseMetadata") or {}
    line = cause.get("StartLine") or 0
    if isinstance(origin, Path):
        return Finding(str(origin), line, each["ID"], each["Title"], severity(each["Severity"]), each.get("Resolution", ""))
    named = _NAMED.search(each.get("Message", ""))
    place = next((item for item in origin.objects if named and item.name == f"{named['kind']}/{named['name']}"), None) or _at(origin, line)
    return Finding(
        str(place.file), place.line, each["ID"], each["Title"], severity(each["Severity"]), each.get("Resolution", ""), place.name
    )


def _at(bundle: Bundle, line: int) -> Object:
    """The object at a line of the written bundle. Trivy does not count the lines that stand between its documents."""
    starts = [number for number, text in enumerate(bundle.text().splitlines(), 1) if text == "---"]
    counted = [number - before for before, number in enumerate(starts)]
    return bundle.objects[bisect.bisect_right(counted, line)] if line else bundle.objects[0]


def image(context: Context, _inputs: Inputs) -> Report:
    """Scan the built image for vulnerabilities, secrets, licences and misconfiguration."""
    found = context.tool("trivy")
    if context.archive is None:
        raise CommandError("there is no image to scan", fix="nox -s build")
    data = database.find(context.place)
    scanners = ["secret", "misconfig", "license", *(["vuln"] if data else [])]
    options = [
        f"--scanners={','.join(scanners)}",
        "--image-config-scanners=misconfig,secret",
        "--list-all-pkgs",
        f"--input={context.archive}",
    ]
    argv: list[str | Path] = [found.path, "image", *_scanning(context, data), *options]
    said = parsed("trivy", output(argv, cwd=context.scratch, ok=(0,)))
    licences = tomllib.loads((context.configuration / "policies" / "licences.toml").read_text("utf-8"))
    return read_image(said, found.version, licences, data, dt.datetime.now(dt.UTC))


def bill_of_materials(place: Workspace, archive: Path) -> str:
    """Return what the image is made of, as CycloneDX JSON."""
    with tempfile.TemporaryDirectory() as cache:
        options = [
            "--format=cyclonedx",
            "--offline-scan",
            "--no-progress",
            "--skip-db-update",
            f"--cache-dir={cache}",
            f"--input={archive}",
        ]
        argv: list[str | Path] = [supply.tool(place, "trivy"), "image", "--quiet", *_OFFLINE[1:], *options]
        text = output(argv, cwd=archive.parent, ok=(0,))
    if not parsed("trivy", text).get("components"):
        raise CommandError(f"trivy saw nothing in {archive}", fix="nox -s build")
    return text


def locks(context: Context, inputs: Inputs) -> Report:
    """Look up every package of uv.lock and every Go module of the tools in trivy's database; without one they are listed, unverified."""
    found = context.tool("trivy")
    files = [path for path in inputs.of("lock", "gomod") if path.name in {"uv.lock", "go.mod"}]
    data = database.find(context.place)
    folder = context.scratch / "locks"
    for path in files:
        copy = folder / path.relative_to(inputs.root)
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, copy)
    # The licence scanner is the one that lists packages without needing data.
    scanner = "vuln" if data else "license"
    argv: list[str | Path] = [found.path, "filesystem", *_scanning(context, data), "--list-all-pkgs", f"--scanners={scanner}", folder]
    said = parsed("trivy", output(argv, cwd=context.scratch, ok=(0,)))
    return read_locks(said, found.version, inputs.root, data, dt.datetime.now(dt.UTC))


def _scanning(context: Context, data: database.Database | None) -> list[str]:
    cache = data.folder if data else context.scratch / "cache"
    offline = ["--offline-scan", "--no-progress", "--skip-db-update", "--skip-java-db-update", "--ignorefile=/dev/null"]
    return [*_QUIET, *_OFFLINE, *offline, f"--cache-dir={cache}"]


def _age_errors(data: database.Database, now: dt.datetime) -> tuple[str, ...]:
    if not data.stale(now):
        return ()
    return (f"trivy's vulnerability database is {data.age(now).days} days old: delete {data.folder} and get a new one",)


def read_locks(said: Mapping[str, Any], version: str, root: Path, data: database.Database | None, now: dt.datetime) -> Report:
    """Turn trivy's JSON about lock files, each named by its path below `root`, into a report. Files with packages were examined."""
    results = [result for result in said.get("Results") or [] if result.get("Packages") or result.get("Vulnerabilities")]
    found = [(result["Target"], each) for result in results for each in result.get("Vulnerabilities") or []]
    findings = tuple(replace(_vulnerability(each), file=str(root / target)) for target, each in found)
    files = tuple(sorted({str(root / result["Target"]) for result in results}))
    count = sum(len(result.get("Packages") or []) for result in results)
    lacking = f"{count} Go modules and Python packages of {len(files)} locks: trivy's vulnerability database cannot be had"
    unverified = () if data else (lacking,)
    errors = _age_errors(data, now) if data else ()
    return Report("trivy locks", version, files, None, findings, errors, unverified)


def read_image(
    said: Mapping[str, Any], version: str, licences: Mapping[str, Any], data: database.Database | None, now: dt.datetime
) -> Report:
    """Turn trivy's JSON about an image into a report. Packages are what was examined; the age of the vulnerability data is judged too."""
    results = said.get("Results") or []
    packages = {f"{each['Name']}@{each['Version']}" for result in results for each in result.get("Packages") or []}
    findings: list[Finding] = []
    for result in results:
        findings += [_vulnerability(each) for each in result.get("Vulnerabilities") or []]
        findings += [_secret(each, result["Target"]) for each in result.get("Secrets") or []]
        findings += [_configuration(each) for each in result.get("Misconfigurations") or [] if each["Status"] != "PASS"]
        allowed = [*licences["shipped"], *(licences["debian"] if result["Target"] == "OS Packages" else [])]
        for each in result.get("Licenses") or []:
            # Python packages may state theirs by the classifiers' names, as for the gate `deps`.
            if not licence_permits(licences["names"].get(each["Name"], each["Name"]), allowed):
                findings.append(_licence(each))
    if not packages:
        raise CommandError("trivy saw no package in the image", fix="nox -s build")
    unverified = () if data else (f"{len(packages)} packages of the image: trivy's vulnerability database cannot be had",)
    errors = _age_errors(data, now) if data else ()
    return Report("trivy image", version, tuple(sorted(packages)), None, tuple(findings), errors, unverified)


def _vulnerability(each: Mapping[str, Any]) -> Finding:
    fixed = each.get("FixedVersion")
    name = f"{each['PkgName']}@{each['InstalledVersion']}"
    fix = f"upgrade to {fixed}" if fixed else "not fixed yet: remove the package, or decide on it in the ledger"
    return Finding("image", 0, each["VulnerabilityID"], each.get("Title") or "known vulnerability", severity(each["Severity"]), fix, name)


def _secret(each: Mapping[str, Any], target: str) -> Finding:
    return Finding("image", 0, each["RuleID"], f"{each['Title']} in {target}", "critical", "revoke it; whoever has the image has it")


def _configuration(each: Mapping[str, Any]) -> Finding:
    return Finding("image", 0, each["ID"], each["Title"], severity(each["Severity"]), each.get("Resolution", ""))


def _licence(each: Mapping[str, Any]) -> Finding:
    text = f"{each['Name']} is not allowed for what ships with the image"
    return Finding(
        "image",
        0,
        "licence",
        text,
        severity(each["Severity"]),
        "decide on it in policies/licences.toml",
        each.get("PkgName") or each["FilePath"],
    )
