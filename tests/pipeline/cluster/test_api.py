"""What the API server says beside its answer, and what becomes of a missing way to it."""

from dataclasses import replace
from pathlib import Path

import pytest

from pipeline import workspace
from pipeline.cluster import api
from pipeline.errors import ClusterError

PLACE = workspace.locate()


@pytest.mark.parametrize(
    ("header", "text"),
    [
        ('299 - "image-tag"', "image-tag"),
        (
            r'299 - "would violate PodSecurity \"restricted:latest\": privileged"',
            'would violate PodSecurity "restricted:latest": privileged',
        ),
        (r'299 agent "a \\ backslash"', "a \\ backslash"),
        ("no warning", "no warning"),
    ],
)
def test_a_warning_is_read_as_it_was_meant(header: str, text: str) -> None:
    assert api.unquoted(header) == text


@pytest.mark.parametrize("content", [None, "", "a: [", "clusters: []\nusers: []\n", "{}"])
def test_a_kubeconfig_that_leads_nowhere_is_named(tmp_path: Path, content: str | None) -> None:
    place = replace(PLACE, state=tmp_path)
    if content is not None:
        place.kubeconfig.write_text(content)
    with pytest.raises(ClusterError, match="tells no way to the cluster"), api.connect(place):
        pass


def test_a_refusal_has_its_reason_and_an_answer_has_none() -> None:
    assert api.Reply(403, {"message": "no"}, ()).message == "no"
    assert api.Reply(201, {"message": "made"}, ()).message == ""
