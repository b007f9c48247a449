"""Looks at a page in a real browser, as people will: light and dark, wide and narrow. The product needs none; whoever changes it does."""

from __future__ import annotations

import os
import re
import shutil
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from pipeline import process
from pipeline.errors import FindingError, ToolchainError

_PROGRAMS = ("chromium", "chromium-browser", "google-chrome", "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome")
_SECONDS, _HIGHEST = 120, 12000
# What a browser says about a page that wanted something the page's policy forbids, or whose script failed.
_COMPLAINT = re.compile(r"CONSOLE.*(?:Content Security Policy|Refused to|Uncaught|ERR_).*", re.IGNORECASE)


@dataclass(frozen=True)
class View:
    """One way to look at a page."""

    name: str
    width: int
    dark: bool


VIEWS = (
    View("wide-light", 1280, dark=False),
    View("wide-dark", 1280, dark=True),
    View("narrow-light", 390, dark=False),
    View("narrow-dark", 390, dark=True),
)


def pictures(page: Path) -> list[Path]:
    """Take a picture of the whole page in every view and return them. Raises `FindingError` when the browser complains about the page.

    Raises `ToolchainError` when the machine has no Chromium.
    """
    program = found()
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
        return [_picture(program, page, view, Path(profile)) for view in VIEWS]


def found() -> str:
    """Return the browser's program. Raises `ToolchainError` when there is none."""
    for name in _PROGRAMS:
        if program := shutil.which(name):
            return program
    raise ToolchainError("no Chromium on this machine to look at the page with", fix="apt-get install chromium, then run again")


def _picture(program: str, page: Path, view: View, profile: Path) -> Path:
    picture = page.with_name(f"{page.stem}-{view.name}.png")
    # A page is as high as it is: the browser tells that only to a script, so the picture's height comes from a first look.
    height = _height(process.run([*_words(program, view, profile, 800), "--dump-dom", _probe(page, profile)], timeout=_SECONDS).stdout)
    argv = [*_words(program, view, profile, height), f"--screenshot={picture}", page.as_uri()]
    said = process.run(argv, timeout=_SECONDS, fix="apt-get install --reinstall chromium, then run again").stderr
    if complaints := list(complaints_in(said)):
        raise FindingError(f"the browser complains about {page.name}: {complaints[0][:300]}", fix=f"open {page} and its console")
    return picture


def complaints_in(said: str) -> Iterator[str]:
    """The lines in which the browser complains about the page."""
    return (match[0] for match in map(_COMPLAINT.search, said.splitlines()) if match)


def _words(program: str, view: View, profile: Path, height: int) -> list[str | Path]:
    """The command line that every look has in common."""
    # Chromium's own sandbox refuses root; the page is ours, and its policy lets nothing in.
    sandbox = ["--no-sandbox"] if sys.platform == "linux" and os.geteuid() == 0 else []
    settings = f"preferredColorScheme={0 if view.dark else 1}"
    flags = ["--headless", "--disable-gpu", "--hide-scrollbars", "--no-first-run", "--disable-extensions", "--enable-logging=stderr"]
    return [program, *flags, *sandbox, f"--user-data-dir={profile}", f"--blink-settings={settings}", f"--window-size={view.width},{height}"]


def _probe(page: Path, profile: Path) -> str:
    """A copy of the page that tells its own height, for which it is allowed to run a script more."""
    probe = profile / "probe.html"
    text = re.sub(r"<meta http-equiv=[^>]*>", "", page.read_text("utf-8"))
    script = "document.title = 'height ' + document.documentElement.scrollHeight"
    probe.write_text(text.replace("</body>", f"<script>{script}</script></body>"), "utf-8")
    return probe.as_uri()


def _height(dom: str) -> int:
    """The height that the probe told. Raises `ToolchainError` when it told none."""
    told = re.search(r"<title>height (\d+)</title>", dom)
    if told is None:
        raise ToolchainError("the browser did not render the page", fix="apt-get install --reinstall chromium, then run again")
    return min(int(told[1]), _HIGHEST)
