"""What a browser complains about is found, its height is read, and a machine without one is told what to install."""

from pathlib import Path

import pytest

from pipeline.errors import ToolchainError
from pipeline.page import browser, document


def test_complaints_about_the_page_are_told_from_the_browsers_own_noise() -> None:
    noise = "[1:1:ERROR:dbus/bus.cc(406)] Failed to connect to the bus\n123 bytes written to file x.png\n"
    policy = '[1:1:INFO:CONSOLE(7)] "Refused to apply inline style because it violates the following Content Security Policy directive"'
    script = '[1:1:INFO:CONSOLE:2] "Uncaught TypeError: x is not a function", source: x'
    assert list(browser.complaints_in(noise)) == []
    assert len(list(browser.complaints_in(f"{noise}{policy}\n{script}\n"))) == 2


def test_the_height_is_what_the_page_tells_and_bounded() -> None:
    assert browser._height("<html><title>height 4451</title></html>") == 4451
    assert browser._height("<title>height 999999</title>") == browser._HIGHEST
    with pytest.raises(ToolchainError):
        browser._height("<title>x</title>")


def test_without_a_browser_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(browser, "_PROGRAMS", ("chromium",))
    with pytest.raises(ToolchainError, match="no Chromium") as caught:
        browser.found()
    assert caught.value.fix == "apt-get install chromium, then run again"


def test_a_copy_on_paper_has_the_rules_of_print_and_none_of_the_dark_screen() -> None:
    page = document.document("title", "text")
    paper = browser.on_paper(page)
    assert "@media print" in page
    assert "@media print" not in paper
    assert "@media screen" not in paper
    assert "Content-Security-Policy" not in paper


def test_a_measured_copy_tells_its_height_and_is_otherwise_the_page() -> None:
    copy = browser.measuring("<head><meta http-equiv=x></head><body>a</body>")
    assert copy.startswith("<head></head><body>a<script>")
    assert "scrollHeight" in copy
