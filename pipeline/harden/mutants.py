"""Weakens the facts, one setting at a time, and asks whether a control notices: what is not noticed is not controlled.

Mutants are made from the very facts of this cluster, so there is one for whatever is declared. It takes seconds: every run does it.
"""

from __future__ import annotations

import copy
import ipaddress
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from pipeline.cluster import spec
from pipeline.harden.checks import Control
from pipeline.harden.facts import Facts

# A control about everything that is declared would kill each of the flags' mutants, and so hide that none of its own does.
_CATCH_ALL = "P.6"
_EVERYWHERE = str(ipaddress.IPv4Address(0))


@dataclass(frozen=True)
class Mutant:
    """One weakening, in words, and the facts as they would then be."""

    name: str
    facts: Facts


@dataclass(frozen=True)
class Fate:
    """The controls that were so and no longer are; none means that it survived."""

    mutant: str
    killed_by: tuple[str, ...]


def make(facts: Facts) -> Iterator[Mutant]:
    """Every mutant of these facts."""
    yield from _flags(facts)
    yield from _kubelet(facts)
    yield from _files(facts)
    yield from _settings(facts)
    yield from _others(facts)


def run(controls: Sequence[Control], facts: Facts) -> tuple[Fate, ...]:
    """Judge every mutant by every control that holds now."""
    holding = [control for control in controls if control.id != _CATCH_ALL and control.check(facts)[0]]
    return tuple(Fate(mutant.name, tuple(each.id for each in holding if not each.check(mutant.facts)[0])) for mutant in make(facts))


def survivors(fates: Iterable[Fate]) -> list[str]:
    """Names of the mutants that nothing noticed."""
    return [fate.mutant for fate in fates if not fate.killed_by]


def _flags(facts: Facts) -> Iterator[Mutant]:
    """Each declared flag left out and turned round, and the flags by which everything would be open."""
    for part, values in spec.FLAGS.items():
        for name, value in values.items():
            yield Mutant(f"{part} without {name}", _with_flag(facts, part, name, None))
            yield Mutant(f"{part} with {name}={_turned(value)}", _with_flag(facts, part, name, _turned(value)))
    for part, name, value in _OPENINGS:
        yield Mutant(f"{part} with {name}={value}", _with_flag(facts, part, name, value))


_OPENINGS = (
    ("apiserver", "anonymous-auth", "true"),
    ("apiserver", "token-auth-file", "/tokens.csv"),
    ("apiserver", "authorization-mode", "AlwaysAllow"),
    ("apiserver", "authorization-mode", "RBAC"),
    ("apiserver", "authorization-mode", "Node"),
    ("apiserver", "disable-admission-plugins", "ServiceAccount"),
    ("apiserver", "disable-admission-plugins", "NamespaceLifecycle"),
    ("apiserver", "enable-admission-plugins", "AlwaysAdmit"),
    ("apiserver", "service-account-lookup", "false"),
    ("controller-manager", "bind-address", _EVERYWHERE),
    ("controller-manager", "use-service-account-credentials", "false"),
    ("controller-manager", "feature-gates", "RotateKubeletServerCertificate=false"),
    ("scheduler", "bind-address", _EVERYWHERE),
    ("etcd", "client-cert-auth", "false"),
    ("etcd", "peer-client-cert-auth", "false"),
    ("etcd", "auto-tls", "true"),
    ("etcd", "peer-auto-tls", "true"),
)


def _turned(value: str) -> str:
    """A weaker value of the same kind."""
    words = {"true": "false", "false": "true", "VersionTLS13": "VersionTLS12", "0": "10255"}
    return words.get(value, "0" if value[0].isdigit() else "none")


def _with_flag(facts: Facts, part: str, name: str, value: str | None) -> Facts:
    """Facts with another flag. What the kubelet says of itself follows its flags."""
    flags = {key: dict(values) for key, values in facts.flags.items()}
    flags.setdefault(part, {}).pop(name, None)
    if value is not None:
        flags[part][name] = value
    changed = replace(facts, flags=flags)
    if part == "kubelet" and name in _SAID_AS:
        path, absent = _SAID_AS[name]
        return replace(changed, kubelet=_set(facts.kubelet, path, absent if value is None else _told(value)))
    return changed


def _told(value: str) -> object:
    """A flag's value as configz has it."""
    return int(value) if value.isdigit() else {"true": True, "false": False}.get(value, value)


# How the kubelet tells what a flag set, and what it tells without the flag (its defaults, seen in configz).
_SAID_AS: dict[str, tuple[str, object]] = {
    "anonymous-auth": ("authentication.anonymous.enabled", True),
    "event-qps": ("eventRecordQPS", 50),
    "pod-max-pids": ("podPidsLimit", -1),
    "read-only-port": ("readOnlyPort", 10255),
    "rotate-server-certificates": ("serverTLSBootstrap", None),
    "streaming-connection-idle-timeout": ("streamingConnectionIdleTimeout", "4h0m0s"),
    "tls-min-version": ("tlsMinVersion", None),
}


def _kubelet(facts: Facts) -> Iterator[Mutant]:
    for path, value in (
        ("authentication.anonymous.enabled", True),
        ("authentication.x509.clientCAFile", None),
        ("authorization.mode", "AlwaysAllow"),
        ("readOnlyPort", 10255),
        ("rotateCertificates", False),
        ("makeIPTablesUtilChains", False),
        ("featureGates", {"RotateKubeletServerCertificate": False}),
    ):
        yield Mutant(f"the kubelet says {path}={value}", replace(facts, kubelet=_set(facts.kubelet, path, value)))
    yield Mutant("kube-proxy's figures for everybody", replace(facts, proxy={**facts.proxy, "metricsBindAddress": f"{_EVERYWHERE}:10249"}))


def _set(table: dict[str, Any], path: str, value: object) -> dict[str, Any]:
    changed = copy.deepcopy(table)
    *way, last = path.split(".")
    place = changed
    for step in way:
        place = place.setdefault(step, {})
    place[last] = value
    return changed


_CLOSED_FOLDERS = {spec.AUDIT_FOLDER, "/var/lib/minikube/etcd"}
_WATCHED = (
    "/etc/kubernetes/manifests/",
    "/etc/kubernetes/admin.conf",
    "/etc/kubernetes/super-admin.conf",
    "/etc/kubernetes/scheduler.conf",
    "/etc/kubernetes/controller-manager.conf",
    "/etc/kubernetes/kubelet.conf",
    "/etc/cni/net.d/",
    "/etc/systemd/system/kubelet.service.d/",
    "/lib/systemd/system/kubelet.service",
    "/var/lib/kubelet/config.yaml",
    "/var/lib/minikube/certs/",
    f"{spec.AUDIT_FOLDER}/",
    f"{spec.ON_NODE}/portcullis-",
)


def _files(facts: Facts) -> Iterator[Mutant]:
    """Each watched file, and the folders of etcd and of the audit log, open to all, and given to somebody else."""
    for number, file in enumerate(facts.files):
        if file.path in _CLOSED_FOLDERS:
            changed = [("open to all", replace(file, mode="777"))]
        elif file.path.startswith(_WATCHED) and not file.folder:
            changed = [("writable for all", replace(file, mode="666")), ("given to nobody", replace(file, owner="nobody:nogroup"))]
        else:
            continue
        for words, other in changed:
            files = (*facts.files[:number], other, *facts.files[number + 1 :])
            yield Mutant(f"{file.path} {words}", replace(facts, files=files))


def _settings(facts: Facts) -> Iterator[Mutant]:
    """Each part of the files that the API server reads, taken out or opened."""
    known = facts.settings
    for number, rule in enumerate(known["audit"]["rules"]):
        if rule["level"] != "None":
            rules = [*known["audit"]["rules"][:number], *known["audit"]["rules"][number + 1 :]]
            # Reads of what is not secret may be written down with their body too; only the log would be longer.
            if rule.get("resources") or "verbs" not in rule:
                yield _setting(facts, f"audit without {rule}", "audit", {"rules": rules})
    yield _setting(facts, "audit of nothing", "audit", {"rules": [{"level": "None"}, *known["audit"]["rules"]]})
    yield _setting(facts, "audit with Secrets' content", "audit", {"rules": [{"level": "RequestResponse"}, *known["audit"]["rules"]]})
    yield _setting(facts, "anonymous everywhere", "authentication", {"anonymous": {"enabled": True}})
    more = [*known["authentication"]["anonymous"]["conditions"], {"path": "/metrics"}]
    yield _setting(facts, "anonymous for figures", "authentication", {"anonymous": {"enabled": True, "conditions": more}})
    plain = [{"resources": ["secrets"], "providers": [{"identity": {}}]}]
    yield _setting(facts, "Secrets in plain text", "encryption", {"resources": plain})
    yield _setting(facts, "no rule for Secrets", "encryption", {"resources": []})
    plugins = known["admission"]["plugins"]
    for number, plugin in enumerate(plugins):
        yield _setting(facts, f"no {plugin['name']}", "admission", {"plugins": [*plugins[:number], *plugins[number + 1 :]]})
    for path, value in (
        ("defaults.enforce", "baseline"),
        ("defaults.enforce-version", "v1.20"),
        ("defaults.audit", "privileged"),
        ("defaults.warn", "privileged"),
        ("exemptions.namespaces", ["kube-system", "hash"]),
        ("exemptions.usernames", ["deployer"]),
        ("exemptions.runtimeClasses", ["any"]),
    ):
        loose = [
            {**plugin, "configuration": _set(plugin["configuration"], path, value)} if plugin["name"] == "PodSecurity" else plugin
            for plugin in plugins
        ]
        yield _setting(facts, f"{path} is {value}", "admission", {"plugins": loose})


def _setting(facts: Facts, words: str, name: str, content: dict[str, Any]) -> Mutant:
    return Mutant(words, replace(facts, settings={**facts.settings, name: content}))


def _others(facts: Facts) -> Iterator[Mutant]:
    for name, proof in facts.proofs.items():
        yield Mutant(f"{name} does not hold", replace(facts, proofs={**facts.proofs, name: replace(proof, held=False)}))
        yield Mutant(f"{name} not tried", replace(facts, proofs={key: value for key, value in facts.proofs.items() if key != name}))
    yield Mutant("ports published to all", replace(facts, published=(_EVERYWHERE,)))
    yield Mutant(
        "etcd trusts the cluster's authority", replace(facts, authorities={**facts.authorities, "etcd": facts.authorities["cluster"]})
    )
    for kind, change in _ADDED:
        yield Mutant(f"another {kind}: {change['metadata']['name']}", _added(facts, kind, change))
    yield Mutant("kube-system's default account hands out its token", _changed_account(facts))
    yield Mutant("no NetworkPolicy", replace(facts, objects={**facts.objects, "NetworkPolicy": []}))
    without = [pod for pod in facts.of("Pod") if not pod["metadata"]["name"].startswith("kube-router-")]
    yield Mutant("nobody enforces NetworkPolicy", replace(facts, objects={**facts.objects, "Pod": without}))


def _added(facts: Facts, kind: str, item: dict[str, Any]) -> Facts:
    objects = {**facts.objects, kind: [*facts.of(kind), {"kind": kind, **item}]}
    if kind == "ClusterRole":
        binding = _binding(f"{item['metadata']['name']}-binding", item["metadata"]["name"], _SOMEBODY)
        objects["ClusterRoleBinding"] = [*facts.of("ClusterRoleBinding"), {"kind": "ClusterRoleBinding", **binding}]
    return replace(facts, objects=objects)


def _changed_account(facts: Facts) -> Facts:
    accounts = [
        {**each, "automountServiceAccountToken": True} if each["metadata"]["namespace"] == "kube-system" else each
        for each in facts.of("ServiceAccount")
    ]
    return replace(facts, objects={**facts.objects, "ServiceAccount": accounts})


_SOMEBODY = {"kind": "ServiceAccount", "namespace": "hash", "name": "somebody"}


def _binding(name: str, role: str, subject: dict[str, str]) -> dict[str, Any]:
    return {"metadata": {"name": name}, "roleRef": {"kind": "ClusterRole", "name": role}, "subjects": [subject]}


def _role(verb: str, group: str, resource: str) -> tuple[str, dict[str, Any]]:
    rule = {"verbs": [verb], "apiGroups": [group], "resources": [resource]}
    return "ClusterRole", {"metadata": {"name": f"may-{verb}-{resource}"}, "rules": [rule]}


def _pod(name: str, container: dict[str, Any], **spec_: object) -> tuple[str, dict[str, Any]]:
    return "Pod", {"metadata": {"namespace": "hash", "name": name}, "spec": {"containers": [{"name": "c", **_GOOD, **container}], **spec_}}


_CONTEXT = {"runAsNonRoot": True, "allowPrivilegeEscalation": False, "capabilities": {"drop": ["ALL"]}}
_GOOD: dict[str, Any] = {"securityContext": _CONTEXT}
_EVERYBODY = {"kind": "Group", "name": "system:unauthenticated"}
_RBAC = "rbac.authorization.k8s.io"
_TOKEN = {"name": "t", "projected": {"sources": [{"serviceAccountToken": {"path": "token"}}]}}

_ADDED: tuple[tuple[str, dict[str, Any]], ...] = (
    ("ClusterRoleBinding", _binding("surplus", "cluster-admin", _SOMEBODY)),
    ("ClusterRoleBinding", _binding("open", "system:discovery", _EVERYBODY)),
    ("Secret", {"metadata": {"namespace": "hash", "name": "legacy"}, "type": "kubernetes.io/service-account-token"}),
    ("Secret", {"metadata": {"namespace": "kube-system", "name": "bootstrap"}, "type": "bootstrap.kubernetes.io/token"}),
    ("Secret", {"metadata": {"namespace": "hash", "name": "password"}, "type": "Opaque"}),
    ("Namespace", {"metadata": {"name": "loose", "labels": {"pod-security.kubernetes.io/enforce": "privileged"}}}),
    ("Namespace", {"metadata": {"name": "unguarded"}}),
    ("Service", {"metadata": {"namespace": "default", "name": "stray"}}),
    _role("*", "", "configmaps"),
    _role("get", "", "secrets"),
    _role("create", "", "pods"),
    _role("bind", _RBAC, "clusterroles"),
    _role("escalate", _RBAC, "roles"),
    _role("impersonate", "", "users"),
    _role("create", "", "persistentvolumes"),
    _role("get", "", "nodes/proxy"),
    _role("update", "certificates.k8s.io", "certificatesigningrequests/approval"),
    _role("delete", "admissionregistration.k8s.io", "validatingadmissionpolicybindings"),
    _role("create", "admissionregistration.k8s.io", "mutatingwebhookconfigurations"),
    _role("create", "", "serviceaccounts/token"),
    _pod("privileged", {"securityContext": {**_CONTEXT, "privileged": True}}),
    _pod("host-processes", {}, hostPID=True),
    _pod("host-memory", {}, hostIPC=True),
    _pod("host-network", {}, hostNetwork=True),
    _pod("escalating", {"securityContext": {**_CONTEXT, "allowPrivilegeEscalation": True}}),
    _pod("root", {"securityContext": {**_CONTEXT, "runAsNonRoot": False}}),
    _pod("raw-packets", {"securityContext": {**_CONTEXT, "capabilities": {"drop": ["ALL"], "add": ["NET_RAW"]}}}),
    _pod("capable", {"securityContext": {**_CONTEXT, "capabilities": {"drop": ["NET_RAW"]}}}),
    _pod("windows", {"securityContext": {**_CONTEXT, "windowsOptions": {"hostProcess": True}}}),
    _pod("host-path", {}, volumes=[{"name": "h", "hostPath": {"path": "/"}}]),
    _pod("host-port", {"ports": [{"hostPort": 80}]}),
    _pod("secret-variable", {"envFrom": [{"secretRef": {"name": "x"}}]}),
    _pod("unconfined", {"securityContext": {**_CONTEXT, "seccompProfile": {"type": "Unconfined"}}}),
    _pod("silent", {"securityContext": None}),
    _pod("token", {}, volumes=[_TOKEN]),
)
