"""What tools print, turned into findings; the tools themselves run in tests/gates and in `prove`."""

import datetime as dt
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.debian.lock import Package
from pipeline.errors import CommandError
from pipeline.gates import database
from pipeline.gates.checks import advisories, checkov, hcl, kubeconform, licences, links, taplo, trivy, yamllint
from pipeline.gates.context import parsed, without
from pipeline.gates.database import Database
from pipeline.gates.manifests import Bundle, Object
from pipeline.gates.report import Finding

MIT = ["MIT", "Apache-2.0"]


@pytest.mark.parametrize(
    ("expression", "allowed"),
    [
        ("MIT", True),
        ("GPL-3.0", False),
        ("", False),
        ("MIT OR GPL-3.0", True),
        ("MIT AND GPL-3.0", False),
        ("GPL-3.0 OR MIT AND Apache-2.0", True),
        ("(MIT OR GPL-3.0) AND Apache-2.0", True),
        ("(GPL-2.0 OR GPL-3.0) AND MIT", False),
        ("MITX", False),
    ],
)
def test_a_licence_expression_is_met_or_not(expression: str, *, allowed: bool) -> None:
    assert licences.permits(expression, MIT) == allowed


@given(st.lists(st.sampled_from(["MIT", "GPL-3.0"]), min_size=1, max_size=4))
def test_and_needs_all_or_needs_one(terms: list[str]) -> None:
    assert licences.permits(" AND ".join(terms), MIT) == all(term == "MIT" for term in terms)
    assert licences.permits(" OR ".join(terms), MIT) == any(term == "MIT" for term in terms)


def test_anchors_are_those_of_github() -> None:
    text = "# One two\n## `code`, and more!\n## One two\n"
    assert links.anchors(text) == {"one-two", "code-and-more", "one-two-1"}
    assert links.links("a [b](c.md) ![d](e.png)\n\n[f](#g)\n") == [(1, "c.md"), (1, "e.png"), (3, "#g")]


@pytest.mark.parametrize(
    ("locked", "fixed", "old"), [("1.0-1", "1.0-2", True), ("1.0-2", "1.0-2", False), ("1:1.0", "2.0", False), ("1.0~rc1", "1.0", True)]
)
def test_versions_are_compared_as_debian_does(locked: str, fixed: str, *, old: bool) -> None:
    package, newer = (Package("p", version, "all", "x", 1, "0" * 64) for version in (locked, fixed))
    assert advisories.outdated([package], {"p": newer}) == ([(package, newer)] if old else [])
    assert advisories.outdated([package], {"q": newer}) == []


def test_schemas_are_strict_and_self_contained() -> None:
    definitions = {
        "io.k8s.api.apps.v1.Thing": {
            "description": "a thing",
            "properties": {
                "spec": {"$ref": "#/definitions/Spec"},
                "description": {"type": "string"},
                "when": {"format": "int-or-string", "type": "string"},
            },
            "x-kubernetes-group-version-kind": [{"group": "apps", "version": "v1", "kind": "Thing"}],
        },
        "Spec": {"properties": {"size": {"$ref": "#/definitions/io.k8s.apimachinery.pkg.api.resource.Quantity"}}},
        "io.k8s.apimachinery.pkg.api.resource.Quantity": {"type": "string"},
        "Unused": {"type": "string"},
    }
    made = kubeconform.strict(definitions)
    assert set(made) == {"thing-apps-v1"}
    schema = made["thing-apps-v1"]
    thing = schema["definitions"]["io.k8s.api.apps.v1.Thing"]
    assert thing["additionalProperties"] is False
    assert set(thing["properties"]) == {"spec", "description", "when"}
    assert thing["properties"]["when"] == {"oneOf": [{"type": "string"}, {"type": "integer"}]}
    assert schema["definitions"]["Spec"]["additionalProperties"] is False
    assert "Unused" not in schema["definitions"]


def test_text_outputs_become_findings() -> None:
    (found,) = yamllint.findings("/a.yaml:3:1: [error] trailing spaces (trailing-spaces)\nnoise\n")
    assert (found.file, found.line, found.rule, found.severity) == ("/a.yaml", 3, "trailing-spaces", "high")
    said = 'ERROR taplo:format_files: the file is not properly formatted path="/a.toml"\nerror: expected value\n  ┌─ /b.toml:7:5\n'
    assert {(each.file, each.line, each.rule) for each in taplo.findings(said)} == {("/a.toml", 0, "layout"), ("/b.toml", 7, "syntax")}


def test_a_tool_that_prints_no_json_did_not_do_its_work() -> None:
    for text in ("", "error", "{"):
        with pytest.raises(CommandError, match="tool printed no JSON"):
            parsed("tool", text)


def test_a_tool_that_lets_the_canary_pass_does_nothing() -> None:
    canary, other = Path("/scratch/canary"), Finding("/a", 1, "r", "m")
    assert without(canary, [Finding(str(canary), 1, "r", "m"), other]) == (other,)
    with pytest.raises(CommandError, match="did not refuse what it must refuse"):
        without(canary, [other])


@pytest.mark.parametrize("text", ["", "{}", '{"planned_values": {"root_module": {"resources": []}}}', '{"planned_values": 1}'])
def test_a_plan_without_objects_is_no_plan(tmp_path: Path, text: str) -> None:
    (tmp_path / "plan.json").write_text(text)
    with pytest.raises(CommandError, match="plan"):
        hcl.plan(tmp_path / "plan.json")


POD = Object({"kind": "Pod", "metadata": {"name": "a", "namespace": "n"}}, Path("/tree/pod.yaml"), 4)
LIMITS = Object({"kind": "LimitRange", "metadata": {"name": "l", "namespace": "n"}}, Path("/tree/limits.yaml"), 1)


def failure(rule: str, line: int) -> dict[str, object]:
    return {"ID": rule, "Status": "FAIL", "Title": rule, "Severity": "LOW", "Message": "", "CauseMetadata": {"StartLine": line}}


def test_trivys_findings_name_the_file_that_people_edit() -> None:
    bundle = Bundle(Path("/tree/kustomization.yaml"), (LIMITS, POD), rendered=True)
    second = bundle.text().splitlines().index("---") + 1  # its first line, but for the separator, which trivy does not count
    said = {"Results": [{"Target": "b.yaml", "Misconfigurations": [failure("KSV-1", second), failure("KSV-0039", second)]}]}
    read = trivy.read(said, {"b.yaml": bundle}, "1")
    # The namespace has its LimitRange, so the pod lacks nothing.
    assert [(each.file, each.line, each.rule, each.resource) for each in read.findings] == [("/tree/pod.yaml", 4, "KSV-1", "Pod/a")]
    alone = trivy.read(said, {"b.yaml": Bundle(bundle.source, (POD, POD), rendered=True)}, "1")
    assert {each.rule for each in alone.findings} == {"KSV-1", "KSV-0039"}


def test_a_line_that_trivy_counts_is_found_however_many_documents_are_before_it() -> None:
    pods = tuple(
        Object({"kind": "Pod", "metadata": {"name": name, "namespace": "n"}}, Path(f"/tree/{name}.yaml"), 1) for name in "abcdefgh"
    )
    bundle = Bundle(Path("/tree/kustomization.yaml"), pods, rendered=True)
    counted = [line for line in bundle.text().splitlines() if line != "---"]
    for number, line in enumerate(counted, 1):
        said = {"Results": [{"Target": "b.yaml", "Misconfigurations": [failure("KSV-1", number)]}]}
        (found,) = trivy.read(said, {"b.yaml": bundle}, "1").findings
        assert found.resource == f"Pod/{'abcdefgh'[(number - 1) * len(pods) // len(counted)]}", line


def test_what_is_in_no_namespace_needs_no_limits_of_one() -> None:
    volume = Object({"kind": "PersistentVolume", "metadata": {"name": "v"}}, Path("/tree/volume.yaml"), 1)
    said = {"Results": [{"Target": "b.yaml", "Misconfigurations": [failure("KSV-0039", 1), failure("KSV-1", 1)]}]}
    read = trivy.read(said, {"b.yaml": Bundle(volume.file, (volume,), rendered=False)}, "1")
    assert [each.rule for each in read.findings] == ["KSV-1"]


def test_what_a_scanner_passes_by_is_an_error() -> None:
    dockerfile = Path("/tree/Dockerfile")
    assert trivy.read({}, {"0.Dockerfile": dockerfile}, "1").errors == ("/tree/Dockerfile: trivy passed by it in silence",)
    empty = {"results": {"passed_checks": [], "failed_checks": [], "skipped_checks": [], "parsing_errors": ["/copy/bad.tf"]}}
    bundle = Bundle(Path("/tree/pod.yaml"), (POD,), rendered=False)
    read = checkov.read(empty, {Path("/copy/bad.tf"): Path("/tree/bad.tf"), Path("/copy/b.yaml"): bundle}, "1")
    assert read.errors == ("/tree/bad.tf: checkov cannot parse it", "/tree/pod.yaml: checkov passed by it in silence")


def test_what_a_file_asks_checkov_to_skip_is_a_finding_all_the_same() -> None:
    check = {"file_abs_path": "/copy/b.yaml", "check_id": "CKV_K8S_1", "check_name": "n", "resource": "Pod.n.a", "file_line_range": [1, 2]}
    said = {"results": {"passed_checks": [], "failed_checks": [], "skipped_checks": [check], "parsing_errors": []}}
    bundle = Bundle(Path("/tree/pod.yaml"), (POD,), rendered=False)
    (found,) = checkov.read(said, {Path("/copy/b.yaml"): bundle}, "1").findings
    assert (found.file, found.line, found.rule, found.resource) == ("/tree/pod.yaml", 4, "CKV_K8S_1", "Pod/a")


NOW = dt.datetime(2026, 11, 24, tzinfo=dt.UTC)
LICENCES = {"shipped": ["MIT"], "debian": ["GPL-2.0-only"], "names": {"MIT License": "MIT"}}
FRESH = Database(Path("/cache"), NOW - dt.timedelta(hours=6))


def scanned(**parts: object) -> dict[str, object]:
    return {"Results": [{"Target": "OS Packages", "Packages": [{"Name": "libc6", "Version": "2.41-12"}], **parts}]}


def test_everything_that_trivy_finds_in_an_image_is_a_finding() -> None:
    said = scanned(
        Vulnerabilities=[
            {"VulnerabilityID": "CVE-1", "PkgName": "libc6", "InstalledVersion": "2.41-12", "Severity": "LOW", "FixedVersion": "2.41-13"},
            {"VulnerabilityID": "CVE-2", "PkgName": "libc6", "InstalledVersion": "2.41-12", "Severity": "UNKNOWN"},
        ],
        Secrets=[{"RuleID": "key", "Title": "A key"}],
        Misconfigurations=[
            {"ID": "DS-1", "Title": "root", "Severity": "HIGH", "Status": "FAIL"},
            {"ID": "DS-2", "Title": "fine", "Severity": "HIGH", "Status": "PASS"},
        ],
        Licenses=[
            {"Name": "AGPL-3.0-only", "Severity": "HIGH", "FilePath": "x", "PkgName": "p"},
            {"Name": "GPL-2.0-only", "Severity": "HIGH", "FilePath": "x", "PkgName": "p"},
            {"Name": "MIT License", "Severity": "UNKNOWN", "FilePath": "x", "PkgName": "q"},
        ],
    )
    report = trivy.read_image(said, "1", LICENCES, FRESH, NOW)
    assert [each.rule for each in report.findings] == ["CVE-1", "CVE-2", "key", "DS-1", "licence"]
    assert report.findings[0].fix == "upgrade to 2.41-13"
    assert report.findings[1].fix.startswith("not fixed yet")
    assert (report.examined, report.errors, report.unverified) == (("libc6@2.41-12",), (), ())


def test_without_a_database_packages_are_unverified_and_with_an_old_one_the_gate_is_red() -> None:
    without_data = trivy.read_image(scanned(), "1", LICENCES, None, NOW)
    assert without_data.unverified == ("1 packages of the image: trivy's vulnerability database cannot be had",)
    old = trivy.read_image(scanned(), "1", LICENCES, Database(Path("/cache"), NOW - dt.timedelta(days=9)), NOW)
    assert old.errors == ("trivy's vulnerability database is 9 days old: delete /cache and get a new one",)
    with pytest.raises(CommandError, match="trivy saw no package"):
        trivy.read_image({}, "1", LICENCES, FRESH, NOW)


def test_vulnerabilities_of_locks_name_the_lock() -> None:
    said = scanned(Vulnerabilities=[{"VulnerabilityID": "CVE-3", "PkgName": "x/net", "InstalledVersion": "1", "Severity": "HIGH"}])
    said["Results"][0]["Target"] = "toolchain/opa/go.mod"  # type: ignore[index]
    report = trivy.read_locks(said, "1", Path("/tree"), FRESH, NOW)
    assert [(each.file, each.rule, each.resource) for each in report.findings] == [("/tree/toolchain/opa/go.mod", "CVE-3", "x/net@1")]


@given(st.timedeltas(dt.timedelta(days=-9), dt.timedelta(days=30)))
def test_a_database_is_good_for_three_days_and_never_from_the_future(age: dt.timedelta) -> None:
    assert Database(Path("/cache"), NOW - age).stale(NOW) == (not dt.timedelta(hours=-1) <= age <= database.OLDEST)


@pytest.mark.parametrize("text", ["", "{", "[]", "{}", '{"UpdatedAt": 1}', '{"UpdatedAt": "yesterday"}'])
def test_a_database_whose_age_is_unknown_is_none(tmp_path: Path, text: str) -> None:
    (tmp_path / "db").mkdir()
    (tmp_path / "db" / "trivy.db").touch()
    (tmp_path / "db" / "metadata.json").write_text(text)
    assert database.read(tmp_path) is None


def test_a_database_is_read_with_its_age(tmp_path: Path) -> None:
    (tmp_path / "db").mkdir()
    (tmp_path / "db" / "metadata.json").write_text('{"Version": 2, "UpdatedAt": "2026-11-23T18:00:00.123456789Z"}')
    assert database.read(tmp_path) is None  # metadata alone is no database
    (tmp_path / "db" / "trivy.db").touch()
    assert database.read(tmp_path) == Database(tmp_path, dt.datetime(2026, 11, 23, 18, tzinfo=dt.UTC))
