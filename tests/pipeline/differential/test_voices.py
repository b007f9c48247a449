"""Sorting what the API server says by who said it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.cluster.api import Reply
from pipeline.differential import objects, voices
from pipeline.differential.voices import Heard

POLICY = "Validation failed for ValidatingAdmissionPolicy '{}' with binding '{}': {}"
POD_SECURITY = (
    'would violate PodSecurity "restricted:latest": allowPrivilegeEscalation != false (container "a" must set'
    ' securityContext.allowPrivilegeEscalation=false), unrestricted capabilities (containers "a", "b" must set'
    ' securityContext.capabilities.drop=["ALL"]; container "a" must not include "X" in securityContext.capabilities.add), privileged'
)


def test_policies_and_pod_security_are_told_apart() -> None:
    warnings = (
        POD_SECURITY,
        POLICY.format("differential-pods", "differential-pods", "image-tag"),
        POLICY.format("differential-pods", "differential-pods", "asked"),
        POLICY.format("proof-labels", "proof-labels", "asked"),
        "unknown field",
    )
    assert voices.heard(Reply(201, {}, warnings)) == Heard(
        "",
        {"differential-pods": frozenset({"image-tag", "asked"}), "proof-labels": frozenset({"asked"})},
        frozenset({"allowPrivilegeEscalation != false", "unrestricted capabilities", "privileged"}),
    )


@pytest.mark.parametrize(
    ("reply", "refused"),
    [(Reply(422, {"message": "is invalid"}, ()), "is invalid"), (Reply(201, {}, ()), "no policy under test was asked")],
)
def test_silence_is_not_consent(reply: Reply, refused: str) -> None:
    assert voices.heard(reply).refused == refused


def test_an_object_that_the_policies_in_force_refuse_was_heard_all_the_same() -> None:
    reply = Reply(422, {"message": "denied"}, (POLICY.format("differential-roles", "differential-roles", "asked"),))
    assert voices.heard(reply).refused == ""


reason = st.text(alphabet="abc !=", min_size=1, max_size=8).map(str.strip).filter(bool)
detail = st.text(alphabet='ab,;"= ', max_size=12)


@given(st.lists(st.tuples(reason, detail), min_size=1, max_size=5))
def test_details_may_hold_commas(pairs: list[tuple[str, str]]) -> None:
    text = ", ".join(f"{name} ({words})" for name, words in pairs)
    assert voices.reasons(text) == {name for name, _ in pairs}


@pytest.mark.parametrize(
    ("content", "path"),
    [
        (objects.with_pod("Pod", objects.pod()), "/api/v1/namespaces/portcullis-differential/pods"),
        (objects.with_pod("CronJob", objects.pod()), "/apis/batch/v1/namespaces/portcullis-differential/cronjobs"),
        (objects.role("ClusterRole"), "/apis/rbac.authorization.k8s.io/v1/clusterroles"),
        (objects.namespace({}), "/api/v1/namespaces"),
    ],
)
def test_each_kind_is_sent_to_where_it_is_made(content: objects.Content, path: str) -> None:
    assert voices.path(content) == path
