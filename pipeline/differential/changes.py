"""What can be changed about an object: every value that stands on a boundary, and absent, null and empty, where readers differ first."""

from __future__ import annotations

import copy
import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from pipeline.differential.objects import COMMIT, Content, container, pod, template_at, with_pod

ABSENT: Final = object()


@dataclass(frozen=True)
class Change:
    """One thing about an object: where, and what is put there. `ABSENT` takes it away."""

    path: tuple[str | int, ...]
    value: Any

    @property
    def name(self) -> str:
        """How a case with it is named."""
        return f"{'.'.join(map(str, self.path))}={'absent' if self.value is ABSENT else self.value!r}"

    def apply(self, content: Content) -> None:
        """Change the object; what is missing on the way is made."""
        here: Any = content
        for key, following in itertools.pairwise(self.path):
            if isinstance(here, dict) and here.get(key) is None:
                here[key] = [] if isinstance(following, int) else {}
            here = here[key]
        if self.value is ABSENT:
            here.pop(self.path[-1], None)
        else:
            here[self.path[-1]] = copy.deepcopy(self.value)


def _each(path: tuple[str | int, ...], tried: Sequence[Any]) -> list[Change]:
    return [Change(path, value) for value in tried]


_SECURITY = ("securityContext",)
# What a container or its pod may say, with every value that stands on a boundary.
INHERITED: Final = [
    *_each((*_SECURITY, "runAsNonRoot"), [False, True, None, ABSENT]),
    *_each((*_SECURITY, "runAsUser"), [0, 1, 9999, 10000, None, ABSENT]),
    *_each((*_SECURITY, "seccompProfile"), [{"type": "Unconfined"}, {"type": "RuntimeDefault"}, None, ABSENT]),
    *_each(
        (*_SECURITY, "seccompProfile"),
        [{"type": "Localhost", "localhostProfile": "a.json"}, {"type": "RuntimeDefault", "localhostProfile": None}],
    ),
    *_each(_SECURITY, [{}, None, ABSENT]),
]
OF_CONTAINER: Final = [
    *INHERITED,
    *_each(
        ("image",),
        ["portcullis.local/hash", "portcullis.local/hash:latest", "portcullis.local/hash:v1.2.3", "portcullis.local/hash:0123456"],
    ),
    *_each(
        ("image",),
        [f"portcullis.local/hash:{COMMIT}0", f"portcullis.local/hash:{COMMIT.upper()}", f"portcullis.local/hash@sha256:{COMMIT}"],
    ),
    *_each(
        ("image",), [f"portcullis.local/hash@sha256:{COMMIT}{COMMIT[:24]}", f"portcullis.local/hash:{COMMIT}@sha256:{COMMIT}{COMMIT[:24]}"]
    ),
    *_each(
        ("image",),
        [f"elsewhere.example/hash:{COMMIT}", f"hash:{COMMIT}", f"portcullis.local.example/hash:{COMMIT}", f"portcullis.localhash:{COMMIT}"],
    ),
    *_each(("image",), [f"portcullis.local/attacker:{COMMIT}", f"portcullis.local/tools/attacker:{COMMIT}"]),
    *_each((*_SECURITY, "privileged"), [True, False, None]),
    *_each((*_SECURITY, "allowPrivilegeEscalation"), [True, False, None, ABSENT]),
    *_each((*_SECURITY, "capabilities"), [None, {}, ABSENT, {"drop": []}, {"drop": None}, {"drop": ["NET_RAW"]}, {"drop": ["all"]}]),
    *_each((*_SECURITY, "capabilities"), [{"drop": ["NET_RAW", "ALL"]}, {"drop": ["ALL"], "add": []}, {"drop": ["ALL"], "add": None}]),
    *_each((*_SECURITY, "capabilities"), [{"drop": ["ALL"], "add": ["NET_BIND_SERVICE"]}, {"drop": ["ALL"], "add": ["SYS_ADMIN"]}]),
    *_each((*_SECURITY, "readOnlyRootFilesystem"), [True, False, None, ABSENT]),
    *_each((*_SECURITY, "procMount"), ["Default", None]),
    *_each(
        ("ports",), [[], None, [{"containerPort": 8080}], [{"containerPort": 8080, "hostPort": 0}], [{"containerPort": 80, "hostPort": 80}]]
    ),
    *_each(("resources",), [{}, None, ABSENT, {"limits": {"cpu": "1", "memory": "64Mi"}}, {"requests": {"cpu": "1", "memory": "64Mi"}}]),
    *_each(("resources", "requests"), [{}, None, {"cpu": "0", "memory": "0"}, {"cpu": None, "memory": "1Mi"}, {"cpu": 1, "memory": 1}]),
    *_each(("resources", "limits"), [{}, None, {"memory": "0"}, {"cpu": "1"}, {"memory": None, "cpu": "1"}]),
    *_each(
        ("env",),
        [[], None, [{"name": "PORT", "value": "8080"}], [{"name": "DB_PASSWORD", "value": "x"}], [{"name": "ApiKey", "value": "x"}]],
    ),
    *_each(("env",), [[{"name": "API_TOKEN"}], [{"name": "API_TOKEN", "value": ""}], [{"name": "API_TOKEN", "value": None}]]),
    *_each(("env",), [[{"name": "API_TOKEN", "valueFrom": {"secretKeyRef": {"name": "a", "key": "b"}}}]]),
]
# Of these an init container has none.
OF_MAIN: Final = [
    *_each(("livenessProbe",), [None, ABSENT, {"tcpSocket": {"port": 80}}]),
    *_each(("readinessProbe",), [None, ABSENT, {"exec": {"command": ["true"]}}]),
    *_each(("lifecycle",), [None, ABSENT, {}, {"preStop": {"sleep": {"seconds": 1}}}, {"preStop": {"exec": {"command": ["true"]}}}]),
]
_PROJECTED = [
    {"serviceAccountToken": {"path": "t"}},
    {"downwardAPI": {"items": [{"path": "l", "fieldRef": {"fieldPath": "metadata.labels"}}]}},
]
_VOLUMES: Final[list[Content]] = [
    {"emptyDir": {}},
    {"emptyDir": None},
    {"configMap": {"name": "a"}},
    {"secret": {"secretName": "a"}},
    {"downwardAPI": {"items": []}},
    {"persistentVolumeClaim": {"claimName": "a"}},
    {"hostPath": {"path": "/"}},
    {"hostPath": {"path": "/run/xtables.lock", "type": "FileOrCreate"}},
    {"nfs": {"server": "192.0.2.1", "path": "/"}},
    {"csi": {"driver": "a.example"}},
    {"image": {"reference": "a.example/a"}},
    {"iscsi": {"targetPortal": "192.0.2.1", "iqn": "iqn.2001-04.com.example:a", "lun": 0}},
    {"projected": {"sources": _PROJECTED[:1]}},
    {"projected": {"sources": _PROJECTED[1:]}},
    {"projected": {"sources": _PROJECTED}},
    {"projected": {"sources": []}},
    {},
]
OF_POD: Final = [
    *INHERITED,
    *(Change((field,), value) for field in ("hostNetwork", "hostPID", "hostIPC", "shareProcessNamespace") for value in (True, False, None)),
    *_each(("volumes",), [[], None, *([{"name": "a", **volume}] for volume in _VOLUMES)]),
    *_each(
        (*_SECURITY, "sysctls"), [[], None, [{"name": "kernel.shm_rmid_forced", "value": "1"}], [{"name": "kernel.msgmax", "value": "1"}]]
    ),
    *_each(("nodeName",), ["somewhere", "", None]),
    *_each(("automountServiceAccountToken",), [True, False, None, ABSENT]),
    *_each(("serviceAccountName",), ["default", "", None, ABSENT]),
    *_each(("serviceAccount",), ["hash", "default", ""]),
    *_each(("initContainers",), [[], None]),
    *_each(("hostUsers",), [False, True, None]),
]
_ANY_LABEL = "app.kubernetes.io/part-of"
OF_TEMPLATE: Final = [
    *_each(("metadata", "labels", _ANY_LABEL), [ABSENT, None, "", "other"]),
    *_each(("metadata", "labels", "app.kubernetes.io/managed-by"), [ABSENT]),
]
_ROLLING = ("spec", "strategy", "rollingUpdate", "maxUnavailable")
OF_DEPLOYMENT: Final = [
    *_each(_ROLLING, [1, 0, "0%", "25%", None, ABSENT]),
    *_each(("spec", "strategy"), [None, ABSENT, {}, {"type": "Recreate"}]),
]


def changed(kind: str, changes: Sequence[Change]) -> Content:
    """A good object of a kind with these changes, whose paths begin at the object itself."""
    content = with_pod(kind, pod())
    for change in changes:
        change.apply(content)
    return content


def every_change(kind: str) -> list[Change]:
    """Every change that can be made to the pod of a kind, as paths from the object."""
    at = template_at(kind)
    spec = (*at, "spec")
    first = Change((*spec, "initContainers"), [_first()])
    return [
        *(Change((*spec, "containers", 0, *each.path), each.value) for each in (*OF_CONTAINER, *OF_MAIN)),
        *(Change(first.path, [with_change(_first(), each)]) for each in OF_CONTAINER),
        *(Change((*spec, *each.path), each.value) for each in OF_POD),
        *(Change((*at, *each.path), each.value) for each in OF_TEMPLATE),
    ]


def _first() -> Content:
    made = container("first")
    return {key: value for key, value in made.items() if key not in {"livenessProbe", "readinessProbe", "lifecycle"}}


def with_change(content: Content, change: Change) -> Content:
    """Change an object and return it."""
    change.apply(content)
    return content
