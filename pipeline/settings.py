"""The one settings table, `[tool.pipeline]` in pyproject.toml, read into typed values.

An unknown key, a missing key or a value of another type is an error: a misspelt setting must not fall back to a default.
"""

from __future__ import annotations

import os
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from pipeline.errors import UsageError

PORT_VARIABLE = "PORTCULLIS_PORT"
_LOWEST_PORT, _HIGHEST_PORT = 1024, 65535


@dataclass(frozen=True)
class Settings:
    """What a team changes to make the pipeline its own."""

    project: str
    """Prefix of every name made on the machine: profile, network, images, folders."""
    image: str
    """Repository of the service image, without tag."""
    probe_path: str
    """Path whose answer proves a deployment."""
    probe_answer: str
    """The exact body that `probe_path` must answer."""
    ready_path: str
    """Readiness path of the service."""
    container_port: int
    """Port that the service listens on inside its container."""
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
    fix = "correct [tool.pipeline] in pyproject.toml"
    types = {field.name: {"str": str, "int": int}[str(field.type)] for field in fields(Settings)}
    if unknown := sorted(set(table) - set(types)):
        raise UsageError(f"unknown setting {unknown[0]!r}", fix=fix)
    for name, kind in types.items():
        if name not in table:
            raise UsageError(f"setting {name!r} is missing", fix=fix)
        # bool is an int in Python, not in a settings file
        if not isinstance(table[name], kind) or isinstance(table[name], bool):
            raise UsageError(f"setting {name!r} is {table[name]!r}, expected {kind.__name__}", fix=fix)
    settings = Settings(**table)
    if not 1 <= settings.replicas_min <= settings.replicas_max:
        raise UsageError(f"replicas_min {settings.replicas_min} and replicas_max {settings.replicas_max} are not a range", fix=fix)
    return settings


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
