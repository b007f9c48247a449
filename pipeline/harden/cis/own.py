"""What this cluster asks of itself beyond the benchmark."""

from __future__ import annotations

from pipeline.cluster import running, spec
from pipeline.harden import documents, rights
from pipeline.harden.checks import Answer, Control, every, flag, mode, none, owner, proven
from pipeline.harden.facts import Facts

_FLAGS_FIX = "pipeline/cluster/spec.py, then nox -s cluster"


def _published(facts: Facts) -> list[str]:
    return [] if facts.published and set(facts.published) <= {"127.0.0.1", "::1"} else [", ".join(facts.published) or "no port at all"]


def _declared(facts: Facts) -> list[str]:
    return running.differences(facts.flags, spec.FLAGS)


def _reads_declared(facts: Facts) -> Answer:
    wanted = {flag: spec.FLAGS["apiserver"][flag] for flag in documents.FILES}
    wrong = [flag for flag, path in wanted.items() if facts.flags.get("apiserver", {}).get(flag) != path]
    return not wrong, f"reads another file for {', '.join(wrong)}" if wrong else f"reads {len(wanted)} files of this tree"


CONTROLS = (
    Control("P.1", "ports of the node are published on loopback alone", none("port for others", _published), "nox -s destroy, then again"),
    Control("P.2", "controller manager speaks TLS 1.3", flag("controller-manager", "tls-min-version", "VersionTLS13"), _FLAGS_FIX),
    Control("P.3", "scheduler speaks TLS 1.3", flag("scheduler", "tls-min-version", "VersionTLS13"), _FLAGS_FIX),
    Control("P.4", "no role for requests without a credential", none("such binding", rights.strangers_welcome), "nox -s cluster"),
    Control(
        "P.5",
        "API server reads its files of this tree, and root alone does",
        every(
            _reads_declared,
            *(mode(f"{spec.ON_NODE}/portcullis-{name}.yaml", 0o600) for name in documents.NAMES),
            *(owner(f"{spec.ON_NODE}/portcullis-{name}.yaml") for name in documents.NAMES),
        ),
        _FLAGS_FIX,
    ),
    Control("P.6", "every declared flag is what runs", none("difference", _declared), "nox -s cluster"),
    Control("P.7", "etcd answers nobody without a certificate", proven("etcd"), _FLAGS_FIX),
)
