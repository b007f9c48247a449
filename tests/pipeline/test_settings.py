import tomllib
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline import settings, workspace
from pipeline.errors import UsageError
from pipeline.workspace import ROOT

GOOD: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["pipeline"]
SERVICE: dict[str, Any] = GOOD["service"]


def served(**changes: object) -> dict[str, Any]:
    return {**GOOD, "service": {**SERVICE, **changes}}


def test_the_projects_own_table_is_complete() -> None:
    found = settings.load(ROOT)
    assert set(vars(found)) == set(GOOD)
    assert set(vars(found.service)) == set(SERVICE)


@pytest.mark.parametrize("name", sorted(GOOD))
def test_a_missing_setting_is_named(name: str) -> None:
    with pytest.raises(UsageError, match=f"setting '{name}' is missing"):
        settings.parse({key: value for key, value in GOOD.items() if key != name})


@pytest.mark.parametrize("name", sorted(GOOD))
@pytest.mark.parametrize("value", [None, True, 1.5, []])
def test_a_value_of_another_type_is_named(name: str, value: object) -> None:
    with pytest.raises(UsageError, match=f"setting '{name}' is "):
        settings.parse({**GOOD, name: value})


def test_a_misspelt_setting_is_not_ignored() -> None:
    with pytest.raises(UsageError, match="unknown setting 'replica_max'"):
        settings.parse({**GOOD, "replica_max": 3})


@pytest.mark.parametrize("name", sorted(SERVICE))
@pytest.mark.parametrize("value", [None, True, 1.5, []])
def test_a_setting_of_the_service_is_there_and_of_its_type(name: str, value: object) -> None:
    with pytest.raises(UsageError, match=rf"service setting '{name}' is .* -> correct \[tool.pipeline.service\]"):
        settings.parse(served(**{name: value}))
    with pytest.raises(UsageError, match=f"service setting '{name}' is missing"):
        settings.parse({**GOOD, "service": {key: value for key, value in SERVICE.items() if key != name}})


def test_the_first_example_proves_a_deployment() -> None:
    found = settings.parse(served(question="/add?to={}", examples={"1%202": "3", "x": "y"})).service
    assert (found.probe_path, found.probe_answer) == ("/add?to=1%202", "3")


@pytest.mark.parametrize(
    ("changes", "fault"),
    [
        ({"live": "/healthz"}, "unknown service setting 'live'"),
        ({"question": "/hash/"}, "question '/hash/' is no path with one {} in it"),
        ({"question": "/{}/{}"}, "question '/{}/{}' is no path with one {} in it"),
        ({"question": "hash/{}"}, "question 'hash/{}' is no path with one {} in it"),
        ({"oracle": "tests.integration:answer"}, "oracle 'tests.integration:answer' is no FILE.py:FUNCTION"),
        ({"oracle": "/etc/oracle.py:answer"}, "oracle '/etc/oracle.py:answer' is no FILE.py:FUNCTION"),
        ({"ready_path": "readyz"}, "ready_path 'readyz' is no path"),
        ({"live_path": "/a b"}, "live_path '/a b' is no path"),
        ({"commit_header": "X Commit"}, "commit_header 'X Commit' is no header name"),
        ({"port": 80}, "port 80 is no port from 1024 to 65535"),
        ({"port": 9000, "metrics_port": 9000}, "port and metrics_port are both 9000: users could read the metrics"),
        ({"examples": {}}, "examples has no answer that would prove a deployment"),
        ({"examples": {"a b": "c"}}, "example 'a b' = 'c' is no percent-encoded text and its answer"),
        ({"examples": {"a": ""}}, "example 'a' = '' is no percent-encoded text and its answer"),
        ({"examples": {"a": 1}}, "example 'a' = 1 is no percent-encoded text and its answer"),
    ],
)
def test_what_cannot_be_meant_of_a_service_is_told_in_one_line(changes: dict[str, object], fault: str) -> None:
    with pytest.raises(UsageError) as told:
        settings.parse(served(**changes))
    assert str(told.value).startswith(fault)
    assert str(told.value).endswith(" -> correct [tool.pipeline.service] in pyproject.toml")


@given(st.integers(), st.integers())
def test_replica_bounds_are_a_range_from_one_up(low: int, high: int) -> None:
    table = {**GOOD, "replicas_min": low, "replicas_max": high}
    if 1 <= low <= high:
        assert settings.parse(table).replicas_max == high
    else:
        with pytest.raises(UsageError, match="are not a range"):
            settings.parse(table)


def test_a_folder_without_settings_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text("[tool\n")
    with pytest.raises(UsageError, match="has no readable"):
        settings.load(tmp_path)


@given(st.text(max_size=8))
def test_the_port_variable_is_a_port_or_an_error(text: str) -> None:
    environment = {settings.PORT_VARIABLE: text}
    if text.isascii() and text.isdigit() and 1024 <= int(text) <= 65535:
        assert settings.port_from(environment) == int(text)
    else:
        with pytest.raises(UsageError, match="is not a port -> export PORTCULLIS_PORT="):
            settings.port_from(environment)


def clone(folder: Path) -> Path:
    folder.mkdir(parents=True)
    (folder / "pyproject.toml").write_bytes((ROOT / "pyproject.toml").read_bytes())
    return folder


def test_two_clones_share_nothing_but_the_cache(tmp_path: Path) -> None:
    one, two = (workspace.locate(clone(tmp_path / name), {"HOME": "/home/u"}) for name in ("one", "two"))
    assert one.cache == two.cache
    assert {one.name, one.state, one.port, one.kubeconfig}.isdisjoint({two.name, two.state, two.port, two.kubeconfig})
    assert one == workspace.locate(tmp_path / "one", {"HOME": "/home/u"})


def test_the_xdg_folders_are_honoured_and_relative_ones_ignored(tmp_path: Path) -> None:
    clone(tmp_path / "c")
    place = workspace.locate(tmp_path / "c", {"HOME": "/home/u", "XDG_CACHE_HOME": "/big/cache", "XDG_STATE_HOME": "not/absolute"})
    assert place.cache == Path("/big/cache/portcullis")
    assert place.state.parent == Path("/home/u/.local/state/portcullis")
