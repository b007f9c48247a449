import shutil
from pathlib import Path

import yaml

from pipeline import workspace
from pipeline.monitoring import rules

FOLDER = workspace.ROOT / rules.FOLDER


def test_every_rule_file_is_brought_to_the_cluster() -> None:
    kustomization = yaml.safe_load((FOLDER.parent / "kustomization.yaml").read_text("utf-8"))
    (brought,) = [each["files"] for each in kustomization["configMapGenerator"] if each["name"] == "rules"]
    assert brought == sorted(f"rules/{path.name}" for path in FOLDER.glob("*.yaml"))


def test_generated_rules_are_written_where_they_differ_and_only_then(tmp_path: Path) -> None:
    shutil.copytree(workspace.ROOT / "terraform", tmp_path / "terraform")
    shutil.rmtree(tmp_path / rules.FOLDER)
    (tmp_path / rules.FOLDER).mkdir()
    assert [path.name for path in rules.write(tmp_path)] == ["slo.yaml", "declared.yaml"]
    assert rules.write(tmp_path) == []
    assert {path.name for path in (tmp_path / rules.FOLDER).iterdir()} == {"slo.yaml", "declared.yaml"}


def test_every_severity_has_an_alert() -> None:
    assert {rule["labels"]["severity"] for rule in rules.alerts(workspace.ROOT)} == {"none", "page", "ticket"}
