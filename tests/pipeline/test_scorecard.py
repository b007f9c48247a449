"""What OpenSSF Scorecard would ask of this tree, asked here: each check that needs no forge, as a property of the files.

The checks and what each counts are those of Scorecard 5.3.0 (checks/raw). docs/supply-chain.md tells the outcome, and what only a forge
has.
"""

import json
import re
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml

from pipeline.gates import catalogue, inputs
from pipeline.report import graph
from pipeline.workspace import ROOT

WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
# The suffixes that Scorecard takes for programs, and what begins like one.
PROGRAMS = {
    *("crx", "deb", "dex", "dey", "elf", "o", "a", "so", "macho", "iso", "class", "jar", "bundle", "dylib", "lib", "msi", "dll", "drv"),
    *("efi", "exe", "ocx", "pyc", "pyo", "par", "rpm", "wasm", "whl"),
}
MAGIC = (b"\x7fELF", b"MZ", b"\xca\xfe\xba\xbe", b"\xcf\xfa\xed\xfe", b"\x00asm", b"!<arch>")
# What a stranger writes, and what a privileged trigger lets him run.
UNTRUSTED = re.compile(r"github\.(?:head_ref|event\.(?:issue|pull_request|comment|review|discussion|head_commit|commits)\b)")
DANGEROUS_TRIGGERS = {"pull_request_target", "workflow_run"}


def tracked() -> list[Path]:
    return [path for path in inputs.listed(ROOT) if path.is_file()]


def workflow(path: Path) -> dict[str, Any]:
    # YAML 1.1 takes the key `on` for true.
    return {"on" if key is True else key: value for key, value in yaml.safe_load(path.read_text()).items()}


def steps() -> list[dict[str, Any]]:
    return [step for path in WORKFLOWS for job in workflow(path)["jobs"].values() for step in job["steps"]]


def judges() -> set[str]:
    return {step.tool for gate in catalogue.GATES.values() for step in gate}


def test_binary_artifacts_there_is_none() -> None:
    files = tracked()
    assert len(files) > 500
    assert not [file.name for file in files if file.suffix.lstrip(".") in PROGRAMS or file.read_bytes()[:8].startswith(MAGIC)]


def test_ci_tests_run_on_every_pull_request() -> None:
    triggers, scripts = workflow(WORKFLOWS[0])["on"], json.dumps(workflow(WORKFLOWS[0])["jobs"])
    assert {"push", "pull_request"} <= set(triggers)
    assert '"script": "tests"' in scripts


def test_dangerous_workflow_no_stranger_gets_to_run_anything() -> None:
    for path in WORKFLOWS:
        assert not DANGEROUS_TRIGGERS & set(workflow(path)["on"])
    assert steps()
    for step in steps():
        assert not UNTRUSTED.search(step.get("run", ""))
        assert "${{" not in step.get("run", "")
        if step.get("uses", "").startswith("actions/checkout@"):
            assert step["with"]["persist-credentials"] is False


def test_token_permissions_only_a_job_that_runs_nothing_of_ours_may_write_and_only_alerts() -> None:
    for path in WORKFLOWS:
        assert workflow(path)["permissions"] == {}
        for job in workflow(path)["jobs"].values():
            written = {name for name, right in job["permissions"].items() if right != "read"}
            assert written <= {"security-events"}
            assert not written or all(step.keys() <= {"name", "uses", "with"} for step in job["steps"])


def test_dependency_update_tool_is_configured_where_it_is_looked_for() -> None:
    assert json.loads((ROOT / "renovate.json").read_text())["enabledManagers"]


def test_fuzzing_a_program_of_ours_has_a_fuzz_test_and_python_has_properties() -> None:
    go = [file for file in tracked() if file.name.endswith("_test.go")]
    assert any(re.search(r"func\s+Fuzz\w+\s*\(\w+\s+\*testing.F\)", file.read_text()) for file in go)
    python = [file for file in tracked() if file.name.startswith("test_") and file.suffix == ".py"]
    assert sum("@given(" in file.read_text() for file in python) >= 20


def test_licence_is_one_that_the_open_source_initiative_knows_and_every_place_names_it() -> None:
    text = (ROOT / "LICENSE").read_text()
    assert text.split()[:4] == ["Apache", "License", "Version", "2.0,"]
    assert "END OF TERMS AND CONDITIONS" in text
    assert "Apache License 2.0" in (ROOT / "CONTRIBUTING.md").read_text()


def test_pinned_dependencies_every_action_by_hash_every_image_from_scratch_every_package_by_hash() -> None:
    uses = [step["uses"] for step in steps() if "uses" in step]
    assert uses
    assert all(re.fullmatch(r"[\w.-]+/[\w./-]+@[0-9a-f]{40}", each) for each in uses)
    dockerfiles = [file for file in tracked() if file.name == "Dockerfile"]
    stages = {stage for file in dockerfiles for stage in re.findall(r"^FROM\s+\S+\s+AS\s+(\S+)", file.read_text(), re.MULTILINE)}
    bases = {base for file in dockerfiles for base in re.findall(r"^FROM\s+(\S+)", file.read_text(), re.MULTILINE)}
    assert dockerfiles
    assert bases - stages == {"scratch"}
    for package in tomllib.loads((ROOT / "uv.lock").read_text())["package"]:
        files = [*package.get("wheels", []), *([package["sdist"]] if "sdist" in package else [])]
        assert files or "virtual" in package["source"] or "editable" in package["source"], package["name"]
        assert all(each["hash"].startswith("sha256:") for each in files)
    assert "--require-hashes" in (ROOT / "run").read_text()


@pytest.mark.parametrize("text", ["curl -sSf https://example.invalid/x | sh", "wget -qO- https://example.invalid/x | bash"])
def test_nothing_that_is_downloaded_is_piped_into_a_shell(text: str) -> None:
    piped = re.compile(r"\b(?:curl|wget)\b[^\n|]*\|\s*(?:sudo\s+)?(?:ba|da|z)?sh\b")
    assert piped.search(text)
    shells = [file for file in tracked() if file.suffix in {".sh", ".bash", ".yml", ".json"} or file.name in {"run", "Dockerfile"}]
    assert not [file.name for file in shells if piped.search(file.read_text("utf-8", "replace"))]


def test_sast_every_python_file_and_every_workflow_is_judged_on_every_run() -> None:
    assert {"bandit", "zizmor", "hadolint", "checkov"} <= judges()


def test_sbom_and_signatures_are_made_of_every_release() -> None:
    assert "attest" in graph.read((ROOT / "noxfile.py").read_text()).requires["deploy"]


def test_security_policy_says_how_and_how_soon_with_a_link() -> None:
    text = (ROOT / "SECURITY.md").read_text()
    assert re.search(r"https://[\w./-]+", text)
    assert re.search(r"\b\w+ \w+ days\b|\b\d+ days\b", text)
    assert re.search(r"(?i)vuln", text)
    assert re.search(r"(?i)disclos", text)


def test_vulnerabilities_of_every_lock_are_looked_for() -> None:
    assert {"pip-audit", "trivy locks"} <= judges()


def test_every_check_is_told_in_the_docs() -> None:
    text = (ROOT / "docs" / "supply-chain.md").read_text()
    checks = """Binary-Artifacts Branch-Protection CI-Tests CII-Best-Practices Code-Review Contributors Dangerous-Workflow
        Dependency-Update-Tool Fuzzing License Maintained Packaging Pinned-Dependencies SAST SBOM Security-Policy Signed-Releases
        Token-Permissions Vulnerabilities"""
    assert [check for check in checks.split() if f"| {check} |" not in text] == []
