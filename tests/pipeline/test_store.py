import multiprocessing
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline import store
from pipeline.errors import BusyError, IntegrityError


def fill(folder: Path) -> None:
    (folder / "bin").mkdir()
    (folder / "bin" / "tool").write_text("content")


def never(_folder: Path) -> None:
    raise AssertionError("an intact entry was made again")


def test_an_entry_is_made_once(tmp_path: Path) -> None:
    made = store.entry(tmp_path / "e", fill)
    assert (made / "bin" / "tool").read_text() == "content"
    assert store.entry(tmp_path / "e", never) == made


def test_a_failed_build_leaves_nothing(tmp_path: Path) -> None:
    def half(folder: Path) -> None:
        fill(folder)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        store.entry(tmp_path / "e", half)
    assert [path.name for path in tmp_path.iterdir() if not path.name.endswith(".lock")] == []


@pytest.mark.parametrize("damage", [lambda file: file.unlink(), lambda file: file.write_text("short"), lambda file: file.write_text("")])
def test_a_damaged_entry_is_made_again(tmp_path: Path, damage: object) -> None:
    file = store.entry(tmp_path / "e", fill) / "bin" / "tool"
    damage(file)  # type: ignore[operator]
    store.entry(tmp_path / "e", fill)
    assert file.read_text() == "content"


def test_changed_bytes_of_the_same_size_are_found_by_verify(tmp_path: Path) -> None:
    entry = store.entry(tmp_path / "e", fill)
    store.verify(entry)
    (entry / "bin" / "tool").write_text("cOntent")
    with pytest.raises(IntegrityError, match="is not what was put into the cache -> rm -r"):
        store.verify(entry)


def test_leftovers_of_a_killed_build_are_swept(tmp_path: Path) -> None:
    (tmp_path / ".e.new-killed").mkdir()
    store.entry(tmp_path / "e", fill)
    assert not (tmp_path / ".e.new-killed").exists()


def hold(path: Path, held: object) -> None:
    with store.locked(path, wait=5, what="it"):
        held.set()  # type: ignore[attr-defined]
        time.sleep(30)


def test_a_held_lock_is_one_line(tmp_path: Path) -> None:
    context = multiprocessing.get_context("spawn")
    held = context.Event()
    holder = context.Process(target=hold, args=(tmp_path / "lock", held))
    holder.start()
    try:
        assert held.wait(20)
        with (
            pytest.raises(BusyError, match="the deployment is in use by another run"),
            store.locked(tmp_path / "lock", wait=0.1, what="the deployment"),
        ):
            pass
    finally:
        holder.kill()
        holder.join()
    with store.locked(tmp_path / "lock", wait=1, what="freed by the kernel"):
        pass


@given(st.dictionaries(st.text(), st.integers() | st.text()))
def test_a_key_depends_on_the_value_not_on_its_order(value: dict[str, object]) -> None:
    assert store.key_of(value) == store.key_of(dict(reversed(value.items())))
    assert store.key_of(value) != store.key_of({**value, "one more": 1})


def test_a_tree_digest_sees_names_contents_and_the_executable_bit(tmp_path: Path) -> None:
    (tmp_path / "t").mkdir()
    file = tmp_path / "t" / "a"
    file.write_text("1")
    digests = [store.digest_tree(tmp_path / "t")]
    file.chmod(0o755)
    digests.append(store.digest_tree(tmp_path / "t"))
    file.write_text("2")
    digests.append(store.digest_tree(tmp_path / "t"))
    file.rename(tmp_path / "t" / "b")
    digests.append(store.digest_tree(tmp_path / "t"))
    assert len(set(digests)) == 4


def test_a_file_is_replaced_whole_and_nothing_is_left_beside_it(tmp_path: Path) -> None:
    path = tmp_path / "folder" / "note.json"
    for text in ("first", "second, longer", ""):
        store.write(path, text)
        assert path.read_text() == text
    assert [each.name for each in path.parent.iterdir()] == ["note.json"]
    assert path.stat().st_mode & 0o777 == 0o644


def test_a_file_that_cannot_be_replaced_is_left_as_it_was(tmp_path: Path) -> None:
    (tmp_path / "taken").mkdir()
    (tmp_path / "taken" / "inside").touch()
    with pytest.raises(OSError, match="taken"):
        store.write(tmp_path / "taken", "text")
    assert [each.name for each in tmp_path.iterdir()] == ["taken"]
