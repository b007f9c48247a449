"""Looks into the files that the API server reads, and at credentials: what no flag shows."""

from __future__ import annotations

from typing import Any

from pipeline.harden.checks import Answer
from pipeline.harden.facts import Facts

# The files of `spec.hardening`, and the flags that name them.
NAMES = ("admission", "audit", "authentication", "encryption")
FILES = ("admission-control-config-file", "audit-policy-file", "authentication-config", "encryption-provider-config")
HEALTH = {"/livez", "/readyz", "/healthz"}
_PROVIDERS = {"aescbc", "kms", "secretbox"}
_SENSITIVE = {("", "secrets"), ("", "configmaps"), ("", "serviceaccounts/token"), ("authentication.k8s.io", "tokenreviews")}
# What the audit policy may leave out: reads of the cluster's own parts, and chatter.
_QUIET_RESOURCES = {("coordination.k8s.io", "leases"), ("", "events"), ("events.k8s.io", "")}
_QUIET_VERBS = {"get", "list", "watch"}


def anonymous(facts: Facts) -> Answer:
    """Anonymous requests are off, or limited to health."""
    found = facts.settings.get("authentication", {}).get("anonymous", {})
    paths = {each.get("path") for each in found.get("conditions", [])}
    if found.get("enabled") is False:
        return True, "anonymous requests are off"
    return bool(paths) and paths <= HEALTH, f"anonymous requests reach {', '.join(sorted(map(str, paths))) or 'everything'}"


def event_limits(facts: Facts) -> Answer:
    """EventRateLimit has limits for the server and for namespaces."""
    limits = _plugin(facts, "EventRateLimit").get("limits", [])
    kinds = {each.get("type") for each in limits if each.get("qps", 0) > 0 and each.get("burst", 0) > 0}
    return {"Server", "Namespace"} <= kinds, f"events are limited per {', '.join(sorted(map(str, kinds))) or 'nothing'}"


def pod_security(facts: Facts) -> Answer:
    """A namespace is `restricted` unless its own label says otherwise, no label does, and kube-system alone is exempt."""
    configuration = _plugin(facts, "PodSecurity")
    defaults = configuration.get("defaults", {})
    loose = [f"default {key} is {defaults.get(key)}" for key in ("enforce", "audit", "warn") if defaults.get(key) != "restricted"]
    loose += [f"default {key} is {defaults.get(key)}" for key in ("enforce-version",) if defaults.get(key) != "latest"]
    exempt = [name for names in configuration.get("exemptions", {}).values() for name in names]
    loose += [f"{name} is exempt" for name in exempt if name != "kube-system"]
    for space in facts.of("Namespace"):
        label = space["metadata"].get("labels", {}).get("pod-security.kubernetes.io/enforce", "restricted")
        if label != "restricted":
            loose.append(f"namespace {space['metadata']['name']} is {label}")
    return not loose, "; ".join(loose) or "restricted by default, kube-system alone is exempt"


def encryption(facts: Facts) -> Answer:
    """Secrets are written by a provider that encrypts."""
    for rule in facts.settings.get("encryption", {}).get("resources", []):
        if "secrets" in rule.get("resources", []):
            first = next(iter(rule.get("providers") or [{}]))
            name = next(iter(first), "none")
            return name in _PROVIDERS, f"the first provider is {name}"
    return False, "no rule for secrets"


def audit_policy(facts: Facts) -> Answer:
    """Everything is written down but health and chatter; of what is secret never the content; of other changes the content."""
    rules = facts.settings.get("audit", {}).get("rules", [])
    missing: set[tuple[str, str]] = set(_SENSITIVE)
    wrong = []
    for rule in rules:
        pairs = {(each.get("group", ""), name) for each in rule.get("resources", []) for name in each.get("resources", [""])}
        if rule.get("level") == "Metadata":
            missing -= pairs
        if rule.get("level") in {"Request", "RequestResponse"} and missing:
            wrong.append(f"{rule['level']} comes before {len(missing)} sensitive resources")
        if rule.get("level") == "None" and not _quiet(rule, pairs):
            wrong.append(f"nothing is written for {rule}")
    if not rules or rules[-1] != {"level": "Request"}:
        wrong.append("the last rule does not write down every other change")
    wrong += [f"{name} is not covered" for _, name in sorted(missing)]
    return not wrong, "; ".join(wrong) or f"{len(rules)} rules"


def _quiet(rule: dict[str, object], pairs: set[tuple[str, str]]) -> bool:
    verbs = rule.get("verbs")
    reads = isinstance(verbs, list) and set(verbs) <= _QUIET_VERBS
    who = [*_list(rule, "userGroups"), *_list(rule, "users")]
    own = bool(who) and all(name.startswith("system:") and name not in {"system:authenticated", "system:masters"} for name in who)
    return bool(_list(rule, "nonResourceURLs")) or (bool(pairs) and pairs <= _QUIET_RESOURCES) or (reads and own)


def _list(rule: dict[str, object], key: str) -> list[str]:
    value = rule.get(key)
    return [str(each) for each in value] if isinstance(value, list) else []


def own_authority(facts: Facts) -> Answer:
    """The authority that etcd trusts is not the one of the cluster's clients."""
    known = facts.authorities
    shared = [name for name in ("cluster", "front-proxy") if known.get(name) == known.get("etcd")]
    return not shared, f"etcd shares its authority with {', '.join(shared)}" if shared else "etcd has its own"


def client_certificate(facts: Facts) -> list[str]:
    """The pipeline's own login, when it is a certificate: nobody can take one back."""
    ids = facts.operator.get("extra", {}).get("authentication.kubernetes.io/credential-id", [])
    return [f"{facts.operator.get('username')} logs in by certificate"] if any(each.startswith("X509") for each in ids) or not ids else []


def powerful_group(facts: Facts) -> list[str]:
    """Logins of a group whose rights cannot be taken away."""
    return [f"{facts.operator.get('username')} is of system:masters"] if "system:masters" in facts.operator.get("groups", []) else []


def lasting_tokens(facts: Facts) -> list[str]:
    """Secrets that hold a token without end."""
    return _secrets(facts, "kubernetes.io/service-account-token")


def bootstrap_tokens(facts: Facts) -> list[str]:
    """Secrets by which a new node could join."""
    return _secrets(facts, "bootstrap.kubernetes.io/token")


def opaque_secrets(facts: Facts) -> list[str]:
    """Secrets that an application keeps in the cluster."""
    return _secrets(facts, "Opaque")


def _secrets(facts: Facts, kind: str) -> list[str]:
    return [f"{each['metadata']['namespace']}/{each['metadata']['name']}" for each in facts.of("Secret") if each.get("type") == kind]


def _plugin(facts: Facts, name: str) -> dict[str, Any]:
    plugins = facts.settings.get("admission", {}).get("plugins", [])
    return next((dict(each.get("configuration", {})) for each in plugins if each.get("name") == name), {})
