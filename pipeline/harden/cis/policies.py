"""Section 5: rights, pods, networks, secrets and namespaces."""

from __future__ import annotations

from pipeline.harden import documents, pods, rights
from pipeline.harden.checks import Control, every, flag, flag_lists, none
from pipeline.harden.pods import CONTROL_PLANE, NETWORK
from pipeline.harden.rights import nobody_else

_HOOKS = "admissionregistration.k8s.io"
_WRITES = {"create", "update", "patch", "delete", "deletecollection"}
_REMOVE = "take the right away from the subject that is named"
_POD_FIX = "correct the pod that is named, or cluster/hardening/admission.yaml"


CONTROLS = (
    Control(
        "5.1.1", "nobody else is cluster-admin", none("other administrator", rights.administrators), "kubectl delete the binding named"
    ),
    Control("5.1.2", "nobody else reads Secrets", nobody_else("other reader", {"get", "list", "watch"}, "", "secrets"), _REMOVE),
    Control("5.1.3", "no role of ours has a star", none("role with a star", rights.wildcards), "name verbs and resources in the role"),
    Control("5.1.4", "nobody else makes pods", nobody_else("other maker of pods", {"create"}, "", "pods"), _REMOVE),
    Control("5.1.5", "default accounts are not in use", none("default account in use", pods.default_accounts), "nox -s cluster"),
    Control("5.1.6", "only pods that need a token have one", none("needless token", pods.tokens), "automountServiceAccountToken: false"),
    Control("5.1.7", "nobody works as system:masters", none("login of system:masters", documents.powerful_group)),
    Control(
        "5.1.8",
        "nobody else binds, escalates or impersonates",
        every(
            nobody_else("other binder", {"bind", "escalate"}, "rbac.authorization.k8s.io", "clusterroles"),
            nobody_else("other binder", {"bind", "escalate"}, "rbac.authorization.k8s.io", "roles"),
            *(nobody_else("other impersonator", {"impersonate"}, "", kind) for kind in ("users", "groups", "serviceaccounts")),
        ),
        _REMOVE,
    ),
    Control("5.1.9", "nobody else makes volumes", nobody_else("other maker of volumes", {"create"}, "", "persistentvolumes"), _REMOVE),
    Control(
        "5.1.10",
        "nobody else goes through the kubelet",
        nobody_else("other caller of the kubelet", {"get", "create"}, "", "nodes/proxy"),
        _REMOVE,
    ),
    Control(
        "5.1.11",
        "nobody else approves certificates",
        nobody_else("other approver", {"update", "patch"}, "certificates.k8s.io", "certificatesigningrequests/approval"),
        _REMOVE,
    ),
    Control(
        "5.1.12",
        "nobody else changes admission",
        every(
            *(
                nobody_else("other changer", _WRITES, _HOOKS, kind)
                for kind in (
                    "validatingwebhookconfigurations",
                    "mutatingwebhookconfigurations",
                    "validatingadmissionpolicies",
                    "validatingadmissionpolicybindings",
                )
            )
        ),
        _REMOVE,
    ),
    Control("5.1.13", "nobody else makes tokens", nobody_else("other maker of tokens", {"create"}, "", "serviceaccounts/token"), _REMOVE),
    Control("5.2.1", "a policy holds for every pod", documents.pod_security, "cluster/hardening/admission.yaml, then nox -s cluster"),
    Control("5.2.2", "no privileged containers", pods.only("privileged pod", pods.privileged, "kube-proxy-"), _POD_FIX),
    Control("5.2.3", "no pod sees the node's processes", pods.only("pod with hostPID", pods.host("hostPID")), _POD_FIX),
    Control("5.2.4", "no pod shares the node's memory", pods.only("pod with hostIPC", pods.host("hostIPC")), _POD_FIX),
    Control(
        "5.2.5", "no pod is on the node's network", pods.only("pod on it", pods.host("hostNetwork"), *CONTROL_PLANE, *NETWORK), _POD_FIX
    ),
    Control("5.2.6", "nothing gains privileges", pods.only("pod that may", pods.escalates, *CONTROL_PLANE, "kube-proxy-"), _POD_FIX),
    Control("5.2.7", "nothing runs as root", pods.only("pod that may", pods.root, *CONTROL_PLANE, *NETWORK, "coredns-"), _POD_FIX),
    Control("5.2.8", "nothing makes raw packets", pods.only("pod that may", pods.raw_packets, *CONTROL_PLANE, *NETWORK), _POD_FIX),
    Control("5.2.9", "nothing adds capabilities", pods.only("pod that does", pods.adds_capabilities, "kube-router-"), _POD_FIX),
    Control(
        "5.2.10", "nothing keeps capabilities", pods.only("pod that does", pods.has_capabilities, *CONTROL_PLANE, "kube-proxy-"), _POD_FIX
    ),
    Control("5.2.11", "no Windows process of the node", pods.only("pod that is one", pods.windows_host), _POD_FIX),
    Control("5.2.12", "nothing mounts the node", pods.only("pod that does", pods.host_path, *CONTROL_PLANE, *NETWORK), _POD_FIX),
    Control("5.2.13", "nothing takes the node's ports", pods.only("pod that does", pods.host_port), _POD_FIX),
    Control(
        "5.3.1", "NetworkPolicy is enforced on every node", none("node without it", pods.unenforced), "cluster/addons/kube-router.yaml"
    ),
    Control("5.3.2", "every namespace has a NetworkPolicy", none("namespace without", pods.unguarded), "cluster/addons/network.yaml"),
    Control("5.4.1", "Secrets are no variables", pods.only("Secret as a variable", pods.secret_variable), _POD_FIX),
    Control("5.4.2", "applications keep no Secrets here", none("such Secret", documents.opaque_secrets), "keep it in a store made for it"),
    Control("5.5.1", "a webhook checks where images come from", flag_lists("apiserver", "enable-admission-plugins", "ImagePolicyWebhook")),
    Control("5.6.1", "applications are apart by namespace", none("application in default", pods.in_default), _POD_FIX),
    Control(
        "5.6.2",
        "every pod has a seccomp profile",
        every(flag("kubelet", "seccomp-default", "true"), pods.only("pod without", pods.unconfined)),
        _POD_FIX,
    ),
    Control(
        "5.6.3", "every container says how it is confined", pods.only("container that does not", pods.no_context, *CONTROL_PLANE), _POD_FIX
    ),
    Control("5.6.4", "the namespace default is not used", none("object in default", pods.in_default), _POD_FIX),
)
