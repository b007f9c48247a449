"""A real registry beside the second cluster: TLS by an authority of the session's own, a password, and nothing else to be let in by.

It is a container from an image of one program. It has one port, published on this machine's loopback address for the push; the nodes
reach it on their own network, from which nothing leads out.
"""

from __future__ import annotations

import base64
import json
import os
import shutil
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pipeline import engine, process, store
from pipeline.cloud import spec
from pipeline.cloud.certificates import Authority, Pair
from pipeline.cluster import images
from pipeline.cluster.images import Source
from pipeline.errors import ClusterError, CommandError, IntegrityError
from pipeline.toolchain import pins, supply
from pipeline.workspace import Workspace

_OWNER = 65532
_READY_SECONDS, _PUSH_SECONDS = 20.0, 120
CONFIGURATION: dict[str, Any] = {
    "version": "0.1",
    "log": {"formatter": "json", "level": "warn", "accesslog": {"disabled": True}},
    "storage": {"filesystem": {"rootdirectory": "/data/images"}, "delete": {"enabled": False}},
    "http": {
        "addr": f":{spec.REGISTRY_PORT}",
        "tls": {"certificate": "/etc/registry/tls.crt", "key": "/etc/registry/tls.key", "minimumtls": "tls1.3"},
    },
    # A file that is not there is made, with a user `docker` and a password of its own that is told in the log.
    "auth": {"htpasswd": {"realm": "portcullis", "path": "/data/htpasswd"}},
}
LIMITS = (
    "--read-only",
    "--cap-drop=ALL",
    "--security-opt=no-new-privileges",
    "--memory=256m",
    "--memory-swap=256m",
    "--pids-limit=64",
    "--pull=never",
)


@dataclass(frozen=True)
class Registry:
    """A running registry: its container, its folder on this machine, its address among the nodes, and how clients log in."""

    place: Workspace
    name: str
    folder: Path
    inside: str
    authorization: str

    @property
    def repository(self) -> str:
        """Where the service's images are in it."""
        return self.place.settings.image.partition("/")[2]

    def trust(self) -> str:
        """What a node's containerd needs to know."""
        return spec.trust(self.place.settings.registry, self.inside, f"Basic {self.authorization}")

    def push(self, archive: Path, repository: str, tag: str) -> str:
        """Push a docker-archive as it is and return the digest that the registry then answers for the tag.

        Raises `IntegrityError` when that is not the digest of what was pushed.
        """
        said = self._crane("push", archive, self._reference(repository, tag), timeout=_PUSH_SECONDS).stdout.strip()
        sent = said.rpartition("@")[2]
        self.confirm(repository, tag, sent)
        return sent

    def confirm(self, repository: str, tag: str, pushed: str) -> None:
        """Raise `IntegrityError` unless the registry answers the pushed digest for a tag."""
        if (found := self._crane("digest", self._reference(repository, tag)).stdout.strip()) != pushed:
            raise IntegrityError(
                f"the registry has {found[:19]} as {repository}:{tag[:12]}, pushed was {pushed[:19]}", fix="find out who can push there"
            )

    def manifest(self, repository: str, digest: str) -> dict[str, Any]:
        """The manifest that the registry serves under a digest; the client refuses one of another digest."""
        return dict(json.loads(self._crane("manifest", self._at(repository, digest)).stdout))

    def configuration(self, repository: str, digest: str) -> dict[str, Any]:
        """The configuration of an image in the registry."""
        return dict(json.loads(self._crane("config", self._at(repository, digest)).stdout))

    def tamper(self, digest: str, instead: str) -> None:
        """Have the registry's store hold another blob's bytes under a digest, as somebody who owns its disk could."""
        shutil.copyfile(self._blob(instead), self._blob(digest))

    def stop(self) -> None:
        """Stop it; what it has stays."""
        process.run([engine.DOCKER, "stop", "--time=5", self.name], timeout=30)

    def start(self) -> None:
        """Start it and wait until it answers. Raises `ClusterError` when it does not."""
        process.run([engine.DOCKER, "start", self.name], timeout=30)
        self.wait()

    def wait(self) -> None:
        """Wait until it answers to its password. Raises `ClusterError` when it does not."""
        deadline = time.monotonic() + _READY_SECONDS
        while True:
            try:
                self._crane("catalog", self._address())
            except CommandError as error:
                if time.monotonic() > deadline:
                    raise ClusterError(f"the registry does not answer: {error.what}", fix="read the stage's log") from error
                time.sleep(0.3)
            else:
                return

    def refuses_strangers(self) -> bool:
        """Whether it turns away who brings no password."""
        env = {**os.environ, "SSL_CERT_FILE": str(self.folder / "ca.crt"), "DOCKER_CONFIG": str(self.folder / "nobody")}
        said = process.run([supply.tool(self.place, "crane"), "catalog", self._address()], env=env, timeout=30, ok=None)
        return said.returncode != 0 and "UNAUTHORIZED" in said.stderr

    def _crane(self, *words: str | Path, timeout: float = 30) -> process.Completed:
        auths = {"auths": {self._address(): {"auth": self.authorization}}}
        store.write(self.folder / "client" / "config.json", json.dumps(auths))
        (self.folder / "client" / "config.json").chmod(0o600)
        # Its own list of trusted authorities is this one alone.
        env = {
            **os.environ,
            "SSL_CERT_FILE": str(self.folder / "ca.crt"),
            "SSL_CERT_DIR": os.devnull,
            "DOCKER_CONFIG": str(self.folder / "client"),
        }
        return process.run([supply.tool(self.place, "crane"), *words], env=env, timeout=timeout)

    def _address(self) -> str:
        """Where it is published; Docker may choose another port at each start."""
        said = process.run([engine.DOCKER, "port", self.name, str(spec.REGISTRY_PORT)], timeout=30).stdout
        return said.splitlines()[0].strip()

    def _reference(self, repository: str, tag: str) -> str:
        return f"{self._address()}/{repository}:{tag}"

    def _at(self, repository: str, digest: str) -> str:
        return f"{self._address()}/{repository}@{digest}"

    def _blob(self, digest: str) -> Path:
        """Source: github.com/distribution/distribution/v3, registry/storage/paths.go."""
        number = digest.removeprefix("sha256:")
        return self.folder / "data" / "images" / "docker" / "registry" / "v2" / "blobs" / "sha256" / number[:2] / number / "data"


def run(second: Workspace, authority: Authority) -> Registry:
    """Start a registry on the second cluster's network. Raises `ClusterError` when it does not answer."""
    folder, name = second.state / "registry", f"{second.name}-registry"
    inside = spec.registry_address(_subnet(second))
    _furnish(folder, authority.issue([second.settings.registry], [inside, "127.0.0.1"]), authority.certificate)
    owner = _OWNER if os.geteuid() == 0 else os.geteuid()
    argv = [
        *(engine.DOCKER, "run", "--detach", f"--name={name}", *LIMITS, f"--user={owner}:{owner}"),
        *(f"--network={second.name}", f"--ip={inside}", f"--publish=127.0.0.1::{spec.REGISTRY_PORT}"),
        *(f"--volume={folder / 'etc'}:/etc/registry:ro", f"--volume={folder / 'data'}:/data"),
        *(_image(second), "registry", "serve", "/etc/registry/config.yml"),
    ]
    process.run(argv, timeout=60)
    started = Registry(second, name, folder, inside, _authorization(name))
    started.wait()
    return started


def _furnish(folder: Path, pair: Pair, authority: str) -> None:
    """Write configuration, certificate and the authority, readable by the registry's user alone."""
    etc, data = folder / "etc", folder / "data"
    for each in (etc, data, folder / "nobody"):
        each.mkdir(mode=0o700, parents=True)
    for path, text in {"config.yml": json.dumps(CONFIGURATION), "tls.crt": pair.certificate, "tls.key": pair.key}.items():
        (etc / path).touch(mode=0o600)
        (etc / path).write_text(text, "utf-8")
    (folder / "ca.crt").write_text(authority, "ascii")
    if os.geteuid() == 0:
        for each in (etc, data, *etc.iterdir()):
            os.chown(each, _OWNER, _OWNER)


def _image(second: Workspace) -> str:
    """The registry's image, in the engine."""
    ((reference, archive),) = images.archives(second, [of(second, "registry")]).items()
    process.run([engine.DOCKER, "load", "--quiet", "--input", archive], timeout=120)
    return reference


def of(place: Workspace, name: str) -> Source:
    """The image of one of the programs that a cloud is played with: nothing but it, and a user that is not root."""
    return Source(f"{place.settings.registry}/{name}:v{pins.load(place.root)[name].version}", "monitoring", name, name)


def _authorization(name: str) -> str:
    """The login of the user that the registry has made, as HTTP's basic authentication wants it."""
    deadline = time.monotonic() + _READY_SECONDS
    while True:
        said = process.run([engine.DOCKER, "logs", name], timeout=30, secret=True)
        if found := login(said.stdout + said.stderr):
            return base64.b64encode(":".join(found).encode()).decode("ascii")
        if time.monotonic() > deadline:
            raise ClusterError("the registry tells no password", fix="read the stage's log")
        time.sleep(0.2)


def login(log: str) -> tuple[str, str] | None:
    """User and password in what the registry logs when it makes them; None before it has."""
    for line in log.splitlines():
        try:
            entry = json.loads(line)
        except ValueError:
            continue
        if isinstance(entry, dict) and entry.get("password"):
            return str(entry["user"]), str(entry["password"])
    return None


def _subnet(second: Workspace) -> str:
    said = process.run([engine.DOCKER, "network", "inspect", second.name], timeout=30).stdout
    return str(json.loads(said)[0]["IPAM"]["Config"][0]["Subnet"])
