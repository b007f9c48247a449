"""The one settings table, `[tool.pipeline]` in pyproject.toml, read into typed values.

An unknown key, a missing key or a value of another type is an error: a misspelt setting must not fall back to a default.
"""

from __future__ import annotations

import os
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from pipeline.errors import UsageError

PORT_VARIABLE = "PORTCULLIS_PORT"
_LOWEST_PORT, _HIGHEST_PORT = 1024, 65535
_FIX = "correct [tool.pipeline] in pyproject.toml"
_FIX_SERVICE = "correct [tool.pipeline.service] in pyproject.toml"
_KINDS: dict[str, type] = {"str": str, "int": int, "tuple[tuple[str, str], ...]": dict, "Service": dict}
_PATH, _HEADER = re.compile(r"/[!-z|~]*"), re.compile(r"[A-Za-z0-9-]+")
_TEXT, _ORACLE = re.compile(r"[A-Za-z0-9._~%-]+"), re.compile(r"(?:[\w.-]+/)*[\w-]+\.py:\w+")


@dataclass(frozen=True)
class Service:
    """The contract with the service: how it is asked, what is right, and where it tells about itself. pipeline/contract.py applies it."""

    question: str
    """Path of a question, in which any text, percent-encoded, may stand for {}."""
    oracle: str
    """FILE:FUNCTION that returns the right answer to a text by other code than the service's; empty: the examples are all that is known."""
    ready_path: str
    live_path: str
    metrics_path: str
    port: int
    """Port that the service listens on inside its container."""
    metrics_port: int
    """Port of its metrics, which no Service publishes."""
    commit_header: str
    """Header of every answer that tells the release's full commit hash."""
    instance_header: str
    """Header of every answer that tells the instance's name."""
    examples: tuple[tuple[str, str], ...]
    """Texts and the exact body of the answer to each; the first proves a deployment."""

    @property
    def probe_path(self) -> str:
        """Path whose answer proves a deployment."""
        return self.question.replace("{}", self.examples[0][0])

    @property
    def probe_answer(self) -> str:
        """The exact body that `probe_path` must answer."""
        return self.examples[0][1]


@dataclass(frozen=True)
class Settings:
    """What a team changes to make the pipeline its own."""

    project: str
    """Prefix of every name made on the machine: profile, network, images, folders."""
    image: str
    """Repository of the service image, without tag."""
    node_port: int
    """Port of the Service on the cluster's node."""
    replicas_min: int
    replicas_max: int
    load_rate: int
    """Requests per second that the service promises to answer, every one of them."""
    load_p99_ms: int
    """At that rate, 99 of 100 answers take no longer than this."""
    load_most: int
    """Requests per second that it must be able to hold for a while."""
    load_textbook_times: int
    """A CPU second must answer at least so many times the requests that Flask and gunicorn answer with one."""
    load_bare_percent: int
    """Of the rate that one process of it holds without a cluster, the cluster must hold at least this."""
    kubernetes: str
    """Version of the cluster, without the leading v."""
    cluster_memory_mb: int
    cluster_cpus: int
    alert_receiver: str
    """Who is told of alerts: pipeline/monitoring/receiver.py says how."""
    vulnerability_database: str
    """Registry or mirror that trivy takes its database from, as an OCI reference."""
    signing_key: str
    """Key that releases are signed with, as cosign names keys of a KMS (awskms:///..., hashivault://...); empty: this machine's own."""
    service: Service
    """What is known of the service in app/."""

    @property
    def registry(self) -> str:
        """The first part of `image`: a name of our own, under which nobody else has an image."""
        return self.image.partition("/")[0]


def load(root: Path) -> Settings:
    """Read the settings of the project in `root`.

    Raises `UsageError` when the table is missing, has unknown or missing keys, or a value of the wrong type.
    """
    path = root / "pyproject.toml"
    try:
        table = tomllib.loads(path.read_text("utf-8"))["tool"]["pipeline"]
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError, KeyError) as error:
        raise UsageError(f"{path} has no readable [tool.pipeline] table ({error})", fix="git checkout pyproject.toml") from error
    return parse(table)


def parse(table: Mapping[str, Any]) -> Settings:
    """Check a settings table and return it as `Settings`. Raises `UsageError` naming the key at fault."""
    _check(table, Settings, "setting", _FIX)
    settings = Settings(**{**table, "service": _service(table["service"])})
    if not 1 <= settings.replicas_min <= settings.replicas_max:
        raise UsageError(f"replicas_min {settings.replicas_min} and replicas_max {settings.replicas_max} are not a range", fix=_FIX)
    return settings


def _check(table: Mapping[str, Any], shape: type[Settings | Service], word: str, fix: str) -> None:
    """Raise `UsageError` unless the table has exactly the fields of `shape`, each of its type."""
    types = {field.name: _KINDS[str(field.type)] for field in fields(shape)}
    if unknown := sorted(set(table) - set(types)):
        raise UsageError(f"unknown {word} {unknown[0]!r}", fix=fix)
    for name, kind in types.items():
        if name not in table:
            raise UsageError(f"{word} {name!r} is missing", fix=fix)
        # bool is an int in Python, not in a settings file
        if not isinstance(table[name], kind) or isinstance(table[name], bool):
            raise UsageError(f"{word} {name!r} is {table[name]!r}, expected {'a table' if kind is dict else kind.__name__}", fix=fix)


def _service(table: Mapping[str, Any]) -> Service:
    """Check the service's own table. Raises `UsageError` with the first value that cannot be meant."""
    _check(table, Service, "service setting", _FIX_SERVICE)
    found = Service(**{**table, "examples": tuple(table["examples"].items())})
    faults = [
        *(f"{name} {value!r} is no path" for name, value in table.items() if name.endswith("_path") and not _PATH.fullmatch(value)),
        *(
            f"{name} {value!r} is no header name"
            for name, value in table.items()
            if name.endswith("_header") and not _HEADER.fullmatch(value)
        ),
        *(
            f"{name} {value} is no port from {_LOWEST_PORT} to {_HIGHEST_PORT}: the service has no capability for a lower one"
            for name, value in {"port": found.port, "metrics_port": found.metrics_port}.items()
            if not _LOWEST_PORT <= value <= _HIGHEST_PORT
        ),
        *([] if found.port != found.metrics_port else [f"port and metrics_port are both {found.port}: users could read the metrics"]),
        *_misasked(found),
    ]
    if faults:
        raise UsageError(faults[0], fix=_FIX_SERVICE)
    return found


def _misasked(service: Service) -> list[str]:
    """What is wrong with the question and its answers."""
    faults = []
    if service.question.count("{}") != 1 or not _PATH.fullmatch(service.question.replace("{}", "")):
        faults.append(f"question {service.question!r} is no path with one {{}} in it")
    if service.oracle and not _ORACLE.fullmatch(service.oracle):
        faults.append(f"oracle {service.oracle!r} is no FILE.py:FUNCTION")
    if not service.examples:
        faults.append("examples has no answer that would prove a deployment")
    for text, body in service.examples:
        if not _TEXT.fullmatch(text) or not isinstance(body, str) or not body:
            faults.append(f"example {text!r} = {body!r} is no percent-encoded text and its answer")
    return faults


def port_from(environment: Mapping[str, str] = os.environ) -> int | None:
    """Return the URL port chosen by the environment, if any. Raises `UsageError` when it is no unprivileged port."""
    text = environment.get(PORT_VARIABLE)
    if text is None:
        return None
    if not text.isascii() or not text.isdigit() or not _LOWEST_PORT <= int(text) <= _HIGHEST_PORT:
        raise UsageError(
            f"{PORT_VARIABLE}={text!r} is not a port",
            fix=f"export {PORT_VARIABLE}=20080 (any free port from {_LOWEST_PORT} to {_HIGHEST_PORT})",
        )
    return int(text)
