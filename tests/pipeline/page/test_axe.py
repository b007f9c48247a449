"""axe gets into a copy of the page and its words come out of it; what is missing on the machine is said."""

import html
import json
from dataclasses import replace
from pathlib import Path

import pytest

from pipeline.errors import ToolchainError
from pipeline.page import axe, document
from pipeline.page.axe import Judged
from pipeline.workspace import ROOT, locate


def dom(found: list[dict[str, object]]) -> str:
    return f'<body><pre id="axe">{html.escape(json.dumps({"passes": 46, "found": found}), quote=False)}</pre></body>'


def test_what_axe_tells_is_read() -> None:
    assert axe.told(dom([])) == Judged(46, ())
    bad: dict[str, object] = {
        "rule": "image-alt",
        "impact": "critical",
        "help": "Images must have text",
        "nodes": ["<img> Fix", "<img id=x> Fix"],
    }
    assert axe.told(dom([bad])).violations == (
        "image-alt (critical): Images must have text: <img> Fix",
        "image-alt (critical): Images must have text: <img id=x> Fix",
    )


def test_a_page_that_told_nothing_is_no_pass() -> None:
    with pytest.raises(ToolchainError, match="told nothing"):
        axe.told("<body></body>")


def test_the_copy_may_run_axe_and_the_page_itself_may_not() -> None:
    page = document.document("title", "text </body> quoted")
    copy = axe.judging(page, "AXE")
    assert "Content-Security-Policy" in page
    assert "Content-Security-Policy" not in copy
    assert copy.count("<script>AXE</script>") == 1
    assert copy.index("<script>AXE</script>") > copy.index("quoted")


def test_without_npm_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(ToolchainError, match="no npm"):
        axe.script(replace(locate(), cache=tmp_path))


def test_the_lock_holds_a_hash_for_every_package_and_names_no_host() -> None:
    text = (ROOT / "toolchain/axe-core/package-lock.json").read_text()
    packages = [each for name, each in json.loads(text)["packages"].items() if name]
    assert packages
    assert all(each["integrity"].startswith("sha512-") for each in packages)
    assert "://" not in text
