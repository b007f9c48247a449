"""Small file systems on the node, one for each volume of cluster/monitoring: what fills one of them fills neither the node nor another.

Each is a file of the volume's size, mounted through a loop device. A volume's path lies inside of it, so that a pod can't start on the
bare folder while it is not mounted, as after a restart of the node.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

import yaml

from pipeline import engine, kubectl
from pipeline.errors import ClusterError, CommandError
from pipeline.workspace import Workspace

_OWNER = "65532:65532"
_UNITS = {"Mi": 1 << 20, "Gi": 1 << 30}
# The device's number may be one that this node has no file for: the kernel knows it, and it is made here.
_MOUNT = """
set -eu
image=$1/filesystem size=$2 data=$3 owner=$4
mkdir -p "$1"; chmod 0711 "$1"
if ! mountpoint -q "$1/mounted"; then
  mkdir -p "$1/mounted"
  if ! [ -e "$image" ]; then
    rm -f "$image.new"; truncate -s "$size" "$image.new"; chmod 0600 "$image.new"
    mkfs.ext4 -q -m 0 "$image.new"; mv "$image.new" "$image"
  fi
  e2fsck -p "$image" >/dev/null || [ $? -le 1 ]
  for try in 1 2 3 4 5; do
    device=$(losetup --find)
    [ -b "$device" ] || mknod "$device" b 7 "${device#/dev/loop}"
    mount -o loop,nodev,nosuid,noexec "$image" "$1/mounted" && break
    [ "$try" -lt 5 ]; sleep 1
  done
fi
mkdir -p "$data"; chown "$owner" "$data"; chmod 0700 "$data"
"""


@dataclass(frozen=True)
class Volume:
    """A persistent volume: its name, its size in bytes and the path on the node that pods get."""

    name: str
    size: int
    path: PurePosixPath


def declared(root: Path) -> list[Volume]:
    """The volumes of the tree in `root`. Raises `ClusterError` for one whose path is not as it has to be."""
    text = (root / "cluster" / "monitoring" / "volumes.yaml").read_text("utf-8")
    return [of(each) for each in yaml.safe_load_all(text) if each["kind"] == "PersistentVolume"]


def of(manifest: Mapping[str, Any]) -> Volume:
    """Read a PersistentVolume. Raises `ClusterError` when its size or path is not as it has to be."""
    name, spec = manifest["metadata"]["name"], manifest["spec"]
    number, unit = spec["capacity"]["storage"][:-2], spec["capacity"]["storage"][-2:]
    path = PurePosixPath(spec["local"]["path"])
    if not (number.isascii() and number.isdigit() and unit in _UNITS) or path.parent.name != "mounted":
        raise ClusterError(f"volume {name} needs a size in Mi or Gi and a path in `mounted`", fix="correct cluster/monitoring/volumes.yaml")
    return Volume(name, int(number) * _UNITS[unit], path)


def ensure(place: Workspace) -> None:
    """Mount every volume's file system, making those that are not there. Raises `ClusterError` when the node cannot."""
    for volume in declared(place.root):
        words = ["sh", "-c", _MOUNT, "sh", str(volume.path.parent.parent), str(volume.size), str(volume.path), _OWNER]
        try:
            engine.in_node(place, *words, timeout=120)
        except CommandError as error:
            raise ClusterError(f"the node has no place for {volume.name}: {error.what}", fix="nox -s cluster") from error


def release(place: Workspace) -> None:
    """Free the volumes whose claim is gone, for the next claim of that name. What is on them stays."""
    for each in kubectl.get(place, "persistentvolumes"):
        if each["status"].get("phase") == "Released" and each["spec"].get("storageClassName") == "monitoring":
            patch = '[{"op": "remove", "path": "/spec/claimRef/uid"}, {"op": "remove", "path": "/spec/claimRef/resourceVersion"}]'
            kubectl.run(place, "patch", "persistentvolume", each["metadata"]["name"], "--type=json", "--patch", patch)
