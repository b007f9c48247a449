"""Section 4: the kubelet's files, the kubelet itself, and kube-proxy."""

from __future__ import annotations

from pipeline.harden.checks import OFF, ON, Answer, Control, every, flag, kubelet, mode, nowhere, owner, proven
from pipeline.harden.facts import Facts

_UNIT, _DROP_IN = "/lib/systemd/system/kubelet.service", "/etc/systemd/system/kubelet.service.d"
_CONFIG, _LOGIN, _AUTHORITY = "/var/lib/kubelet/config.yaml", "/etc/kubernetes/kubelet.conf", "/var/lib/minikube/certs/ca.crt"
_FLAGS_FIX = "pipeline/cluster/spec.py, then nox -s cluster"
_FILES_FIX = "pipeline/cluster/hardening.py, then nox -s cluster"
_ASKED = "ask the kubelet: kubectl get --raw /api/v1/nodes/NODE/proxy/configz"


def _proxy_metrics(facts: Facts) -> Answer:
    address = str(facts.proxy.get("metricsBindAddress", ""))
    return address.startswith("127.0.0.1:"), f"metricsBindAddress={address or 'not set'}"


def _pids(facts: Facts) -> Answer:
    limit = facts.kubelet.get("podPidsLimit")
    return isinstance(limit, int) and 0 < limit <= 1024, f"podPidsLimit={limit}"  # noqa: PLR2004 - a service needs dozens


def _own_name(facts: Facts) -> Answer:
    name = facts.flags.get("kubelet", {}).get("hostname-override")
    if name == facts.node:
        return False, "hostname-override is the machine's own name"
    return "kubelet" in facts.flags and name is None, f"hostname-override={name or 'not set'}"


CONTROLS = (
    Control("4.1.1", "kubelet's unit is root's alone", every(mode(_DROP_IN, 0o600), mode(_UNIT, 0o600)), _FILES_FIX),
    Control("4.1.2", "kubelet's unit belongs to root", every(owner(_DROP_IN), owner(_UNIT)), _FILES_FIX),
    Control("4.1.3", "kube-proxy's kubeconfig is root's alone: it is in its pod", nowhere("/var/lib/kube-proxy"), _FILES_FIX),
    Control("4.1.4", "kube-proxy's kubeconfig belongs to root: it is in its pod", nowhere("/var/lib/kube-proxy"), _FILES_FIX),
    Control("4.1.5", "kubelet's kubeconfig is root's alone", mode(_LOGIN, 0o600), _FILES_FIX),
    Control("4.1.6", "kubelet's kubeconfig belongs to root", owner(_LOGIN), _FILES_FIX),
    Control("4.1.7", "the authority's certificate can be changed by root alone", mode(_AUTHORITY, 0o644), _FILES_FIX),
    Control("4.1.8", "the authority's certificate belongs to root", owner(_AUTHORITY), _FILES_FIX),
    Control("4.1.9", "kubelet's configuration is root's alone", mode(_CONFIG, 0o600), _FILES_FIX),
    Control("4.1.10", "kubelet's configuration belongs to root", owner(_CONFIG), _FILES_FIX),
    Control("4.2.1", "kubelet answers nobody without a credential", kubelet("authentication.anonymous.enabled", OFF), _FLAGS_FIX),
    Control("4.2.2", "kubelet asks the API who may do what", kubelet("authorization.mode", "Webhook"), _ASKED),
    Control("4.2.3", "kubelet checks its clients' certificates", kubelet("authentication.x509.clientCAFile", _AUTHORITY), _ASKED),
    Control("4.2.4", "kubelet has no port without authentication", kubelet("readOnlyPort", None, 0), _FLAGS_FIX),
    Control("4.2.5", "idle streams end", kubelet("streamingConnectionIdleTimeout", "5m0s"), _FLAGS_FIX),
    Control("4.2.6", "kubelet keeps its packet filter chains", kubelet("makeIPTablesUtilChains", ON), _ASKED),
    Control("4.2.7", "node keeps the machine's own name", _own_name),
    Control("4.2.8", "no event is dropped", kubelet("eventRecordQPS", 0), _FLAGS_FIX),
    Control(
        "4.2.9",
        "kubelet serves with a certificate of the cluster",
        every(kubelet("serverTLSBootstrap", ON), flag("kubelet", "rotate-server-certificates", "true"), proven("kubelet-certificate")),
        "nox -s cluster, which approves the kubelet's request",
    ),
    Control("4.2.10", "kubelet renews its client certificate", kubelet("rotateCertificates", ON), _ASKED),
    Control("4.2.11", "kubelet renews its serving certificate", kubelet("featureGates.RotateKubeletServerCertificate", None, ON), _ASKED),
    Control("4.2.12", "kubelet speaks TLS 1.3, and so strong ciphers only", kubelet("tlsMinVersion", "VersionTLS13"), _FLAGS_FIX),
    Control("4.2.13", "a pod's processes are limited", _pids, _FLAGS_FIX),
    # The flag holds whatever the configuration says, and configz shows the configuration alone.
    Control(
        "4.2.14", "pods get the runtime's seccomp profile", every(flag("kubelet", "seccomp-default", "true"), proven("seccomp")), _FLAGS_FIX
    ),
    Control("4.2.15", "kubelet's unit denies all addresses but known ones", flag("kubelet", "IPAddressDeny", "any")),
    Control(
        "4.3.1", "kube-proxy tells its figures on loopback alone", _proxy_metrics, "pipeline/cluster/spec.py PROXY, then nox -s cluster"
    ),
)
