"""Questions to Prometheus and its neighbours, asked in the node and read without trust."""

import json
from typing import Any

import pytest

from pipeline import kubectl, process, workspace
from pipeline.errors import ClusterError, CommandError
from pipeline.monitoring import query
from pipeline.monitoring.query import Curve, Sample, Watch

PLACE = workspace.locate()
WATCH = Watch(PLACE, dict.fromkeys(query.PORTS, "10.244.0.9"))


def answering(monkeypatch: pytest.MonkeyPatch, text: str) -> list[tuple[str, ...]]:
    asked: list[tuple[str, ...]] = []

    def run(argv: list[str], **_: object) -> process.Completed:
        asked.append(tuple(argv))
        return process.Completed(tuple(argv), 0, text, "", 0.1)

    monkeypatch.setattr(process, "run", run)
    return asked


def success(kind: str, result: object) -> str:
    return json.dumps({"status": "success", "data": {"resultType": kind, "result": result}})


def test_an_expression_is_asked_in_the_node_as_it_was_written(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = answering(monkeypatch, success("vector", [{"metric": {"job": "hash"}, "value": [1.5, "2"]}]))
    assert WATCH.instant('up{job="hash"} & x', at=12.5) == [Sample({"job": "hash"}, 2.0)]
    (argv,) = asked
    assert argv[:3] == ("docker", "exec", PLACE.name)
    assert argv[argv.index("--data-urlencode") + 1] == 'query=up{job="hash"} & x'
    assert "time=12.500" in argv
    assert argv[-1] == "http://10.244.0.9:9090/api/v1/query"


def test_a_scalar_and_a_curve_are_read(monkeypatch: pytest.MonkeyPatch) -> None:
    answering(monkeypatch, success("scalar", [1, "4"]))
    assert WATCH.instant("scalar(x)") == [Sample({}, 4.0)]
    answering(monkeypatch, success("matrix", [{"metric": {"a": "b"}, "values": [[1, "2"], [3, "NaN"]]}]))
    (curve,) = WATCH.range("x", 1, 3, 2)
    assert (curve.labels, curve.points[0], str(curve.points[1])) == ({"a": "b"}, (1.0, 2.0), "(3.0, nan)")
    assert isinstance(curve, Curve)


def test_a_number_is_one_series_or_what_stands_for_none(monkeypatch: pytest.MonkeyPatch) -> None:
    answering(monkeypatch, success("vector", []))
    assert WATCH.number("absent") == 0.0
    answering(monkeypatch, success("vector", [{"metric": {}, "value": [1, "1"]}, {"metric": {"a": "b"}, "value": [1, "2"]}]))
    with pytest.raises(ClusterError, match="is 2 series, expected one"):
        WATCH.number("up")


@pytest.mark.parametrize("said", ["", "<html>", "[]", '"text"', '{"status": "error", "error": "parse error"}'])
def test_what_is_no_answer_is_an_error_of_one_line(monkeypatch: pytest.MonkeyPatch, said: str) -> None:
    answering(monkeypatch, said)
    with pytest.raises(ClusterError):
        WATCH.instant("up")


def test_a_part_that_is_silent_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    def run(*_: object, **__: object) -> process.Completed:
        raise CommandError("curl exited 7", fix="again")

    monkeypatch.setattr(process, "run", run)
    with pytest.raises(ClusterError, match="pager does not answer /notifications: curl exited 7"):
        WATCH.notifications()


def pod(name: str, *, ready: str = "True", address: str = "10.244.0.1", leaving: bool = False) -> dict[str, Any]:
    metadata = {"labels": {"app.kubernetes.io/name": name}, **({"deletionTimestamp": "now"} if leaving else {})}
    return {"metadata": metadata, "status": {"conditions": [{"type": "Ready", "status": ready}], "podIP": address}}


def test_parts_are_found_by_name_and_one_that_is_not_ready_is_missed(monkeypatch: pytest.MonkeyPatch) -> None:
    pods = [pod(name) for name in query.PORTS]
    monkeypatch.setattr(kubectl, "get", lambda *_: pods)
    assert query.find(PLACE).addresses == dict.fromkeys(query.PORTS, "10.244.0.1")
    pods[:2] = [pod("prometheus", ready="False"), pod("alertmanager", leaving=True)]
    with pytest.raises(ClusterError, match="alertmanager and prometheus is not ready"):
        query.find(PLACE)
