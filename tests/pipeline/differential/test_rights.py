"""A right more or less than declared is a disagreement, in whatever namespace."""

from typing import Any, cast

import pytest

from pipeline.cluster.api import Api, Reply
from pipeline.differential import rights
from pipeline.differential.verdicts import Disagreement
from pipeline.errors import ClusterError
from pipeline.workspace import ROOT

DECLARED = {rights.user(account): rights.declared(ROOT, account) for account in rights.ACCOUNTS}
DEPLOYER = rights.user("deployer")


class Server:
    """An API server that grants what is declared, and more or less where it is told so."""

    def __init__(self, other: dict[str, frozenset[rights.Right]], code: int, *, incomplete: bool) -> None:
        self.other, self.code, self.incomplete = other, code, incomplete

    def send(self, _method: str, _path: str, content: dict[str, Any], user: str) -> Reply:
        """Answer a review of an account's rights; what is other, is so for the deployer."""
        namespaced, everywhere = DECLARED[user]
        namespace = content["spec"]["namespace"]
        granted = namespaced.get(namespace, frozenset()) | everywhere | rights._EVERYBODYS
        granted ^= self.other.get(namespace, frozenset()) if user == DEPLOYER else frozenset()
        rules = [{"apiGroups": [g], "resources": [r], "verbs": [v], "resourceNames": [n] if n else []} for g, r, v, n in granted]
        return Reply(self.code, {"status": {"resourceRules": rules, "incomplete": self.incomplete}}, ())


def server(other: dict[str, frozenset[rights.Right]] | None = None, *, code: int = 201, incomplete: bool = False) -> Api:
    return cast("Api", Server(other or {}, code, incomplete=incomplete))


def test_what_is_declared_and_granted_agrees() -> None:
    counted, found = rights.compare(server(), ROOT)
    assert found == []
    assert counted >= 32 + 4 * 6


@pytest.mark.parametrize(
    ("namespace", "right", "words"),
    [
        ("hash", ("", "secrets", "get", ""), "secrets get is granted only"),
        ("kube-system", ("", "pods", "create", ""), "pods create is granted only"),
        ("hash", ("apps", "deployments", "patch", ""), "apps deployments patch is declared only"),
    ],
)
def test_a_right_more_or_less_is_named(namespace: str, right: rights.Right, words: str) -> None:
    _, found = rights.compare(server({namespace: frozenset({right})}), ROOT)
    assert found == [Disagreement(f"{DEPLOYER} in {namespace}", "", words)]


def test_neither_account_has_a_right_where_the_other_works() -> None:
    (deployer, _), (watcher, everywhere) = DECLARED.values()
    assert (set(deployer), set(watcher)) == ({"hash"}, {"monitoring"})
    assert everywhere == {("", "namespaces", "get", "monitoring")}
    assert not {resource for _, resource, _, _ in watcher["monitoring"]} & {"secrets", "roles", "rolebindings", "pods", "deployments"}


@pytest.mark.parametrize("server", [server(code=403), server(incomplete=True)])
def test_an_answer_that_is_none_or_not_all_is_an_error(server: Api) -> None:
    with pytest.raises(ClusterError, match="rights cannot be read"):
        rights.compare(server, ROOT)
