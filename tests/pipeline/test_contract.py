"""What may be asked of a service, with an oracle and without."""

from dataclasses import replace
from pathlib import Path
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline import contract, workspace
from pipeline.contract import Contract
from pipeline.errors import UsageError
from pipeline.workspace import Workspace

PLACE = workspace.locate()
SERVICE = PLACE.settings.service
EXAMPLES = Contract("/add?to={}", {"1": "2", "2": "3"})
UPPER = replace(EXAMPLES, question="/upper/{}/now", known={}, oracle=str.upper)
TEXTS = st.text(st.characters(exclude_categories=["Cs"]))


def clone(folder: Path, source: str) -> Workspace:
    (folder / "oracle.py").write_text(source)
    service = replace(SERVICE, oracle="oracle.py:answer", examples=(("a", "A"),))
    return replace(PLACE, root=folder, settings=replace(PLACE.settings, service=service))


def test_without_an_oracle_the_examples_are_asked_in_turn() -> None:
    assert EXAMPLES.texts(5) == ["1", "2", "1", "2", "1"]
    assert EXAMPLES.secret() == "1"
    with pytest.raises(UsageError, match="nobody knows the answer to '3' -> name an oracle"):
        EXAMPLES.right("3")


def test_with_an_oracle_every_text_is_another_one() -> None:
    assert UPPER.texts(300) == [str(number) for number in range(1, 301)]
    assert UPPER.secret() != UPPER.secret()


@given(TEXTS)
def test_an_oracle_is_asked_about_the_text_that_is_meant(text: str) -> None:
    assert UPPER.right(quote(text, safe="")) == text.upper()


@given(TEXTS, st.sampled_from([EXAMPLES, UPPER]))
def test_a_url_tells_which_text_was_asked_about(text: str, known: Contract) -> None:
    assert known.text(f"http://127.0.0.1:1{known.path(quote(text, safe=''))}") == quote(text, safe="")


def test_the_folder_of_the_questions_is_none_itself() -> None:
    assert (EXAMPLES.folder, UPPER.folder, Contract("/{}", {}).folder) == ("/add", "/upper", "/")


def test_an_oracle_that_contradicts_no_example_is_taken(tmp_path: Path) -> None:
    assert contract.of(clone(tmp_path, "def answer(text):\n    return text.upper()\n")).right("b") == "B"


@pytest.mark.parametrize(
    ("source", "fault"),
    [
        ("def answer(text):\n    return text\n", "the oracle says 'a' about 'a', the example 'A'"),
        ("def other(text):\n    return text\n", "oracle.py has no function answer"),
        ("answer = 1\n", "oracle.py has no function answer"),
        ("import nothing_of_this_name\n", "oracle.py cannot be imported (ModuleNotFoundError"),
        ("def answer(text):\n    return 1 / 0\n", "the oracle fails at 'a' (ZeroDivisionError"),
        ("def answer(\n", "oracle.py cannot be imported (SyntaxError"),
    ],
)
def test_an_oracle_that_cannot_be_trusted_is_refused_in_one_line(source: str, fault: str, tmp_path: Path) -> None:
    with pytest.raises(UsageError) as told:
        contract.of(clone(tmp_path, source))
    assert fault in str(told.value)
    assert str(told.value).endswith(" -> correct oracle in [tool.pipeline.service]")


def test_a_missing_oracle_is_told(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"other\.py cannot be imported \(FileNotFoundError"):
        contract.load(tmp_path, "other.py:answer")


def test_this_services_oracle_knows_its_examples() -> None:
    known = contract.of(PLACE)
    assert [(text, known.right(text)) for text, _ in SERVICE.examples] == list(SERVICE.examples)
