"""A clone of this commit, in which bad commits and their reverts are made; their images are built from it and put on the node."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from pipeline import commit, engine, image, process, spoil
from pipeline.cluster import images
from pipeline.look import Release
from pipeline.rollback.kinds import Kind
from pipeline.stage import Run
from pipeline.terraform import Module
from pipeline.workspace import Workspace

_IDENTITY = ("-c", "user.name=Rollback proof", "-c", "user.email=proof@example.invalid", "-c", "commit.gpgsign=false")


@dataclass(frozen=True)
class Bench:
    """The clone, seen as a workspace: its tree is another, its cluster and its state are those of the clone that is proven."""

    place: Workspace
    credential: Path

    def spoil(self, kind: Kind) -> Release:
        """Commit a change that makes the release bad, and return that release, with its image on the node."""
        spoil.apply(kind.edits, self.place.root)
        self._git("commit", "--quiet", "--all", "--message", f"Break it: {kind.name}")
        return self._build()

    def mend(self) -> Release:
        """Revert the newest commit, as a person would who corrects it, and return that release."""
        self._git("revert", "--no-edit", "HEAD")
        return self._build()

    def checkout(self, release: Release) -> tuple[Run, Module]:
        """Make the tree that of a release, and return what brings it."""
        self._git("checkout", "--quiet", "--detach", release.commit)
        run = Run(self.place, commit.read(self.place.root))
        return run, Module(self.place, self.place.root / "terraform", self.credential)

    def forget(self, release: Release) -> None:
        """Take a release's image off the node: by containerd's own name for it, for the runtime's removal takes other names along."""
        engine.in_node(self.place, "ctr", "--namespace=k8s.io", "images", "rm", release.image, ok=None)

    def _build(self) -> Release:
        known = commit.read(self.place.root)
        built = image.make(self.place, known)
        reference = f"{self.place.settings.image}:{known.sha}"
        images.put(self.place, reference, built.archive)
        shutil.rmtree(built.archive.parent)  # nobody else builds this commit, and each archive is large
        return Release(known.sha, reference, built.image_id)

    def _git(self, *words: str) -> None:
        process.run(["git", *_IDENTITY, *words], cwd=self.place.root, timeout=60)


@contextmanager
def clone(place: Workspace, credential: Path) -> Iterator[Bench]:
    """A bench for the time of the block."""
    with tempfile.TemporaryDirectory(prefix=f"{place.name}-") as folder:
        root = Path(folder) / "clone"
        process.run(["git", "clone", "--quiet", "--no-hardlinks", place.root, root], timeout=120)
        yield Bench(replace(place, root=root), credential)
