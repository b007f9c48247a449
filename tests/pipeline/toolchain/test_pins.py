"""The table of pins, and judging versions against it."""

import tomllib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.errors import IntegrityError, UsageError
from pipeline.toolchain import pins
from pipeline.toolchain.pins import Pin
from pipeline.workspace import ROOT

VERSIONS = st.tuples(*[st.integers(0, 99)] * 3).map(lambda numbers: ".".join(map(str, numbers)))
PIN = Pin("trivy", "0.69.3", denied={"0.69.4": "published by an attacker, CVE-2026-33634"})
RANGED = Pin("terraform", "1.14.4", range=(">=1.11", "<1.15"))


@given(VERSIONS)
def test_only_the_pinned_version_is_accepted(version: str) -> None:
    if version == PIN.version:
        pins.accept(PIN, version)
    else:
        with pytest.raises(IntegrityError):
            pins.accept(PIN, version)


def test_a_denied_version_is_refused_with_its_reason() -> None:
    with pytest.raises(IntegrityError, match=r"trivy 0\.69\.4 is refused: published by an attacker, CVE-2026-33634"):
        pins.accept(PIN, "0.69.4")


def test_a_denied_version_is_refused_even_inside_a_range() -> None:
    with pytest.raises(IntegrityError, match="refused"):
        pins.accept(Pin("t", "1.0.0", range=(">=0.1",), denied={"0.5.0": "bad"}), "0.5.0")


@given(st.integers(0, 2), st.integers(0, 30), st.integers(0, 30))
def test_a_range_is_compared_as_numbers(major: int, minor: int, patch: int) -> None:
    inside = major == 1 and 11 <= minor < 15
    assert pins.in_range(f"{major}.{minor}.{patch}", RANGED.range) == inside


def test_an_unknown_version_is_in_no_range() -> None:
    with pytest.raises(IntegrityError, match="of unknown version"):
        pins.accept(RANGED, "")


@given(VERSIONS, st.sampled_from(["{}", "v{}", "Version: {}\nother 2.0", "tool version v{}, build abc"]))
def test_the_first_version_printed_is_read(version: str, said: str) -> None:
    assert pins.version_in(said.format(version)) == version


@pytest.mark.parametrize(
    ("entry", "fault"),
    [
        ({"version": "1.0.0", "devbox": "x", "executables": {"x": "x"}, "typo": 1}, "unknown key 'typo'"),
        ({"version": "latest", "devbox": "x", "executables": {"x": "x"}}, "'latest' is no version"),
        ({"devbox": "x", "executables": {"x": "x"}}, "None is no version"),
        ({"version": "1.0.0", "devbox": "x"}, "one supplier and no reason"),
    ],
)
def test_a_bad_pin_is_named(entry: dict[str, object], fault: str) -> None:
    with pytest.raises(UsageError, match=f"pin tool:? .*{fault}|pin tool has {fault}"):
        pins.parse({"tool": entry})


def test_the_malicious_releases_of_trivy_are_denied() -> None:
    assert set(pins.load(ROOT)["trivy"].denied) == {"0.69.4", "0.69.5", "0.69.6"}


def test_stamps_speak_of_the_version_that_is_written_once() -> None:
    stamps = {"x.version": "v{version}", "x.major": "{major}", "x.minor": "{minor}", "x.state": "clean"}
    parsed = pins.parse({"tool": {"version": "1.35.2", "reason": "one", "stamps": stamps}})["tool"]
    assert parsed.stamps == {"x.version": "v1.35.2", "x.major": "1", "x.minor": "35", "x.state": "clean"}


def test_no_stamp_repeats_the_version_of_its_pin() -> None:
    table = tomllib.loads((ROOT / "toolchain/pins.toml").read_text())
    assert not [
        name
        for name, pin in table.items()
        if any(pin["version"] in stamp for stamp in pin.get("stamps", {}).values() if len(pin["version"]) > 1)
    ]
