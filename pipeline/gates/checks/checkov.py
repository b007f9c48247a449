"""checkov: Terraform source, rendered manifests, the objects of a saved plan, Dockerfiles and workflows.

checkov passes by in silence whatever it can't parse or has no check for, so it is held to the files that it must have judged.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from pipeline.gates.context import Context, output, parsed
from pipeline.gates.inputs import Inputs
from pipeline.gates.manifests import Bundle, Object, bundles
from pipeline.gates.report import Finding, Report

_FRAMEWORKS = ("kubernetes", "terraform", "dockerfile", "github_actions")
# Kinds that checkov has checks for: a bundle with one of them and no result was passed by.
_JUDGED = {
    "Pod",
    "Deployment",
    "DaemonSet",
    "StatefulSet",
    "ReplicaSet",
    "Job",
    "CronJob",
    "ClusterRoleBinding",
    "ServiceAccount",
    "Service",
}


def check(context: Context, inputs: Inputs) -> Report:
    """Run all four frameworks once over copies of the files; comments in them switch nothing off."""
    folder = context.scratch / "checkov"
    folder.mkdir()
    origins: dict[Path, Bundle | Path] = {}
    for number, bundle in enumerate(bundles(context, inputs)):
        path = folder / f"bundle-{number}.yaml"
        bundle.write(path)
        origins[path] = bundle
    for number, path in enumerate(inputs.of("dockerfile")):
        # checkov knows a Dockerfile by its name alone.
        _copy(path, folder / f"docker-{number}" / "Dockerfile", origins)
    for path in inputs.of("terraform", "workflow"):
        if path.suffix != ".hcl":
            _copy(path, folder / "files" / path.relative_to(inputs.root), origins)
    found = context.tool("checkov")
    argv: list[str | Path] = [
        found.path,
        "--skip-download",
        "--compact",
        "--output=json",
        "--directory",
        folder,
        "--framework",
        *_FRAMEWORKS,
    ]
    env = {"LOG_LEVEL": "ERROR", "CHECKOV_ENABLE_DATAFLOW": "0", "HOME": os.environ.get("HOME", "/")}
    # It would ask a package index whether it is the newest version.
    said = output(argv, cwd=context.scratch, env=env | {"CKV_SKIP_PACKAGE_UPDATE_CHECK": "true"})
    return read(parsed("checkov", said), origins, found.version)


def _copy(path: Path, copy: Path, origins: dict[Path, Bundle | Path]) -> None:
    copy.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(path, copy)
    origins[copy] = path


def read(said: Any, origins: Mapping[Path, Bundle | Path], version: str) -> Report:  # noqa: ANN401 - one framework's object, or a list of them
    """Turn checkov's JSON into a report whose findings name the files that people edit."""
    tables = [each for each in (said if isinstance(said, list) else [said]) if "results" in each]
    judged: set[Path] = set()
    rules: set[str] = set()
    findings: list[Finding] = []
    errors: list[str] = []
    for table in tables:
        results = table["results"]
        errors += [f"{_shown(Path(path), origins)}: checkov cannot parse it" for path in results["parsing_errors"]]
        for each in (*results["passed_checks"], *results["failed_checks"], *results["skipped_checks"]):
            judged.add(Path(each["file_abs_path"]))
            rules.add(each["check_id"])
        # A skip is asked for in a comment or annotation of the file itself, which may not decide.
        findings += [_finding(each, origins) for each in (*results["failed_checks"], *results["skipped_checks"])]
    errors += [f"{_shown(path, origins)}: checkov passed by it in silence" for path in _silent(origins, judged)]
    examined = {str(file) for path in judged for file in _files(origins.get(path, path))}
    return Report("checkov", version, tuple(examined), len(rules), tuple(findings), tuple(errors))


def _silent(origins: Mapping[Path, Bundle | Path], judged: set[Path]) -> list[Path]:
    return [
        copy
        for copy, origin in origins.items()
        if copy not in judged and isinstance(origin, Bundle) and any(each.content.get("kind") in _JUDGED for each in origin.objects)
    ] + [copy for copy in origins if copy.name == "Dockerfile" and copy not in judged]


def _shown(path: Path, origins: Mapping[Path, Bundle | Path]) -> str:
    origin = origins.get(path, path)
    return str(origin.source if isinstance(origin, Bundle) else origin)


def _files(origin: Bundle | Path) -> Iterable[Path]:
    return {each.file for each in origin.objects} if isinstance(origin, Bundle) else {origin}


def _finding(each: dict[str, Any], origins: Mapping[Path, Bundle | Path]) -> Finding:
    copy = Path(each["file_abs_path"])
    origin = origins.get(copy, copy)
    lines = each.get("file_line_range") or [0]
    fix = each.get("guideline") or f"https://www.checkov.io/5.Policy%20Index/all.html ({each['check_id']})"
    if isinstance(origin, Bundle):
        place = _object(origin, str(each["resource"]))
        return Finding(str(place.file), place.line, each["check_id"], each["check_name"], "medium", fix, place.name)
    return Finding(str(origin), lines[0], each["check_id"], each["check_name"], "medium", fix, _resource(each["resource"], copy))


def _resource(name: str, copy: Path) -> str:
    """Checkov names Dockerfile and workflow resources by the path of the copy; only what is inside the file counts."""
    return "" if copy.name in name or "/" in name else name


def _object(bundle: Bundle, resource: str) -> Object:
    """Checkov's resource is Kind.namespace.name, or Kind.namespace.owner.labels for a pod template."""
    kind, _, rest = resource.partition(".")
    for each in bundle.objects:
        name = each.name.partition("/")[2]
        if each.content.get("kind") == kind and (rest == name or rest.endswith(f".{name}")):
            return each
    return next((each for each in bundle.objects if f".{each.name.partition('/')[2]}" in f".{rest}"), bundle.objects[0])
