from rich.console import Console
from rich.table import Table

from pipeline.monitoring import ask
from pipeline.monitoring.query import Sample


def drawn(table: Table) -> list[str]:
    console = Console(width=160, record=True, file=None, quiet=False)
    with console.capture() as captured:
        console.print(table)
    return [line for line in captured.get().splitlines() if "│" in line]


def alert(name: str, severity: str, *, held: bool = False) -> dict[str, object]:
    return {
        "labels": {"alertname": name, "severity": severity},
        "annotations": {"summary": f"{name} happens."},
        "startsAt": "2026-01-02T03:04:05.678Z",
        "status": {"inhibitedBy": ["x"] if held else []},
    }


def test_the_largest_value_is_first() -> None:
    lines = drawn(ask.series([Sample({}, 1.0), Sample({"b": "2", "a": "1"}, 7.25)]))
    assert [line.split("│")[1].strip() for line in lines] == ["a=1, b=2", "-"]


def test_pages_are_first_and_what_is_held_back_is_last() -> None:
    lines = drawn(ask.active([alert("C", "page", held=True), alert("Watchdog", "none"), alert("B", "ticket"), alert("A", "page")]))
    assert [line.split("│")[2].strip() for line in lines] == ["A", "B", "Watchdog", "C"]
