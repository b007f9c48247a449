"""The second service is put where docs/adopt.md says, and nothing of ours is left in its way."""

import shutil
import tomllib
from pathlib import Path

import pytest

from pipeline import settings, spoil
from pipeline.adopt import places, second
from pipeline.errors import UsageError
from pipeline.workspace import ROOT

WANTED = (ROOT / second.FOLDER / "settings.toml").read_text("utf-8")


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    for folder in ("app", "tests/app", "tests/integration"):
        shutil.copytree(ROOT / folder, tmp_path / folder, ignore=shutil.ignore_patterns("__pycache__"))
    for file in ("pyproject.toml", *(place.file for place in places.places(settings.load(ROOT).service))):
        (tmp_path / file).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(ROOT / file, tmp_path / file)
    second.put(ROOT, tmp_path)
    return tmp_path


def test_only_its_own_code_and_tests_are_there(copy: Path) -> None:
    found = {path.relative_to(copy).as_posix() for path in copy.rglob("*.*") if path.is_file() and path.suffix in {".py", ".toml"}}
    assert {name for name in found if name.startswith(("app/", "tests/app/", "tests/integration/"))} == {
        *second.FILES.values(),
        "tests/integration/conftest.py",  # which image is tested is the pipeline's business
    }


def test_its_settings_hold_and_follow_everywhere(copy: Path) -> None:
    service = settings.load(copy).service
    assert (service.probe_path, service.commit_header) == ("/checksum?of=abc123", "X-Release")
    places.write(copy, service)
    assert places.write(copy, service) == []


def test_the_rest_of_the_settings_stays(copy: Path) -> None:
    ours, theirs = (tomllib.loads((root / "pyproject.toml").read_text("utf-8")) for root in (ROOT, copy))
    wanted = tomllib.loads(WANTED)
    ours["tool"]["pipeline"] |= wanted["tool"]["pipeline"]
    ours["dependency-groups"]["service"] = wanted["dependency-groups"]["service"]
    assert theirs == ours


@pytest.mark.parametrize("way", spoil.WAYS)
def test_it_can_be_broken_in_every_way(copy: Path, way: str) -> None:
    spoil.apply(spoil.load(copy)[way], copy)
    compile((copy / "app/__main__.py").read_text("utf-8"), "__main__.py", "exec")


@pytest.mark.parametrize(("text", "wanted"), [("", WANTED), (WANTED, ""), (WANTED * 2, WANTED)])
def test_settings_without_one_place_for_a_service_are_refused(text: str, wanted: str) -> None:
    with pytest.raises(UsageError, match="no one table and group"):
        second.configured(text, wanted)
