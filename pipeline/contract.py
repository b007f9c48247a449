"""What may be asked of the service, and what is right: all that the stages know of the program in app/.

`[tool.pipeline.service]` names examples and, if there is one, an oracle: a function of the tests that works out the answer to any text.
With it, hundreds of different texts are asked; without it, the examples are, in turn.
"""

from __future__ import annotations

import functools
import importlib.util
import itertools
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote

from pipeline.errors import UsageError
from pipeline.settings import Service
from pipeline.workspace import Workspace

_FIX = "correct oracle in [tool.pipeline.service]"


@dataclass(frozen=True)
class Contract:
    """The question with its {}, answers that are known by text, and who knows the others, if anybody does."""

    question: str
    known: Mapping[str, str]
    oracle: Callable[[str], str] | None = None

    def path(self, text: str) -> str:
        """Where to ask about a text, which is sent as it is given."""
        return self.question.replace("{}", text)

    def texts(self, count: int) -> list[str]:
        """So many texts whose answers are known, different ones as far as there are."""
        if self.oracle:
            return [str(number) for number in range(1, count + 1)]
        return list(itertools.islice(itertools.cycle(self.known), count))

    def right(self, text: str) -> str:
        """The body that a text must be answered with. Raises `UsageError` for a text that nothing is known of."""
        if text in self.known:
            return self.known[text]
        if self.oracle is None:
            raise UsageError(f"nobody knows the answer to {text!r}", fix="name an oracle in [tool.pipeline.service]")
        return self.oracle(unquote(text))

    def secret(self) -> str:
        """A text that nobody else asks about now, where there is an oracle; else the first example."""
        return secrets.token_hex(8) if self.oracle else next(iter(self.known))

    def text(self, url: str) -> str:
        """Which text a URL asks about."""
        before, _, after = self.question.partition("{}")
        return url[url.index("/", url.index("//") + 2) :].removeprefix(before).removesuffix(after)

    @property
    def folder(self) -> str:
        """The path that the text is below, which is no question itself."""
        return self.question.partition("{}")[0].partition("?")[0].rstrip("/") or "/"


def users(service: Service) -> str:
    """Selects the series of users' requests in PromQL: the kubelet's own would hide a failure behind thousands of good answers."""
    return f'route!~"{service.live_path}|{service.ready_path}"'


def of(place: Workspace) -> Contract:
    """The contract of a clone's service. Raises `UsageError` when its oracle cannot be asked or contradicts an example."""
    service = place.settings.service
    return _load(place.root, service.question, service.oracle, service.examples)


@functools.cache
def _load(root: Path, question: str, oracle: str, examples: tuple[tuple[str, str], ...]) -> Contract:
    found = Contract(question, dict(examples), load(root, oracle) if oracle else None)
    for text, body in examples:
        if found.oracle and (told := _ask(found.oracle, unquote(text))) != body:
            raise UsageError(f"the oracle says {told!r} about {text!r}, the example {body!r}", fix=_FIX)
    return found


def load(root: Path, oracle: str) -> Callable[[str], str]:
    """Import FILE:FUNCTION, a file below `root`. Raises `UsageError` when there is none to call."""
    file, _, name = oracle.partition(":")
    spec = importlib.util.spec_from_file_location("portcullis_oracle", root / file)
    if spec is None or spec.loader is None:
        raise UsageError(f"the oracle {file} is no Python file", fix=_FIX)
    module = importlib.util.module_from_spec(spec)
    try:
        spec.loader.exec_module(module)
    except Exception as error:
        raise UsageError(f"the oracle {file} cannot be imported ({type(error).__name__}: {error})", fix=_FIX) from error
    function = getattr(module, name, None)
    if not callable(function):
        raise UsageError(f"{file} has no function {name}", fix=_FIX)
    made: Callable[[str], str] = function
    return made


def _ask(oracle: Callable[[str], str], text: str) -> str:
    try:
        return oracle(text)
    except Exception as error:
        raise UsageError(f"the oracle fails at {text!r} ({type(error).__name__}: {error})", fix=_FIX) from error
