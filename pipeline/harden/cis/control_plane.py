"""Sections 1 to 3: files and programs of the control plane, etcd, who may log in, and the audit log."""

from __future__ import annotations

from pipeline.harden import documents
from pipeline.harden.checks import (
    Control,
    every,
    flag,
    flag_absent,
    flag_between,
    flag_lacks,
    flag_lists,
    flag_set,
    mode,
    none,
    owner,
    proven,
)

_MANIFESTS, _PKI, _SCHEDULER, _MANAGER = "/etc/kubernetes/manifests", "/var/lib/minikube/certs", "scheduler", "controller-manager"
_API, _ETCD = "apiserver", "etcd"
_ETCD_DATA = "/var/lib/minikube/etcd"
_FLAGS_FIX = "pipeline/cluster/spec.py, then nox -s cluster"
_FILES_FIX = "pipeline/cluster/hardening.py, then nox -s cluster"

_FILES = (
    Control("1.1.1", "API server manifest is root's alone", mode(f"{_MANIFESTS}/kube-apiserver.yaml", 0o600), _FILES_FIX),
    Control("1.1.2", "API server manifest belongs to root", owner(f"{_MANIFESTS}/kube-apiserver.yaml"), _FILES_FIX),
    Control("1.1.3", "controller manager manifest is root's alone", mode(f"{_MANIFESTS}/kube-controller-manager.yaml", 0o600), _FILES_FIX),
    Control("1.1.4", "controller manager manifest belongs to root", owner(f"{_MANIFESTS}/kube-controller-manager.yaml"), _FILES_FIX),
    Control("1.1.5", "scheduler manifest is root's alone", mode(f"{_MANIFESTS}/kube-scheduler.yaml", 0o600), _FILES_FIX),
    Control("1.1.6", "scheduler manifest belongs to root", owner(f"{_MANIFESTS}/kube-scheduler.yaml"), _FILES_FIX),
    Control("1.1.7", "etcd manifest is root's alone", mode(f"{_MANIFESTS}/etcd.yaml", 0o600), _FILES_FIX),
    Control("1.1.8", "etcd manifest belongs to root", owner(f"{_MANIFESTS}/etcd.yaml"), _FILES_FIX),
    Control("1.1.9", "CNI configuration is root's alone", mode("/etc/cni/net.d", 0o600), _FILES_FIX),
    Control("1.1.10", "CNI configuration belongs to root", owner("/etc/cni/net.d"), _FILES_FIX),
    Control("1.1.11", "etcd's data folder is closed to others", mode(_ETCD_DATA, 0o700, folders=True), _FILES_FIX),
    Control("1.1.12", "etcd's data folder belongs to a user of etcd's own", owner(_ETCD_DATA, "etcd:etcd", folders=True)),
    Control(
        "1.1.13",
        "administrators' kubeconfigs are root's alone",
        every(*(mode(f"/etc/kubernetes/{name}", 0o600) for name in ("admin.conf", "super-admin.conf"))),
        _FILES_FIX,
    ),
    Control(
        "1.1.14",
        "administrators' kubeconfigs belong to root",
        every(*(owner(f"/etc/kubernetes/{name}") for name in ("admin.conf", "super-admin.conf"))),
        _FILES_FIX,
    ),
    Control("1.1.15", "scheduler kubeconfig is root's alone", mode("/etc/kubernetes/scheduler.conf", 0o600), _FILES_FIX),
    Control("1.1.16", "scheduler kubeconfig belongs to root", owner("/etc/kubernetes/scheduler.conf"), _FILES_FIX),
    Control("1.1.17", "controller manager kubeconfig is root's alone", mode("/etc/kubernetes/controller-manager.conf", 0o600), _FILES_FIX),
    Control("1.1.18", "controller manager kubeconfig belongs to root", owner("/etc/kubernetes/controller-manager.conf"), _FILES_FIX),
    Control("1.1.19", "certificates and keys belong to root", every(owner(_PKI), owner(_PKI, folders=True)), _FILES_FIX),
    Control(
        "1.1.20",
        "certificates can be changed by root alone",
        every(mode(_PKI, 0o644, ending=".crt"), mode(_PKI, 0o644, ending=".pub")),
        _FILES_FIX,
    ),
    Control("1.1.21", "private keys are root's alone", mode(_PKI, 0o600, ending=".key"), _FILES_FIX),
)

_SERVER = (
    Control(
        "1.2.1",
        "without a credential nothing answers but health",
        every(
            flag_set(_API, "authentication-config"), flag_absent(_API, "anonymous-auth", "false"), documents.anonymous, proven("anonymous")
        ),
        "cluster/hardening/authentication.yaml, then nox -s cluster",
    ),
    Control("1.2.2", "no static tokens", flag_absent(_API, "token-auth-file"), _FLAGS_FIX),
    Control(
        "1.2.3",
        "Services cannot claim outside addresses",
        flag_lists(_API, "enable-admission-plugins", "DenyServiceExternalIPs"),
        _FLAGS_FIX,
    ),
    Control(
        "1.2.4",
        "API server has a certificate for the kubelet",
        flag_set(_API, "kubelet-client-certificate", "kubelet-client-key"),
        _FLAGS_FIX,
    ),
    Control(
        "1.2.5", "API server checks the kubelet's certificate", flag(_API, "kubelet-certificate-authority", f"{_PKI}/ca.crt"), _FLAGS_FIX
    ),
    Control(
        "1.2.6",
        "not everything is allowed",
        every(flag_set(_API, "authorization-mode"), flag_lacks(_API, "authorization-mode", "AlwaysAllow")),
        _FLAGS_FIX,
    ),
    Control("1.2.7", "nodes may do only what concerns them", flag_lists(_API, "authorization-mode", "Node"), _FLAGS_FIX),
    Control("1.2.8", "rights are roles", flag_lists(_API, "authorization-mode", "RBAC"), _FLAGS_FIX),
    Control(
        "1.2.9",
        "events are limited",
        every(flag_lists(_API, "enable-admission-plugins", "EventRateLimit"), documents.event_limits),
        "cluster/hardening/admission.yaml, then nox -s cluster",
    ),
    Control("1.2.10", "not everything is admitted", flag_lacks(_API, "enable-admission-plugins", "AlwaysAdmit"), _FLAGS_FIX),
    Control("1.2.11", "images are pulled for every pod", flag_lists(_API, "enable-admission-plugins", "AlwaysPullImages")),
    Control("1.2.12", "plugin ServiceAccount is on", flag_lacks(_API, "disable-admission-plugins", "ServiceAccount"), _FLAGS_FIX),
    Control("1.2.13", "plugin NamespaceLifecycle is on", flag_lacks(_API, "disable-admission-plugins", "NamespaceLifecycle"), _FLAGS_FIX),
    Control("1.2.14", "plugin NodeRestriction is on", flag_lists(_API, "enable-admission-plugins", "NodeRestriction"), _FLAGS_FIX),
    Control("1.2.15", "API server does not profile", flag(_API, "profiling", "false"), _FLAGS_FIX),
    Control(
        "1.2.16",
        "the audit log is a file on the node that root alone reads",
        every(
            flag(_API, "audit-log-path", "/var/log/kubernetes/audit.log"),
            mode("/var/log/kubernetes", 0o700, folders=True),
            mode("/var/log/kubernetes", 0o600),
            owner("/var/log/kubernetes"),
        ),
        _FILES_FIX,
    ),
    Control("1.2.17", "audit logs are kept for 30 days", flag_between(_API, "audit-log-maxage", 30, 3650), _FLAGS_FIX),
    Control("1.2.18", "ten audit logs are kept", flag_between(_API, "audit-log-maxbackup", 10, 100), _FLAGS_FIX),
    Control("1.2.19", "an audit log ends at 100 MB", flag_between(_API, "audit-log-maxsize", 100, 500), _FLAGS_FIX),
    Control("1.2.20", "requests end", flag_between(_API, "request-timeout", 10, 300), _FLAGS_FIX),
    Control("1.2.21", "a deleted account's tokens are void", flag_absent(_API, "service-account-lookup", "true"), _FLAGS_FIX),
    Control("1.2.22", "tokens are checked with a key of their own", flag_set(_API, "service-account-key-file"), _FLAGS_FIX),
    Control("1.2.23", "API server has a certificate for etcd", flag_set(_API, "etcd-certfile", "etcd-keyfile"), _FLAGS_FIX),
    Control("1.2.24", "API server serves with a certificate", flag_set(_API, "tls-cert-file", "tls-private-key-file"), _FLAGS_FIX),
    Control("1.2.25", "clients' certificates are checked", flag_set(_API, "client-ca-file"), _FLAGS_FIX),
    Control("1.2.26", "API server checks etcd's certificate", flag_set(_API, "etcd-cafile"), _FLAGS_FIX),
    Control("1.2.27", "Secrets are encrypted at rest", every(flag_set(_API, "encryption-provider-config"), proven("at-rest")), _FLAGS_FIX),
    Control("1.2.28", "the first provider really encrypts", documents.encryption, "pipeline/cluster/spec.py, then nox -s cluster"),
    Control(
        "1.2.29", "TLS 1.3, and so strong ciphers only", every(flag(_API, "tls-min-version", "VersionTLS13"), proven("tls")), _FLAGS_FIX
    ),
    Control("1.2.30", "tokens are not extended", flag(_API, "service-account-extend-token-expiration", "false"), _FLAGS_FIX),
)

_OTHERS = (
    Control("1.3.1", "finished pods are cleared away", flag_between(_MANAGER, "terminated-pod-gc-threshold", 1, 1000), _FLAGS_FIX),
    Control("1.3.2", "controller manager does not profile", flag(_MANAGER, "profiling", "false"), _FLAGS_FIX),
    Control("1.3.3", "each controller has an account of its own", flag(_MANAGER, "use-service-account-credentials", "true"), _FLAGS_FIX),
    Control("1.3.4", "tokens are signed with a key of their own", flag_set(_MANAGER, "service-account-private-key-file"), _FLAGS_FIX),
    Control("1.3.5", "pods get the authority's certificate", flag_set(_MANAGER, "root-ca-file"), _FLAGS_FIX),
    Control(
        "1.3.6",
        "kubelets' serving certificates are signed",
        flag_lacks(_MANAGER, "feature-gates", "RotateKubeletServerCertificate=false"),
        _FLAGS_FIX,
    ),
    Control("1.3.7", "controller manager listens on loopback", flag(_MANAGER, "bind-address", "127.0.0.1"), _FLAGS_FIX),
    Control("1.4.1", "scheduler does not profile", flag(_SCHEDULER, "profiling", "false"), _FLAGS_FIX),
    Control("1.4.2", "scheduler listens on loopback", flag(_SCHEDULER, "bind-address", "127.0.0.1"), _FLAGS_FIX),
    Control("2.1", "etcd serves with a certificate", flag_set(_ETCD, "cert-file", "key-file"), _FLAGS_FIX),
    Control("2.2", "etcd's clients need a certificate", flag(_ETCD, "client-cert-auth", "true"), _FLAGS_FIX),
    Control("2.3", "etcd signs nothing for itself", flag_absent(_ETCD, "auto-tls", "false"), _FLAGS_FIX),
    Control("2.4", "etcd's peers serve with a certificate", flag_set(_ETCD, "peer-cert-file", "peer-key-file"), _FLAGS_FIX),
    Control("2.5", "etcd's peers need a certificate", flag(_ETCD, "peer-client-cert-auth", "true"), _FLAGS_FIX),
    Control("2.6", "etcd's peers sign nothing for themselves", flag_absent(_ETCD, "peer-auto-tls", "false"), _FLAGS_FIX),
    Control("2.7", "etcd has an authority of its own", every(flag_set(_ETCD, "trusted-ca-file"), documents.own_authority), _FLAGS_FIX),
    Control("3.1.1", "people log in by something that can be taken back", none("client certificate in use", documents.client_certificate)),
    Control(
        "3.1.2",
        "there are no tokens for accounts that last",
        none("lasting token", documents.lasting_tokens),
        "kubectl delete the Secret named",
    ),
    Control(
        "3.1.3",
        "there are no bootstrap tokens",
        every(flag(_API, "enable-bootstrap-token-auth", "false"), none("bootstrap token", documents.bootstrap_tokens)),
        "nox -s cluster",
    ),
    Control(
        "3.2.1", "there is an audit policy, and it is written by", every(flag_set(_API, "audit-policy-file"), proven("audit")), _FLAGS_FIX
    ),
    Control("3.2.2", "the audit policy covers what matters", documents.audit_policy, "cluster/hardening/audit.yaml, then nox -s cluster"),
)

CONTROLS = _FILES + _SERVER + _OTHERS
