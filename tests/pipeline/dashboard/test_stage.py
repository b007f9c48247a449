"""The words after `--` are read strictly, and a browser opens only where somebody sits."""

import pytest

from pipeline.dashboard import stage
from pipeline.dashboard.stage import Wish
from pipeline.errors import UsageError


def test_words_are_read() -> None:
    assert stage.parse([]) == Wish(60, screenshot=False, open=True, grafana=False)
    assert stage.parse(["--minutes=10080", "--screenshot", "--no-open"]) == Wish(10080, screenshot=True, open=False, grafana=False)


@pytest.mark.parametrize(
    "word", ["--minutes=0", "--minutes=10081", "--minutes=-1", "--minutes=1.5", "--minutes=", "--minutes=٣", "--hours=1", ""]
)
def test_any_other_word_is_an_error_that_says_what_is_possible(word: str) -> None:
    with pytest.raises(UsageError) as caught:
        stage.parse([word])
    assert caught.value.fix == stage._USAGE


@pytest.mark.parametrize(
    ("environment", "platform", "interactive", "expected"),
    [
        ({"DISPLAY": ":0"}, "linux", True, True),
        ({"WAYLAND_DISPLAY": "w"}, "linux", True, True),
        ({}, "darwin", True, True),
        ({}, "linux", True, False),
        ({"DISPLAY": ""}, "linux", True, False),
        ({"DISPLAY": ":0"}, "linux", False, False),
        ({}, "darwin", False, False),
    ],
)
def test_a_browser_opens_only_where_somebody_sits(environment: dict[str, str], platform: str, interactive: bool, expected: bool) -> None:  # noqa: FBT001
    assert stage.on_desktop(environment, platform, interactive=interactive) is expected
