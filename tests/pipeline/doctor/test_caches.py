"""What is said about disk, cache and supplies; damage in a real entry is found."""

from dataclasses import replace
from pathlib import Path

import pytest

from pipeline import store, workspace
from pipeline.doctor import caches
from pipeline.doctor.caches import Health, Room, Supply
from pipeline.doctor.verdict import Level
from pipeline.workspace import Workspace


@pytest.mark.parametrize(
    ("seen", "level", "found"),
    [
        (Room({"/c": 80.0, "/d": 40.0}, 30), "fine", "40 GiB free in /d"),
        (Room({"/c": 12.0}, 0), "fine", "12 GiB free in /c"),
        (Room({"/c": 12.0}, 3), "fine", "12 GiB free in /c"),
        (Room({"/c": 12.0}, 25), "warn", "12 GiB free in /c; building all tools takes up to 30, and 25 are still to be built"),
        (Room({"/c": 80.0, "/d": 9.0}, 0), "fail", "9 GiB free in /d, 10 are needed"),
    ],
)
def test_disk(seen: Room, level: Level, found: str) -> None:
    verdict = caches.judge_room(seen)
    assert (verdict.level, verdict.found) == (level, found)


@pytest.mark.parametrize(
    ("seen", "level", "found"),
    [
        (Health("/c", writable=True, entries=9, hashed=6), "fine", "9 entries, 6 of them hashed"),
        (Health("/c", writable=True, entries=0, hashed=0), "fine", "/c is empty, everything will be made"),
        (Health("/c", writable=False, entries=9, hashed=6), "fail", "/c cannot be written"),
        (Health("/c", writable=True, entries=9, hashed=6, damaged="/c/tools/x"), "fail", "/c/tools/x is not what was put into it"),
    ],
)
def test_cache(seen: Health, level: Level, found: str) -> None:
    verdict = caches.judge_health(seen)
    assert (verdict.level, verdict.found) == (level, found)


@pytest.mark.parametrize(
    ("seen", "level", "found"),
    [
        (Supply((), 0), "fine", "every tool and package is cached: a run needs no network"),
        (
            Supply(("opa",), 3),
            "fine",
            "1 tools and 3 packages are still to be had, and their sources answer: the next run needs the network, later ones do not",
        ),
        (
            Supply(("opa",), 3, no_mirror="the Debian mirror does not answer (ConnectTimeout)"),
            "fail",
            "1 tools and 3 packages are still to be had, and the Debian mirror does not answer (ConnectTimeout)",
        ),
    ],
)
def test_supplies(seen: Supply, level: Level, found: str) -> None:
    verdict = caches.judge_supplies(seen)
    assert (verdict.level, verdict.found) == (level, found)


def test_with_no_network_nobody_is_asked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PORTCULLIS_OFFLINE", "1")
    monkeypatch.setattr("requests.head", lambda *_, **__: pytest.fail("somebody was asked"))
    seen = caches.supplies(elsewhere(tmp_path))
    assert seen.no_modules.endswith("may not be asked (PORTCULLIS_OFFLINE=1)")
    assert caches.judge_supplies(seen).level == "fail"


def test_what_no_plain_run_needs_is_not_lacking(tmp_path: Path) -> None:
    lacking = set(caches._lacking_tools(elsewhere(tmp_path)))
    assert {"opa", "trivy"} < lacking
    assert not {"opentofu", "registry", "crane", "skipper"} & lacking


def elsewhere(folder: Path) -> Workspace:
    return replace(workspace.locate(), cache=folder / "cache")


def test_an_entry_whose_bytes_changed_is_named(tmp_path: Path) -> None:
    place = elsewhere(tmp_path)
    entry = place.cache / "tools" / "opa-1"

    def make(folder: Path) -> None:
        (folder / "opa").write_text("good")

    store.entry(entry, make)
    assert caches.health(place) == Health(str(place.cache), writable=True, entries=1, hashed=1)
    (entry / "opa").write_text("evil")
    assert caches.health(place).damaged == str(entry)


def test_an_empty_machine_lacks_every_tool_and_package_and_says_who_does_not_answer(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("PORTCULLIS_OFFLINE", raising=False)
    monkeypatch.setenv("PORTCULLIS_DEBIAN_MIRROR", "http://127.0.0.1:9")
    monkeypatch.setenv("GOPROXY", "http://127.0.0.1:9,off")
    seen = caches.supplies(elsewhere(tmp_path))
    assert "minikube" in seen.tools
    assert seen.packages > 10
    assert seen.no_modules == "the module proxy does not answer (ConnectionError)"
    assert seen.no_mirror == "the Debian mirror does not answer (ConnectionError)"


def test_no_data_on_vulnerabilities_is_a_warning() -> None:
    assert caches.judge_advisories("").level == "warn"
    assert caches.judge_advisories("2026-11-24").found == "vulnerability data of 2026-11-24"
