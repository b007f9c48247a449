"""One log from many: every finding once, what passed left out, no more runs than a code host takes."""

from hypothesis import given
from hypothesis import strategies as st

from pipeline.gates import catalogue
from pipeline.report import merged
from tests.pipeline.report.samples import ODD


def log(tool: str, *results: dict[str, object]) -> dict[str, object]:
    rules = [{"id": each["ruleId"]} for each in results]
    return {
        "runs": [
            {"tool": {"driver": {"name": tool, "version": "1", "rules": rules}}, "results": list(results), "invocations": [{"x": tool}]}
        ]
    }


def test_tools_become_parts_of_their_gates_run() -> None:
    found = {"ruleId": "A", "ruleIndex": 4, "message": {"text": "x"}}
    first, second = log("ruff", found), log("mypy")
    whole = merged.merge({"lint": {"runs": [*first["runs"], *second["runs"]]}, "pentest": log("p", {"ruleId": "B", "kind": "pass"})})  # type: ignore[misc]
    lint, pentest = whole["runs"]
    assert lint["automationDetails"] == {"id": "lint/"}
    assert lint["tool"]["driver"] == {"name": "portcullis lint", "rules": [{"id": "A"}]}
    assert lint["tool"]["extensions"] == [{"name": "ruff", "version": "1"}, {"name": "mypy", "version": "1"}]
    assert lint["results"] == [{"ruleId": "A", "message": {"text": "x"}}]
    assert [each["x"] for each in lint["invocations"]] == ["ruff", "mypy"]
    assert pentest["results"] == []


def test_there_are_fewer_runs_than_a_code_host_takes() -> None:
    assert len({*catalogue.GATES, "pentest", "harden"}) <= 20


@given(st.dictionaries(st.text(max_size=5), ODD | st.fixed_dictionaries({"runs": st.lists(ODD, max_size=3)}), max_size=3))
def test_any_log_is_merged(logs: dict[str, object]) -> None:
    assert len(merged.merge(logs)["runs"]) == len(logs)
