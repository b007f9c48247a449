"""Asks the API server over HTTPS with the administrator's certificate: for many small questions, and for answers that no log may hold."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import requests
import yaml
from requests.adapters import HTTPAdapter

from pipeline.errors import ClusterError
from pipeline.workspace import Workspace

CONNECTIONS = 8
DRY_RUN: Mapping[str, str] = {"dryRun": "All"}
_SECONDS = 30
_AGAIN = "nox -s cluster"
# RFC 7234, section 5.5: code, agent and a quoted text.
_WARNING = re.compile(r'^299 \S+ "((?:[^"\\]|\\.)*)"')
_ALREADY_QUOTED = re.compile(r"\\(.)")


@dataclass(frozen=True)
class Reply:
    """What the API server answered: the code, the object or status, and every warning beside it."""

    code: int
    body: Mapping[str, Any]
    warnings: tuple[str, ...]

    @property
    def message(self) -> str:
        """Why it refused, empty when it did not."""
        return "" if self.code < requests.codes.bad_request else str(self.body.get("message", self.body))


@dataclass(frozen=True)
class Api:
    """A session with the API server. Its connections are kept and may be used by several threads."""

    server: str
    session: requests.Session

    def send(
        self,
        method: str,
        path: str,
        content: Mapping[str, Any] | None = None,
        parameters: Mapping[str, str] | None = None,
        user: str = "",
    ) -> Reply:
        """Send one request, in the name of `user` if given. Raises `ClusterError` when nobody answers, or not in JSON."""
        headers = {"Impersonate-User": user} if user else {}
        try:
            reply = self.session.request(method, self.server + path, json=content, params=parameters, headers=headers, timeout=_SECONDS)
            body = reply.json() if reply.headers.get("Content-Type", "").startswith("application/json") else {"message": reply.text}
        except (requests.RequestException, json.JSONDecodeError) as error:
            raise ClusterError(f"the API does not answer: {type(error).__name__}", fix=_AGAIN) from error
        return Reply(reply.status_code, body, tuple(unquoted(each) for each in reply.raw.headers.getlist("Warning")))


@dataclass(frozen=True)
class Credentials:
    """Where the API server is, and the files that its clients need."""

    server: str
    authority: Path
    certificate: Path
    key: Path


def credentials(place: Workspace) -> Credentials:
    """The administrator's, from the cluster's own kubeconfig. Raises `ClusterError` when it is missing or incomplete."""
    try:
        known = yaml.safe_load(place.kubeconfig.read_text("utf-8"))
        (cluster,) = [each["cluster"] for each in known["clusters"] if each["name"] == place.name]
        (user,) = [each["user"] for each in known["users"] if each["name"] == place.name]
        files = (cluster["certificate-authority"], user["client-certificate"], user["client-key"])
        return Credentials(cluster["server"], *map(Path, files))
    except (OSError, yaml.YAMLError, KeyError, TypeError, ValueError) as error:
        raise ClusterError(f"{place.kubeconfig} tells no way to the cluster: {error}", fix=_AGAIN) from error


@contextmanager
def connect(place: Workspace) -> Iterator[Api]:
    """A session as the administrator of this clone's cluster. Raises `ClusterError` when its kubeconfig is missing or incomplete."""
    known = credentials(place)
    with requests.Session() as session:
        session.trust_env = False  # no proxy stands between this machine and itself
        session.verify, session.cert = str(known.authority), (str(known.certificate), str(known.key))
        session.mount("https://", HTTPAdapter(pool_connections=1, pool_maxsize=CONNECTIONS))
        yield Api(known.server, session)


def unquoted(header: str) -> str:
    """Return the text of a Warning header, or the header itself when it is none."""
    found = _WARNING.match(header)
    return _ALREADY_QUOTED.sub(r"\1", found[1]) if found else header
