import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline import commit
from pipeline.errors import SourceError

SHA = "0123456789abcdef0123456789abcdef01234567"


def git(folder: Path, *words: str) -> None:
    identity = ["-c", "user.name=T", "-c", "user.email=t@example.invalid"]
    subprocess.run(["git", *identity, *words], cwd=folder, check=True, capture_output=True)


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    git(tmp_path, "init", "-q")
    (tmp_path / ".gitignore").write_text("ignored\n")
    (tmp_path / "file").write_text("1")
    git(tmp_path, "add", "-A")
    git(tmp_path, "commit", "-qm", "first")
    return tmp_path


def test_a_clean_tree_is_tagged_with_its_full_hash(repository: Path) -> None:
    read = commit.read(repository)
    assert (read.dirty, read.tag, len(read.sha)) == (False, read.sha, 40)
    commit.require_clean(read)


@pytest.mark.parametrize("name", ["file", "new file with spaces", "ünïcödé\nnewline"])
def test_changed_and_new_files_make_the_tree_dirty(repository: Path, name: str) -> None:
    (repository / name).write_text("2")
    read = commit.read(repository)
    assert (read.changed, read.tag) == ((name,), f"{read.sha}-dirty")
    with pytest.raises(SourceError, match=r"differs from commit .* and is not deployed -> git commit"):
        commit.require_clean(read)


def test_a_renamed_file_is_named_by_both_ends(repository: Path) -> None:
    git(repository, "mv", "file", "moved")
    assert set(commit.read(repository).changed) == {"file", "moved"}


def test_ignored_files_do_not_count(repository: Path) -> None:
    (repository / "ignored").write_text("x")
    assert not commit.read(repository).dirty


def test_a_folder_that_is_no_repository_is_named(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match=r"is not a usable Git repository .* -> git clone"):
        commit.read(tmp_path)


def test_a_repository_without_commit_says_what_to_type(tmp_path: Path) -> None:
    git(tmp_path, "init", "-q")
    with pytest.raises(SourceError, match=r"has no commit yet -> git add -A && git commit"):
        commit.read(tmp_path)


@given(st.text(max_size=60))
def test_nothing_but_a_full_hash_is_an_identity(text: str) -> None:
    with pytest.raises(SourceError):
        commit.parse(text.replace(SHA, ""), "")


@given(st.lists(st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), min_size=1), max_size=5))
def test_every_changed_path_survives_parsing(paths: list[str]) -> None:
    status = "".join(f"?? {path}\0" for path in paths)
    assert commit.parse(f"{SHA} 1700000000 {SHA}\n", status).changed == tuple(paths)
