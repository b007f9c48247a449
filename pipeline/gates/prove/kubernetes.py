"""Violations in manifests, Dockerfiles and devbox.json, for our own rules and for the scanners' built-in ones."""

from __future__ import annotations

from pipeline.gates.prove.mutant import Mutant

_BASE = "terraform/manifests/base"
DEPLOYMENT, NETWORK, QUOTA = f"{_BASE}/deployment.yaml", f"{_BASE}/network.yaml", f"{_BASE}/quota.yaml"
SCALER, ACCOUNT, SERVICE = f"{_BASE}/autoscaler.yaml", f"{_BASE}/serviceaccount.yaml", f"{_BASE}/service.yaml"
KUSTOMIZATION, DISRUPTION, NAMESPACE = f"{_BASE}/kustomization.yaml", f"{_BASE}/disruption.yaml", f"{_BASE}/namespace.yaml"
LOCAL = "terraform/manifests/overlays/local"
CLOUD = "terraform/manifests/overlays/cloud"
DOCKERFILE, DEVBOX = "Dockerfile", "devbox.json"

_POD = "      enableServiceLinks: false\n"
_CONTAINER = "            privileged: false\n"
_LOOSE = "portcullis.local/helper:latest"


def _pod(rule: str, line: str, note: str = "") -> Mutant:
    return Mutant("opa", rule, DEPLOYMENT, _POD, f"{_POD}      {line}\n", note=note)


def _security(rule: str, old: str, new: str, note: str = "") -> Mutant:
    return Mutant("opa", rule, DEPLOYMENT, old, new, note=note)


def _object(rule: str, kind: str, api: str, body: str, note: str = "") -> Mutant:
    text = f"---\napiVersion: {api}\nkind: {kind}\nmetadata:\n  name: planted\n{body}\n"
    return Mutant("opa", rule, ACCOUNT, "", text, note=note)


def _role(rule: str, grant: str, note: str = "") -> Mutant:
    return _object(rule, "Role", "rbac.authorization.k8s.io/v1", f"rules:\n  - {grant}", note)


def _binding(rule: str, role: str, subject: str, note: str = "") -> Mutant:
    body = f"roleRef: {{apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: {role}}}\nsubjects:\n  - {subject}"
    return _object(rule, "RoleBinding", "rbac.authorization.k8s.io/v1", body, note)


_ACCOUNT_OF = "{kind: ServiceAccount, name: hash, namespace: hash}"

OUR_RULES = [
    _security("image-tag", "image: hash", f"image: {_LOOSE}", "latest"),
    _security("image-tag", "image: hash", "image: portcullis.local/helper:v1.2.3", "version"),
    _security("image-tag", "image: hash", "image: portcullis.local/helper:0123456", "short hash"),
    _security("image-registry", "image: hash", "image: elsewhere.example/hash:0123456789abcdef0123456789abcdef01234567"),
    _security("attacker-image", "image: hash", "image: portcullis.local/attacker:0123456789abcdef0123456789abcdef01234567"),
    _security("run-as-non-root", "runAsNonRoot: true", "runAsNonRoot: false"),
    _security("run-as-user", "runAsUser: 65532", "runAsUser: 1000"),
    _security("privilege-escalation", "allowPrivilegeEscalation: false", "allowPrivilegeEscalation: true"),
    _security("privileged", "privileged: false", "privileged: true"),
    _security("capabilities-drop", "drop: [ALL]", "drop: [NET_RAW]"),
    _security("capabilities-add", "drop: [ALL]", "drop: [ALL]\n              add: [NET_ADMIN]"),
    _security("seccomp", "type: RuntimeDefault", "type: Unconfined"),
    _security("read-only-root", "readOnlyRootFilesystem: true", "readOnlyRootFilesystem: false"),
    _security("proc-mount", _CONTAINER, f"{_CONTAINER}            procMount: Unmasked\n"),
    *(_pod("host-namespace", f"{field}: true", field) for field in ("hostNetwork", "hostPID", "hostIPC", "shareProcessNamespace")),
    _pod("host-path", "volumes: [{name: root, hostPath: {path: /}}]"),
    _pod("volume-kind", "volumes: [{name: far, nfs: {server: 192.0.2.1, path: /}}]"),
    _security("host-port", "- name: http\n", "- name: http\n              hostPort: 8080\n"),
    _security("sysctl", 'value: "1 0"', 'value: "0 65535"'),
    _pod("node-name", "nodeName: somewhere"),
    _security("service-account-token", "automountServiceAccountToken: false", "automountServiceAccountToken: true"),
    _security("default-service-account", "      serviceAccountName: hash\n", ""),
    _security("resources", "              cpu: 50m\n", "", "no CPU request"),
    _security("resources", "              memory: 64Mi\n", "", "no memory request"),
    _security("resources", "              memory: 128Mi\n", "", "no memory limit"),
    Mutant("opa", "probes", DEPLOYMENT, r"          readinessProbe:.*?(?=          livenessProbe)", "", pattern=True, note="no readiness"),
    Mutant("opa", "probes", DEPLOYMENT, r"          livenessProbe:.*?(?=          lifecycle)", "", pattern=True, note="no liveness"),
    _security("graceful-stop", "seconds: 5", "seconds: 0", "no pause"),
    _security("graceful-stop", "maxUnavailable: 0", "maxUnavailable: 1", "too few left"),
    _security("secret-in-environment", "          ports:\n", "          env: [{name: API_TOKEN, value: planted}]\n          ports:\n"),
    Mutant("opa", "labels", KUSTOMIZATION, "      app.kubernetes.io/part-of: portcullis\n", ""),
    _pod("image-tag", f"initContainers: [{{name: first, image: '{_LOOSE}'}}]", "init container"),
    Mutant("opa", "default-deny", KUSTOMIZATION, "  - network.yaml\n", ""),
    Mutant("opa", "default-deny", NETWORK, "policyTypes: [Ingress, Egress]", "policyTypes: [Ingress]", note="egress open"),
    Mutant("opa", "default-deny", NETWORK, "podSelector: {}", "podSelector: {matchLabels: {a: b}}", note="some pods only"),
    Mutant("opa", "open-network", f"{LOCAL}/network.yaml", "            except: [10.244.0.0/16]\n", "", note="ingress"),
    _object(
        "open-network", "NetworkPolicy", "networking.k8s.io/v1", "spec: {podSelector: {}, policyTypes: [Egress], egress: [{}]}", "egress"
    ),
    *(
        Mutant("opa", "quota", QUOTA, f"    {line}\n", "", note=f"without {line.split(':')[0]}")
        for line in ('pods: "15"', "requests.cpu: 1500m", "requests.memory: 1Gi", "limits.memory: 2Gi")
    ),
    Mutant("opa", "quota-room", QUOTA, 'pods: "15"', 'pods: "12"'),
    Mutant("opa", "limit-range", QUOTA, r"---\napiVersion: v1\nkind: LimitRange.*", "", pattern=True),
    Mutant("opa", "pod-security", NAMESPACE, "enforce: restricted", "enforce: baseline"),
    Mutant("opa", "disruption-budget", KUSTOMIZATION, "  - disruption.yaml\n", "", note="none"),
    Mutant("opa", "disruption-budget", DISRUPTION, "maxUnavailable: 1", 'maxUnavailable: "100%"', note="all at once"),
    Mutant("opa", "autoscaler-bounds", SCALER, "minReplicas: 2", "minReplicas: 1", note="too few"),
    Mutant("opa", "autoscaler-bounds", SCALER, "maxReplicas: 10", "maxReplicas: 11", note="too many"),
    Mutant("opa", "autoscaler", KUSTOMIZATION, "  - autoscaler.yaml\n", "", note="none"),
    Mutant(
        "opa",
        "autoscaler",
        DEPLOYMENT,
        "  revisionHistoryLimit: 3\n",
        "  replicas: 3\n  revisionHistoryLimit: 3\n",
        note="replicas beside it",
    ),
    _role("rbac-wildcard", "{apiGroups: ['*'], resources: [pods], verbs: [get]}", "groups"),
    _role("rbac-wildcard", "{apiGroups: [''], resources: ['*'], verbs: [get]}", "resources"),
    _role("rbac-wildcard", "{apiGroups: [''], resources: [pods], verbs: ['*']}", "verbs"),
    _role("rbac-escalation", "{apiGroups: [rbac.authorization.k8s.io], resources: [roles], verbs: [escalate]}"),
    _role("rbac-pod-access", "{apiGroups: [''], resources: [pods/exec], verbs: [create]}"),
    _role("rbac-secrets", "{apiGroups: [''], resources: [secrets], verbs: [list]}"),
    _binding("cluster-admin", "cluster-admin", _ACCOUNT_OF),
    _binding("everyone-bound", "view", "{kind: Group, apiGroup: rbac.authorization.k8s.io, name: 'system:authenticated'}"),
    Mutant("opa", "account-token", ACCOUNT, "automountServiceAccountToken: false", "automountServiceAccountToken: true"),
    Mutant("opa", "service-exposure", f"{LOCAL}/service.yaml", "type: NodePort", "type: LoadBalancer", note="load balancer"),
    Mutant("opa", "service-exposure", f"{LOCAL}/service.yaml", "nodePort: 30080", "nodePort: 30081", note="another port"),
    Mutant("opa", "service-exposure", f"{LOCAL}/service.yaml", "      nodePort: 30080\n", "", note="any port"),
    Mutant(
        "opa", "service-exposure", SERVICE, "  type: ClusterIP\n", "  type: ClusterIP\n  externalIPs: [192.0.2.1]\n", note="foreign address"
    ),
    Mutant(
        "opa",
        "service-exposure",
        f"{LOCAL}/service.yaml",
        "type: NodePort",
        "type: ExternalName\n  externalName: a.example",
        note="external",
    ),
    Mutant("opa", "ingress-tls", f"{CLOUD}/ingress.yaml", "hosts: [hash.example.com]", "hosts: [other.example.com]"),
    _object("token-secret", "Secret", "v1", "type: kubernetes.io/service-account-token"),
    _pod("ephemeral-container", "ephemeralContainers: [{name: planted}]"),
    _pod("service-account-token", "volumes: [{name: t, projected: {sources: [{serviceAccountToken: {path: t}}]}}]", "projected"),
    _object("secret-in-manifest", "Secret", "v1", "stringData: {planted: value}"),
    Mutant("opa", "base-image", DOCKERFILE, "FROM scratch\nCOPY", "FROM debian:13\nCOPY"),
    Mutant("opa", "image-user", DOCKERFILE, "USER 65532:65532", "USER root", note="root"),
    Mutant("opa", "image-user", DOCKERFILE, "USER 65532:65532\n", "", note="none"),
    Mutant("opa", "add-instruction", DOCKERFILE, "ARG COMMIT\n", "ADD planted.tar /\nARG COMMIT\n"),
    Mutant("opa", "build-network", DOCKERFILE, "ARG COMMIT\n", 'RUN ["/usr/bin/curl", "planted"]\nARG COMMIT\n'),
    Mutant("opa", "shell-form", DOCKERFILE, r"^ENTRYPOINT .*$", "ENTRYPOINT python3 -m app", pattern=True),
    Mutant("opa", "no-entry-point", DOCKERFILE, r"^ENTRYPOINT .*?$", "", pattern=True),
    Mutant("opa", "secret-in-image", DOCKERFILE, "ARG COMMIT\n", "ENV API_KEY=planted\nARG COMMIT\n"),
    Mutant("opa", "privileged-port", DOCKERFILE, "EXPOSE ", "EXPOSE 80 "),
    Mutant("opa", "no-base", DOCKERFILE, r"^FROM [^\n]*$", "", pattern=True),
    Mutant("opa", "tool-version", DEVBOX, r'"kubectl": "[\d.]+"', '"kubectl": "latest"', pattern=True),
    Mutant("opa", "denied-tool", DEVBOX, r'"trivy": "[\d.]+"', '"trivy": "0.69.4"', pattern=True),
    Mutant("opa", "hook-network", DEVBOX, '"uv sync --quiet --frozen"', '"curl planted | sh"'),
]
"""At least one for every rule in policies/*.rego."""


def _both(checkov: str, trivy: str, old: str, new: str, file: str = DEPLOYMENT) -> list[Mutant]:
    """The same violation for both scanners."""
    return [Mutant(tool, rule, file, old, new) for tool, rule in (("checkov", checkov), ("trivy config", trivy)) if rule]


SCANNERS = [
    *_both("CKV_K8S_16", "KSV-0017", "privileged: false", "privileged: true"),
    *_both("CKV_K8S_20", "KSV-0001", "allowPrivilegeEscalation: false", "allowPrivilegeEscalation: true"),
    *_both("CKV_K8S_22", "KSV-0014", "readOnlyRootFilesystem: true", "readOnlyRootFilesystem: false"),
    *_both("CKV_K8S_25", "KSV-0022", "drop: [ALL]", "drop: [ALL]\n              add: [NET_ADMIN]"),
    *_both("CKV_K8S_37", "KSV-0003", "drop: [ALL]", "drop: [NET_RAW]"),
    *_both("CKV_K8S_31", "KSV-0104", "type: RuntimeDefault", "type: Unconfined"),
    *_both("CKV_K8S_40", "KSV-0020", "runAsUser: 65532", "runAsUser: 1000"),
    *_both("CKV_K8S_19", "KSV-0009", _POD, f"{_POD}      hostNetwork: true\n"),
    *_both("CKV_K8S_17", "KSV-0010", _POD, f"{_POD}      hostPID: true\n"),
    *_both("CKV_K8S_18", "KSV-0008", _POD, f"{_POD}      hostIPC: true\n"),
    *_both("CKV_K8S_10", "KSV-0015", "              cpu: 50m\n", ""),
    *_both("CKV_K8S_13", "KSV-0018", "              memory: 128Mi\n", ""),
    *_both("CKV_K8S_11", "KSV-0011", '              cpu: "2"\n', ""),
    *_both("CKV_K8S_14", "KSV-0013", "image: hash", f"image: {_LOOSE}"),
    *_both("", "KSV-0125", "image: hash", "image: elsewhere.example/hash:0123456789abcdef0123456789abcdef01234567"),
    *_both("", "KSV-0023", _POD, f"{_POD}      volumes: [{{name: root, hostPath: {{path: /}}}}]\n"),
    *_both("CKV_K8S_38", "", "automountServiceAccountToken: false", "automountServiceAccountToken: true"),
    *_both("", "KSV-0039", "kind: LimitRange\n", "kind: ConfigMap\n", QUOTA),
    *_both("CKV_DOCKER_8", "DS-0002", "USER 65532:65532", "USER root", DOCKERFILE),
    *_both("CKV_DOCKER_4", "DS-0005", "ARG COMMIT\n", "ADD planted.txt /\nARG COMMIT\n", DOCKERFILE),
    *_both("CKV_DOCKER_2", "DS-0026", "HEALTHCHECK NONE\n", "", DOCKERFILE),
    *_both("CKV_DOCKER_1", "DS-0004", "EXPOSE ", "EXPOSE 22 ", DOCKERFILE),
    Mutant("checkov", "CKV_DOCKER_7", DOCKERFILE, "FROM scratch\nCOPY", "FROM debian:latest\nCOPY"),
    Mutant(
        "checkov",
        "CKV_GHA_7",
        ".github/workflows/pipeline.yml",
        "  workflow_dispatch: {}\n",
        "  workflow_dispatch:\n    inputs:\n      planted:\n        description: planted\n",
    ),
    Mutant("checkov", "CKV2_GHA_1", ".github/workflows/pipeline.yml", "permissions: {}\n", "permissions: write-all\n"),
]
"""One for each class of built-in rule that is relied on."""
