"""Judging what a pod answered; asking one is proven on a real cluster."""

import hashlib
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline import questions
from pipeline.contract import Contract
from pipeline.look import Release
from pipeline.questions import Answer

RELEASE = Release(commit="a" * 40, image="portcullis.local/hash:" + "a" * 40, image_id="sha256:" + "1" * 64)


KNOWN = Contract("/hash/{}", {}, lambda text: hashlib.sha1(text.encode(), usedforsecurity=False).hexdigest())


def good(text: str = "1") -> Answer:
    return Answer(text, hashlib.sha1(text.encode(), usedforsecurity=False).hexdigest(), 200, 0.01, RELEASE.commit)


@given(st.lists(st.sampled_from(["1", "2", "abc123"]), min_size=1))
def test_right_answers_of_the_release_have_no_fault(texts: list[str]) -> None:
    assert questions.wrong([good(text) for text in texts], KNOWN, RELEASE) == []


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ({"status": 500}, "answers 500 after 0.0 s"),
        ({"status": 0, "seconds": 2.0}, "answers nothing after 2.0 s"),
        ({"body": "x"}, "answers 'x' for '1', expected '356a192b7913b04c54574d18c28d46e6395428ab'"),
        ({"commit": "b" * 40}, "answers for commit bbbbbbbbbbbb, expected aaaaaaaaaaaa"),
    ],
)
def test_one_bad_answer_among_many_is_told(change: dict[str, Any], fault: str) -> None:
    assert questions.wrong([good(), replace(good(), **change), good()], KNOWN, RELEASE) == [fault]


def test_no_answer_at_all_is_a_fault() -> None:
    assert questions.wrong([], KNOWN, RELEASE) == ["cannot be asked"]


def test_what_curl_writes_is_read_as_answers() -> None:
    fields = ('["200", "0.25", "aaa", "http://10.0.0.1:8080/hash/1"]', '["000", "2.000", "", "http://10.0.0.1:8080/hash/2"]')
    said = f'["a",\n"b"]\n\x1e{fields[0]}\n\x1e{fields[1]}\n'
    assert questions.read(said, KNOWN) == [Answer("1", '["a",\n"b"]\n', 200, 0.25, "aaa"), Answer("2", "", 0, 2.0, "")]
    assert questions.read("", KNOWN) == []


def test_a_few_late_answers_do_not_make_a_service_slow() -> None:
    answers = [good()] * 9 + [replace(good(), seconds=5.0)]
    assert questions.percentile(answers) == 10.0
    assert questions.percentile([*answers, replace(good(), seconds=5.0)]) == 5000.0


def test_each_probe_is_asked_where_the_kubelet_asks_it() -> None:
    container = {
        "ports": [{"name": "http", "containerPort": 8080}, {"containerPort": 8081}],
        "startupProbe": {"httpGet": {"path": "/readyz", "port": "http"}},
        "readinessProbe": {"exec": {"command": ["true"]}},
        "livenessProbe": {"httpGet": {"port": 8081, "scheme": "HTTPS"}},
    }
    assert questions.probes(container, "10.0.0.1") == {
        "startupProbe": "http://10.0.0.1:8080/readyz",
        "livenessProbe": "https://10.0.0.1:8081/",
    }
    assert questions.probes({}, "10.0.0.1") == {}
