"""axe-core, the accessibility checker: supplied by npm as toolchain/axe-core locks it, and put into a copy of a page to judge it.

Only whoever changes a page needs it, as the browser that it runs in.
"""

from __future__ import annotations

import html
import json
import re
import shutil
from dataclasses import dataclass
from pathlib import Path

from pipeline import process, store
from pipeline.errors import ToolchainError
from pipeline.workspace import Workspace

_SECONDS = 180
_SCRIPT = "node_modules/axe-core/axe.min.js"
_TELLS = """
axe.run(document, {resultTypes: ["violations"]}).then((told) => {
  const found = told.violations.map((each) => ({
    rule: each.id, impact: each.impact, help: each.help, nodes: each.nodes.map((node) => node.html + " " + (node.failureSummary || "")),
  }));
  const place = document.createElement("pre");
  place.id = "axe";
  place.textContent = JSON.stringify({passes: told.passes.length, found});
  document.body.replaceChildren(place);
});
"""


@dataclass(frozen=True)
class Judged:
    """How many rules held, and what is wrong in words."""

    passes: int
    violations: tuple[str, ...]


def script(place: Workspace) -> str:
    """Return axe's text. Raises `ToolchainError` when the machine has no npm, `CommandError` when the package is not the locked one."""
    lock = place.root / "toolchain" / "axe-core"
    entry = place.cache / "axe" / store.digest_tree(lock)[:20]
    return (store.entry(entry, lambda folder: _install(lock, folder)) / "axe.min.js").read_text("utf-8")


def _install(lock: Path, folder: Path) -> None:
    npm = shutil.which("npm")
    if npm is None:
        raise ToolchainError("no npm on this machine to supply axe-core with", fix="apt-get install npm, then run again")
    for name in ("package.json", "package-lock.json"):
        shutil.copy2(lock / name, folder / name)
    # npm compares the package with the lock's hash; nothing of it is run here.
    process.run(
        [npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund"], cwd=folder, timeout=_SECONDS, fix="check the network, run again"
    )
    (folder / _SCRIPT).rename(folder / "axe.min.js")
    shutil.rmtree(folder / "node_modules")


def unguarded(page: str) -> str:
    """A copy of a page without its policy, which names style and script by their hashes and lets nothing else be."""
    return re.sub(r"<meta http-equiv=[^>]*>", "", page, count=1)


def judging(page: str, axe: str) -> str:
    """A copy of a page that judges itself: its policy, which would let no further script run, is taken out."""
    head, _, tail = unguarded(page).rpartition("</body>")
    return f"{head}<script>{axe}</script><script>{_TELLS}</script></body>{tail}"


def told(dom: str) -> Judged:
    """Read what the page has told. Raises `ToolchainError` when axe told nothing."""
    found = re.search(r'<pre id="axe">(.*?)</pre>', dom, re.DOTALL)
    if found is None:
        raise ToolchainError("axe-core told nothing about the page", fix="nox -s report -- --screenshot once more, then look at its log")
    read = json.loads(html.unescape(found[1]))
    lines = [f"{each['rule']} ({each['impact']}): {each['help']}: {node[:400]}" for each in read["found"] for node in each["nodes"]]
    return Judged(int(read["passes"]), tuple(lines))
