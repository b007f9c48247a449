"""Which mirror is used."""

import pytest

from pipeline.debian import mirror


@pytest.mark.parametrize("named", ["http://m.invalid", "http://m.invalid/", "http://m.invalid/debian", "http://m.invalid/debian/"])
def test_the_environment_decides(named: str) -> None:
    assert mirror.address({mirror.VARIABLE: named}) == "http://m.invalid"


@pytest.mark.parametrize(
    ("repositories", "root"),
    [
        (["http://m.invalid/debian/"], "http://m.invalid"),
        (["http://s.invalid/debian-security/", "http://m.invalid/pub/debian"], "http://m.invalid/pub"),
        (["http://m.invalid/ubuntu/"], ""),
        (["debian"], ""),
        ([], ""),
    ],
)
def test_apts_own_repositories_name_the_root(repositories: list[str], root: str) -> None:
    assert mirror.from_repositories(repositories) == root
