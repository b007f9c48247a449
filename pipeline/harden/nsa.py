"""The Kubernetes Hardening Guide 1.2 of NSA and CISA (August 2022), recommendation by recommendation, and what answers each here.

References: `CIS n` and `P.n` are controls of `cis`, `rule NAME` is one of policies/rules.toml, `stage NAME` a session of the noxfile.
A recommendation is met when each of its controls is; rules and stages have a stage of their own that says so, and are only named.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from pipeline.harden.judge import Result, Verdict


@dataclass(frozen=True)
class Advice:
    """One recommendation, in our words."""

    id: str
    title: str
    references: tuple[str, ...]

    @property
    def controls(self) -> tuple[str, ...]:
        """Numbers of the controls that it refers to."""
        return tuple(each.removeprefix("CIS ") for each in self.references if each.startswith(("CIS ", "P.")))


ADVICE = (
    Advice("pods-1", "containers run as users without rights", ("CIS 5.2.7", "rule run-as-non-root", "rule run-as-user")),
    Advice("pods-2", "containers cannot change their own files", ("rule read-only-root", "stage integrate")),
    Advice("pods-3", "images are scanned, and built with care", ("stage scan", "rule base-image", "rule image-user")),
    Advice("pods-4", "images are the ones that were built", ("rule image-tag", "rule image-registry", "stage deploy")),
    Advice(
        "pods-5", "nothing is privileged or gains privileges", ("CIS 5.2.2", "CIS 5.2.6", "rule privileged", "rule privilege-escalation")
    ),
    Advice(
        "pods-6",
        "nothing shares processes, memory or network with the node",
        ("CIS 5.2.3", "CIS 5.2.4", "CIS 5.2.5", "rule host-namespace"),
    ),
    Advice("pods-7", "nothing mounts the node's files", ("CIS 5.2.12", "rule host-path")),
    Advice("pods-8", "capabilities are dropped", ("CIS 5.2.8", "CIS 5.2.9", "CIS 5.2.10", "rule capabilities-drop")),
    Advice("pods-9", "pods have a seccomp profile", ("CIS 4.2.14", "CIS 5.6.2")),
    Advice("pods-10", "a policy is enforced at admission", ("CIS 5.2.1", "rule pod-security")),
    Advice("pods-11", "pods that need no token have none", ("CIS 5.1.5", "CIS 5.1.6", "rule service-account-token")),
    Advice("pods-12", "processes of a pod are limited", ("CIS 4.2.13",)),
    Advice("network-1", "the control plane is reached by its administrators alone", ("P.1", "CIS 1.3.7", "CIS 1.4.2")),
    Advice("network-2", "etcd is reached by the API server alone, with certificates", ("CIS 2.1", "CIS 2.2", "CIS 2.5", "CIS 2.7", "P.7")),
    Advice(
        "network-3", "parts of the control plane check each other's certificates", ("CIS 1.2.5", "CIS 1.2.23", "CIS 1.2.24", "CIS 1.2.26")
    ),
    Advice("network-4", "TLS is strong", ("CIS 1.2.29", "CIS 4.2.12", "P.2", "P.3")),
    Advice("network-5", "Secrets are encrypted at rest", ("CIS 1.2.27", "CIS 1.2.28")),
    Advice("network-6", "kubeconfigs and keys are closed to others", ("CIS 1.1.13", "CIS 1.1.21", "CIS 4.1.5")),
    Advice("network-7", "applications are apart by namespace", ("CIS 5.6.1", "CIS 5.6.4")),
    Advice(
        "network-8",
        "NetworkPolicies deny by default, and are enforced",
        ("CIS 5.3.1", "CIS 5.3.2", "rule default-deny", "rule open-network"),
    ),
    Advice("network-9", "resources are limited per namespace", ("rule limit-range", "rule quota-room")),
    Advice(
        "network-10",
        "Secrets are in no configuration",
        ("CIS 5.4.1", "rule secret-in-manifest", "rule secret-in-environment", "stage secrets"),
    ),
    Advice("network-11", "the kubelet is closed", ("CIS 4.2.1", "CIS 4.2.2", "CIS 4.2.4", "CIS 4.2.9")),
    Advice("network-12", "Services show what must be seen, and nothing else", ("CIS 1.2.3", "P.1", "rule service-exposure")),
    Advice("access-1", "anonymous requests are refused", ("CIS 1.2.1", "CIS 4.2.1", "P.4")),
    Advice("access-2", "people and programs have strong credentials that end", ("CIS 3.1.1", "CIS 3.1.2", "CIS 3.1.3", "CIS 1.2.30")),
    Advice("access-3", "rights are roles, and no more than needed", ("CIS 1.2.8", "CIS 5.1.1", "CIS 5.1.3", "rule rbac-wildcard")),
    Advice(
        "access-4", "few may read Secrets, make pods or go through the node", ("CIS 5.1.2", "CIS 5.1.4", "CIS 5.1.10", "rule rbac-secrets")
    ),
    Advice("access-5", "few may give themselves more", ("CIS 5.1.8", "CIS 5.1.11", "CIS 5.1.13", "rule rbac-escalation")),
    Advice("audit-1", "the API server keeps an audit log", ("CIS 1.2.16", "CIS 3.2.1", "CIS 3.2.2")),
    Advice("audit-2", "logs last, and do not fill the disk", ("CIS 1.2.17", "CIS 1.2.18", "CIS 1.2.19")),
    Advice("audit-3", "events are not lost, and not a flood", ("CIS 4.2.8", "CIS 1.2.9")),
    Advice("upkeep-1", "fixes are applied promptly", ("stage deps", "stage lock")),
    Advice("upkeep-2", "what is not needed is not there", ("CIS 1.2.15", "CIS 1.3.2", "CIS 1.4.1", "CIS 5.1.7")),
    Advice("upkeep-3", "the cluster is examined again and again", ("stage harden", "P.6")),
)


_ORDER: tuple[Verdict, ...] = ("PASS", "WARN", "FAIL")


def judge(results: Iterable[Result], advice: Iterable[Advice] = ADVICE) -> tuple[Result, ...]:
    """Judge each recommendation by the worst of its controls; one whose control is not there is not met."""
    known: Mapping[str, Result] = {result.id: result for result in results}
    return tuple(_one(each, known) for each in advice)


def _one(advice: Advice, known: Mapping[str, Result]) -> Result:
    verdicts: dict[str, Verdict] = {id_: known[id_].verdict if id_ in known else "FAIL" for id_ in advice.controls}
    worst: Verdict = max(verdicts.values(), key=_ORDER.index, default="PASS")
    blame = [id_ for id_, verdict in verdicts.items() if verdict == worst != "PASS"]
    return Result(advice.id, advice.title, worst, ", ".join(advice.references), f"see {', '.join(blame)}" if blame else "")
