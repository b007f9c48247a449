"""Who is told of alerts: the setting `alert_receiver`, turned into Alertmanager's configuration.

    webhook:URL                                     no secret
    webhook                                         the URL is the secret
    email:TO?from=FROM&smarthost=HOST:PORT          the password of FROM is the secret
    slack:#CHANNEL                                  the URL of the incoming webhook is the secret
    pagerduty                                       the integration's routing key is the secret

The secret comes from the environment, or from a file that it names, and goes to the cluster beside Terraform: no file in Git, no plan and
no state has it. Alertmanager reads it from a file whenever it sends. https://prometheus.io/docs/alerting/latest/configuration/

A receiver outside the cluster is let out by Alertmanager's NetworkPolicy, on its port and to no private address. The local cluster's node
network lets nothing out whatever the setting says: there such a receiver is not reached, and `monitor` says so.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import requests
import yaml

from pipeline.cluster import api
from pipeline.errors import ClusterError, UsageError
from pipeline.workspace import Workspace

NAME = "people"
SECRET_VARIABLE, FILE_VARIABLE = "PORTCULLIS_RECEIVER_SECRET", "PORTCULLIS_RECEIVER_SECRET_FILE"
_MOUNTED = "/etc/receiver/secret"
_SMARTHOST = re.compile(r"[\w.-]+:\d{1,5}")
_INSIDE = (".svc", ".svc.cluster.local")
_HTTP, _HTTPS = 80, 443
_FIX = (
    "correct alert_receiver in [tool.pipeline]: webhook:URL, webhook, email:TO?from=FROM&smarthost=HOST:PORT, slack:#CHANNEL or pagerduty"
)


def parse(text: str) -> dict[str, Any]:
    """Return the receiver of Alertmanager that a setting stands for. Raises `UsageError` for anything else."""
    kind, _, rest = text.partition(":")
    makers = {"webhook": _webhook, "email": _email, "slack": _slack, "pagerduty": _pagerduty}
    if kind not in makers:
        raise UsageError(f"alert_receiver is {text!r}", fix=_FIX)
    return {"name": NAME, **makers[kind](rest)}


def _webhook(rest: str) -> dict[str, Any]:
    if not rest:
        return {"webhook_configs": [{"url_file": _MOUNTED, "send_resolved": True}]}
    where = urlsplit(rest)
    if where.scheme not in {"http", "https"} or not where.hostname or where.username or where.password:
        raise UsageError(f"alert_receiver names no plain URL: {where.scheme}://{where.hostname}", fix=_FIX)
    return {"webhook_configs": [{"url": rest, "send_resolved": True}]}


def _email(rest: str) -> dict[str, Any]:
    to, _, words = rest.partition("?")
    known = dict(parse_qsl(words))
    if "@" not in to or set(known) != {"from", "smarthost"} or "@" not in known["from"] or not _SMARTHOST.fullmatch(known["smarthost"]):
        raise UsageError(f"alert_receiver is no e-mail: {rest!r}", fix=_FIX)
    account = {"auth_username": known["from"], "auth_password_file": _MOUNTED, "require_tls": True}
    return {"email_configs": [{"to": to, **known, **account, "send_resolved": True}]}


def _slack(rest: str) -> dict[str, Any]:
    if not rest.startswith("#") or len(rest) == 1:
        raise UsageError(f"alert_receiver is no channel: {rest!r}", fix=_FIX)
    return {"slack_configs": [{"channel": rest, "api_url_file": _MOUNTED, "send_resolved": True}]}


def _pagerduty(rest: str) -> dict[str, Any]:
    if rest:
        raise UsageError("alert_receiver names more than pagerduty", fix=_FIX)
    return {"pagerduty_configs": [{"routing_key_file": _MOUNTED, "send_resolved": True}]}


def port(setting: str) -> int:
    """The TCP port outside the cluster that Alertmanager has to reach, 0 for a receiver inside. Raises `UsageError`."""
    kind, _, rest = setting.partition(":")
    parse(setting)
    if kind == "email":
        return int(dict(parse_qsl(rest.partition("?")[2]))["smarthost"].rpartition(":")[2])
    if not rest or kind != "webhook":
        return _HTTPS
    where = urlsplit(rest)
    if (where.hostname or "").endswith(_INSIDE):
        return 0
    return where.port or (_HTTPS if where.scheme == "https" else _HTTP)


def configuration(text: str, setting: str) -> str:
    """Alertmanager's configuration `text` with its receiver `people` replaced by the one of the setting. Raises `UsageError`."""
    table = yaml.safe_load(text)
    wanted = parse(setting)
    if [each["name"] for each in table["receivers"]].count(NAME) != 1:
        raise UsageError(f"Alertmanager's configuration has no one receiver {NAME!r}", fix="git log -p terraform/monitoring/manifests")
    table["receivers"] = [wanted if each["name"] == NAME else each for each in table["receivers"]]
    return yaml.safe_dump(table, sort_keys=False)


def secret(setting: str, environment: Mapping[str, str] = os.environ) -> str:
    """What the receiver needs to know beside the setting; empty when that is nothing. Raises `UsageError` when it is missing."""
    if _MOUNTED not in repr(parse(setting)):
        return ""
    named = environment.get(FILE_VARIABLE)
    try:
        found = Path(named).read_text("utf-8").strip() if named else environment.get(SECRET_VARIABLE, "").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"the file that {FILE_VARIABLE} names cannot be read ({type(error).__name__})", fix="name another") from error
    if not found:
        raise UsageError(f"alert_receiver {setting.partition(':')[0]} needs a secret", fix=f"export {SECRET_VARIABLE} or {FILE_VARIABLE}")
    return found


def hand_over(place: Workspace, namespace: str) -> None:
    """Bring the secret to the cluster, through no file and no log; take one away that is needed no more. Raises `UsageError`."""
    found, path = secret(place.settings.alert_receiver), f"/api/v1/namespaces/{namespace}/secrets"
    metadata = {"name": "receiver", "namespace": namespace}
    wanted = {"apiVersion": "v1", "kind": "Secret", "metadata": metadata, "type": "Opaque", "stringData": {"secret": found}}
    with api.connect(place) as server:
        if not found:
            reply = server.send("DELETE", f"{path}/receiver")
        elif (reply := server.send("PUT", f"{path}/receiver", wanted)).code == requests.codes.not_found:
            reply = server.send("POST", path, wanted)
    if reply.message and (found or reply.code != requests.codes.not_found):
        raise ClusterError(f"the receiver's secret does not reach the cluster: {reply.message}", fix="nox -s cluster")
