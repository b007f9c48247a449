"""Reading minikube's JSON output."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.cluster import minikube


def event(kind: str, message: str) -> str:
    return json.dumps({"type": f"io.k8s.sigs.minikube.{kind}", "data": {"message": message}})


def test_steps_and_errors_are_told_apart() -> None:
    assert minikube.step_in(event("step", "Booting up control plane ...\n")) == "Booting up control plane ..."
    assert minikube.step_in(event("error", "no")) == ""
    assert minikube.error_in(event("error", "no")) == "no"


@pytest.mark.parametrize("line", ["", "plain text", "[]", "null", '{"type": 1}', '{"type": "io.k8s.sigs.minikube.step", "data": []}'])
def test_other_lines_are_no_steps(line: str) -> None:
    assert minikube.step_in(line) == ""


@given(st.text())
def test_no_line_breaks_the_reader(line: str) -> None:
    assert minikube.step_in(line) == minikube.error_in(line) == ""
