"""What people see of the stage, and when it is red."""

from dataclasses import replace

import pytest
from rich.console import Console

from pipeline.errors import FindingError
from pipeline.gates import sarif
from pipeline.harden import reader, stage
from pipeline.harden.facts import File
from pipeline.harden.judge import Result
from pipeline.harden.kubebench import Opinion
from pipeline.harden.mutants import Fate
from tests.support import recorded_facts

GOOD = Result("1.1.1", "manifest is closed", "PASS", "600")
WARN = Result("1.2.11", "images are pulled", "WARN", "they are not", "no registry")
BAD = Result("4.2.1", "kubelet is closed", "FAIL", "anonymous=[yes]", "close it")
NOTICED, MISSED = Fate("a", ("1.1.1",)), Fate("b", ())


def test_a_failure_is_told_with_what_was_found_and_what_to_do() -> None:
    with pytest.raises(FindingError) as error:
        stage._refuse([GOOD, BAD, BAD], [NOTICED])
    assert str(error.value) == "4.2.1 kubelet is closed: found anonymous=[yes] (and 1 more, in the table) -> close it"


def test_a_weakening_that_nobody_notices_is_a_failure() -> None:
    with pytest.raises(FindingError) as error:
        stage._refuse([GOOD, WARN], [NOTICED, MISSED])
    assert str(error.value) == "1 of 2 weakenings go unnoticed: b -> add a control to pipeline/harden/cis"


def test_passes_and_warnings_are_no_failure() -> None:
    stage._refuse([GOOD, WARN], [NOTICED])


def test_the_summary_counts_everything() -> None:
    said = stage.summary([GOOD, WARN], [GOOD], [Opinion("1.1.1", "PASS", "")], [NOTICED])
    assert said == "1 controls PASS, 1 WARN, 0 FAIL; kube-bench 1 PASS, all explained; NSA 1/1; weakenings noticed 1/1"


def test_the_table_shows_brackets_as_they_are() -> None:
    console = Console(width=120)
    with console.capture() as captured:
        console.print(stage.table("t", [GOOD, BAD]))
    assert "anonymous=[yes] [close it]" in captured.get()


def test_failures_are_findings_in_sarif() -> None:
    (run,) = sarif.of(stage.verdict([GOOD, WARN, BAD], "1"))["runs"]
    assert [result["ruleId"] for result in run["results"]] == ["4.2.1"]


def test_files_are_read_and_links_left_out() -> None:
    listing = "600 root:root f /etc/a b\n700 root:root d /etc\n777 root:root l /etc/link\n"
    assert reader.files(listing) == (File("/etc", "700", "root:root", folder=True), File("/etc/a b", "600", "root:root"))


@pytest.mark.parametrize(
    ("ports", "addresses"),
    [
        ({"22/tcp": [{"HostIp": "127.0.0.1"}], "53/udp": None}, ("127.0.0.1",)),
        ({"22/tcp": [{"HostIp": ""}]}, ("everywhere",)),
        (None, ()),
    ],
)
def test_published_addresses_are_read(ports: object, addresses: tuple[str, ...]) -> None:
    assert reader.published({"NetworkSettings": {"Ports": ports}}) == addresses


def test_kube_bench_is_asked_again_for_what_has_changed_and_not_for_other_words() -> None:
    facts = recorded_facts()
    usual = stage.asked_about(facts)
    words = {name: replace(proof, seen=f"{proof.seen}, in other words") for name, proof in facts.proofs.items()}
    assert stage.asked_about(replace(facts, proofs=words)) == usual
    for name, proof in facts.proofs.items():
        assert stage.asked_about(replace(facts, proofs=facts.proofs | {name: replace(proof, held=not proof.held)})) != usual
    assert stage.asked_about(replace(facts, flags=facts.flags | {"scheduler": {"profiling": "true"}})) != usual
    assert stage.asked_about(replace(facts, objects={})) != usual
