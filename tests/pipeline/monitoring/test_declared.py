import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline import workspace
from pipeline.monitoring import declared

POLICY = {"kind": "NetworkPolicy", "metadata": {"name": "door"}, "spec": {"ingress": [{}, {}]}}
SCALER = {"kind": "HorizontalPodAutoscaler", "metadata": {"name": "hash"}, "spec": {"minReplicas": 2, "maxReplicas": 9}}
QUOTA = {"kind": "ResourceQuota", "metadata": {"name": "hash"}, "spec": {"hard": {"pods": "15", "requests.memory": "1Gi"}}}
ACCOUNT = {"kind": "ServiceAccount", "metadata": {"name": "hash"}}


def test_the_objects_of_the_base_and_of_the_overlay_are_found() -> None:
    found = {(each["kind"], each["metadata"]["name"]) for each in declared.objects(workspace.ROOT)}
    assert {("Deployment", "hash"), ("NetworkPolicy", "default-deny"), ("NetworkPolicy", "from-outside"), ("LimitRange", "hash")} <= found


def test_each_object_that_metrics_know_is_missed() -> None:
    assert list(declared.missing([QUOTA, POLICY, ACCOUNT])) == [
        'absent(kube_networkpolicy_created{namespace="hash",networkpolicy="door"})',
        'absent(kube_resourcequota_created{namespace="hash",resourcequota="hash"})',
    ]


def test_each_declared_number_is_compared() -> None:
    assert list(declared.changed([QUOTA, POLICY, SCALER, ACCOUNT])) == [
        'kube_horizontalpodautoscaler_spec_min_replicas{namespace="hash",horizontalpodautoscaler="hash"} != 2',
        'kube_horizontalpodautoscaler_spec_max_replicas{namespace="hash",horizontalpodautoscaler="hash"} != 9',
        'kube_networkpolicy_spec_ingress_rules{namespace="hash",networkpolicy="door"} != 2',
        'kube_networkpolicy_spec_egress_rules{namespace="hash",networkpolicy="door"} != 0',
        'kube_resourcequota{namespace="hash",resourcequota="hash",type="hard",resource="pods"} != 15',
        'kube_resourcequota{namespace="hash",resourcequota="hash",type="hard",resource="requests.memory"} != 1073741824',
    ]


def test_what_nobody_declared_is_noticed_by_its_kind() -> None:
    second = POLICY | {"metadata": {"name": "another"}}
    assert list(declared.undeclared([POLICY, second, ACCOUNT])) == [
        'kube_networkpolicy_created{namespace="hash",networkpolicy!~"another|door"}'
    ]


@pytest.mark.parametrize(
    ("quantity", "plain"), [("1500m", "1.5"), ("10", "10"), (15, "15"), ("2Gi", "2147483648"), ("1000m", "1"), ("0", "0")]
)
def test_quantities_become_plain_numbers(quantity: str | int, plain: str) -> None:
    assert declared.number(quantity) == plain


@pytest.mark.parametrize("quantity", ["", "Gi", "1e3", "1.2.3", "1Ti", "-1", "1 Gi"])
def test_other_quantities_are_refused(quantity: str) -> None:
    with pytest.raises(ValueError, match="no quantity"):
        declared.number(quantity)


@given(st.integers(0, 10**9))
def test_a_thousand_thousandths_are_one(value: int) -> None:
    assert declared.number(f"{value * 1000}m") == declared.number(value) == str(value)
