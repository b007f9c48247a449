"""What may be asked of a service, with an oracle and without; and that manifests, image and objectives say the same of it."""

import re
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from pipeline import contract, questions, workspace
from pipeline.contract import Contract
from pipeline.errors import UsageError
from pipeline.monitoring import objectives
from pipeline.workspace import Workspace

PLACE = workspace.locate()
SERVICE = PLACE.settings.service
BASE = PLACE.root / "terraform/manifests/base"
EXAMPLES = Contract("/add?to={}", {"1": "2", "2": "3"})
UPPER = replace(EXAMPLES, question="/upper/{}/now", known={}, oracle=str.upper)
TEXTS = st.text(st.characters(exclude_categories=["Cs"]))


def clone(folder: Path, source: str) -> Workspace:
    (folder / "oracle.py").write_text(source)
    service = replace(SERVICE, oracle="oracle.py:answer", examples=(("a", "A"),))
    return replace(PLACE, root=folder, settings=replace(PLACE.settings, service=service))


def test_without_an_oracle_the_examples_are_asked_in_turn() -> None:
    assert EXAMPLES.texts(5) == ["1", "2", "1", "2", "1"]
    assert EXAMPLES.secret() == "1"
    with pytest.raises(UsageError, match="nobody knows the answer to '3' -> name an oracle"):
        EXAMPLES.right("3")


def test_with_an_oracle_every_text_is_another_one() -> None:
    assert UPPER.texts(300) == [str(number) for number in range(1, 301)]
    assert UPPER.secret() != UPPER.secret()


@given(TEXTS)
def test_an_oracle_is_asked_about_the_text_that_is_meant(text: str) -> None:
    assert UPPER.right(quote(text, safe="")) == text.upper()


@given(TEXTS, st.sampled_from([EXAMPLES, UPPER]))
def test_a_url_tells_which_text_was_asked_about(text: str, known: Contract) -> None:
    assert known.text(f"http://127.0.0.1:1{known.path(quote(text, safe=''))}") == quote(text, safe="")


def test_the_folder_of_the_questions_is_none_itself() -> None:
    assert (EXAMPLES.folder, UPPER.folder, Contract("/{}", {}).folder) == ("/add", "/upper", "/")


def test_an_oracle_that_contradicts_no_example_is_taken(tmp_path: Path) -> None:
    assert contract.of(clone(tmp_path, "def answer(text):\n    return text.upper()\n")).right("b") == "B"


@pytest.mark.parametrize(
    ("source", "fault"),
    [
        ("def answer(text):\n    return text\n", "the oracle says 'a' about 'a', the example 'A'"),
        ("def other(text):\n    return text\n", "oracle.py has no function answer"),
        ("answer = 1\n", "oracle.py has no function answer"),
        ("import nothing_of_this_name\n", "oracle.py cannot be imported (ModuleNotFoundError"),
        ("def answer(text):\n    return 1 / 0\n", "the oracle fails at 'a' (ZeroDivisionError"),
        ("def answer(\n", "oracle.py cannot be imported (SyntaxError"),
    ],
)
def test_an_oracle_that_cannot_be_trusted_is_refused_in_one_line(source: str, fault: str, tmp_path: Path) -> None:
    with pytest.raises(UsageError) as told:
        contract.of(clone(tmp_path, source))
    assert fault in str(told.value)
    assert str(told.value).endswith(" -> correct oracle in [tool.pipeline.service]")


def test_a_missing_oracle_is_told(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"other\.py cannot be imported \(FileNotFoundError"):
        contract.load(tmp_path, "other.py:answer")


def container() -> Mapping[str, Any]:
    (found,) = yaml.safe_load((BASE / "deployment.yaml").read_text("utf-8"))["spec"]["template"]["spec"]["containers"]
    return dict(found)


def test_this_services_oracle_knows_its_examples() -> None:
    known = contract.of(PLACE)
    assert [(text, known.right(text)) for text, _ in SERVICE.examples] == list(SERVICE.examples)


def test_the_deployment_asks_the_probes_of_the_settings() -> None:
    wanted = {"startupProbe": SERVICE.ready_path, "readinessProbe": SERVICE.ready_path, "livenessProbe": SERVICE.live_path}
    assert questions.probes(container(), "pod") == {kind: f"http://pod:{SERVICE.port}{path}" for kind, path in wanted.items()}


def test_the_manifests_open_the_ports_of_the_settings() -> None:
    assert {port["name"]: port["containerPort"] for port in container()["ports"]} == {"http": SERVICE.port, "metrics": SERVICE.metrics_port}
    monitoring = PLACE.root / "terraform/monitoring/manifests"
    for file in (BASE / "metrics.yaml", monitoring / "network.yaml"):
        assert re.search(rf"port: {SERVICE.metrics_port}\b", file.read_text("utf-8")), file
    for overlay in ("local", "cloud"):
        file = PLACE.root / f"terraform/manifests/overlays/{overlay}/network.yaml"
        assert re.search(rf"port: {SERVICE.port}\b", file.read_text("utf-8")), file


def test_prometheus_asks_for_the_metrics_where_the_settings_say() -> None:
    jobs = yaml.safe_load((PLACE.root / "terraform/monitoring/manifests/prometheus/prometheus.yaml").read_text("utf-8"))["scrape_configs"]
    (job,) = (each for each in jobs if each["job_name"] == "hash")
    assert job.get("metrics_path", "/metrics") == SERVICE.metrics_path


def test_the_image_is_told_the_ports_of_the_settings() -> None:
    recipe = (PLACE.root / "Dockerfile").read_text("utf-8")
    assert f"PORT={SERVICE.port} METRICS_PORT={SERVICE.metrics_port}" in recipe
    assert f"EXPOSE {SERVICE.port} {SERVICE.metrics_port}" in recipe


def test_the_objectives_leave_out_the_probes_of_the_settings() -> None:
    assert objectives.load(PLACE.root).requests == f'job="hash",{contract.users(SERVICE)}'
