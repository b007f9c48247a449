"""Looks at a page in a real browser, as people will: light and dark, wide and narrow, on paper, and with axe for those who hear it.

The product needs no browser; whoever changes a page does.
"""

from __future__ import annotations

import os
import re
import shutil
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from pipeline import process
from pipeline.errors import FindingError, ToolchainError
from pipeline.page import axe
from pipeline.workspace import Workspace

_PROGRAMS = ("chromium", "chromium-browser", "google-chrome", "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome")
_SECONDS, _HIGHEST, _FIRST_HEIGHT = 120, 16000, 800
# What a browser says about a page that wanted something the page's policy forbids, or whose script failed.
_COMPLAINT = re.compile(r"CONSOLE.*(?:Content Security Policy|Refused to|Uncaught|ERR_).*", re.IGNORECASE)
_REINSTALL = "apt-get install --reinstall chromium, then run again"


@dataclass(frozen=True)
class View:
    """One way to look at a page."""

    name: str
    width: int
    dark: bool
    paper: bool = False


# A4 has 794 px, less its margins.
VIEWS = (
    View("wide-light", 1280, dark=False),
    View("wide-dark", 1280, dark=True),
    View("narrow-light", 390, dark=False),
    View("narrow-dark", 390, dark=True),
    View("paper", 718, dark=False, paper=True),
)


@dataclass(frozen=True)
class Seen:
    """What came of looking: the pictures, and how many of axe's rules held in the view where fewest did."""

    pictures: tuple[Path, ...]
    rules: int


def look(place: Workspace, page: Path) -> Seen:
    """Take a picture of the whole page in every view, and let axe judge it there. Raises `FindingError` when browser or axe complains.

    Raises `ToolchainError` when the machine has no Chromium or no npm.
    """
    program, judge = found(), axe.script(place)
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
        pictures = tuple(_picture(program, page, view, Path(profile)) for view in VIEWS)
        judged = [(view, _judged(program, page, view, Path(profile), judge)) for view in VIEWS]
    wrong = [f"{view.name}: {line}" for view, each in judged for line in each.violations]
    if wrong:
        print("\n".join(wrong))  # noqa: T201 - the findings themselves
        raise FindingError(f"axe finds {len(wrong)} violations in {page.name}: {wrong[0][:300]}", fix="correct the lines above")
    return Seen(pictures, min(each.passes for _, each in judged))


def found() -> str:
    """Return the browser's program. Raises `ToolchainError` when there is none."""
    for name in _PROGRAMS:
        if program := shutil.which(name):
            return program
    raise ToolchainError("no Chromium on this machine to look at the page with", fix="apt-get install chromium, then run again")


def _picture(program: str, page: Path, view: View, profile: Path) -> Path:
    picture = page.with_name(f"{page.stem}-{view.name}.png")
    whole = page.read_text("utf-8")
    # A page is as high as it is: the browser tells that only to a script, so the picture's height comes from a first look.
    height = _height(_dom(program, _put(profile, measuring(on_paper(whole) if view.paper else whole)), view, profile))
    shown = _put(profile, on_paper(whole)) if view.paper else page
    argv = [*_words(program, view, profile, height), f"--screenshot={picture}", shown.as_uri()]
    said = process.run(argv, timeout=_SECONDS, fix=_REINSTALL).stderr
    if complaints := list(complaints_in(said)):
        raise FindingError(f"the browser complains about {page.name}: {complaints[0][:300]}", fix=f"open {page} and its console")
    return picture


def _judged(program: str, page: Path, view: View, profile: Path, judge: str) -> axe.Judged:
    whole = page.read_text("utf-8")
    copy = _put(profile, axe.judging(on_paper(whole) if view.paper else whole, judge))
    return axe.told(_dom(program, copy, view, profile, ["--virtual-time-budget=60000"]))


def complaints_in(said: str) -> Iterator[str]:
    """The lines in which the browser complains about the page."""
    return (match[0] for match in map(_COMPLAINT.search, said.splitlines()) if match)


def on_paper(page: str) -> str:
    """A copy of a page that looks on the screen as it is printed. Its policy names the style by its hash, so it goes, too."""
    text = page.replace("@media print {", "@media all {").replace("@media screen and", "@media (width < 0px) and")
    return axe.unguarded(text)


def measuring(page: str) -> str:
    """A copy of a page that tells its own height, for which it is allowed to run a script more."""
    script = "document.title = 'height ' + document.documentElement.scrollHeight"
    return axe.unguarded(page).replace("</body>", f"<script>{script}</script></body>")


def _put(profile: Path, text: str) -> Path:
    copy = profile / "copy.html"
    copy.write_text(text, "utf-8")
    return copy


def _dom(program: str, page: Path, view: View, profile: Path, more: Sequence[str] = ()) -> str:
    """The page as it is once its scripts have run."""
    words = _words(program, view, profile, _FIRST_HEIGHT)
    return process.run([*words, *more, "--dump-dom", page.as_uri()], timeout=_SECONDS, fix=_REINSTALL).stdout


def _words(program: str, view: View, profile: Path, height: int) -> list[str | Path]:
    """The command line that every look has in common."""
    # Chromium's own sandbox refuses root; the page is ours, and its policy lets nothing in.
    sandbox = ["--no-sandbox"] if sys.platform == "linux" and os.geteuid() == 0 else []
    settings = f"preferredColorScheme={0 if view.dark else 1}"
    flags = ["--headless", "--disable-gpu", "--hide-scrollbars", "--no-first-run", "--disable-extensions", "--enable-logging=stderr"]
    return [program, *flags, *sandbox, f"--user-data-dir={profile}", f"--blink-settings={settings}", f"--window-size={view.width},{height}"]


def _height(dom: str) -> int:
    """The height that the page told. Raises `ToolchainError` when it told none."""
    told = re.search(r"<title>height (\d+)</title>", dom)
    if told is None:
        raise ToolchainError("the browser did not render the page", fix=_REINSTALL)
    return min(int(told[1]), _HIGHEST)
