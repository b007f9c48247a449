"""Who is told of alerts: every form of the setting is one receiver that Alertmanager takes, and no secret is ever in it."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from pipeline import process, workspace
from pipeline.cluster import api
from pipeline.errors import ClusterError, UsageError
from pipeline.monitoring import receiver
from pipeline.toolchain import supply
from pipeline.workspace import ROOT

TEXT = (ROOT / "terraform" / "monitoring" / "manifests" / "alertmanager" / "alertmanager.yaml").read_text()
FORMS = {
    "webhook:http://pager.example:8080/alerts": "webhook_configs",
    "webhook": "webhook_configs",
    "email:team@example.com?from=alerts@example.com&smarthost=smtp.example.com:587": "email_configs",
    "slack:#alerts": "slack_configs",
    "pagerduty": "pagerduty_configs",
}


@pytest.mark.parametrize("setting", FORMS)
def test_every_form_is_taken_by_alertmanager_itself(setting: str, tmp_path: Path) -> None:
    file = tmp_path / "alertmanager.yaml"
    file.write_text(receiver.configuration(TEXT, setting))
    said = process.run([supply.module(workspace.locate(), "alertmanager") / "amtool", "check-config", file], timeout=60)
    assert "SUCCESS" in said.stdout
    (people,) = [each for each in yaml.safe_load(file.read_text())["receivers"] if each["name"] == "people"]
    assert set(people) == {"name", FORMS[setting]}
    assert people[FORMS[setting]][0]["send_resolved"] is True


@pytest.mark.parametrize(
    "setting",
    [
        "",
        "pager",
        "webhook:ftp://a.example",
        "webhook:a.example",
        "webhook:https://user:word@a.example/",
        "email:nobody",
        "email:a@example.com",
        "email:a@example.com?from=b@example.com",
        "email:a@example.com?from=b@example.com&smarthost=c",
        "email:a@example.com?from=b@example.com&smarthost=c:smtp",
        "email:a@example.com?from=b@example.com&smarthost=c:25&require_tls=no",
        "slack:",
        "slack:#",
        "slack:alerts",
        "pagerduty:key",
    ],
)
def test_anything_else_is_refused(setting: str) -> None:
    with pytest.raises(UsageError):
        receiver.parse(setting)


@given(st.text(max_size=40))
def test_no_text_is_taken_by_accident(text: str) -> None:
    try:
        made = receiver.parse(text)
    except UsageError:
        return
    assert made["name"] == "people"
    assert text.partition(":")[0] in {"webhook", "email", "slack", "pagerduty"}


@pytest.mark.parametrize(
    ("setting", "port"),
    [
        ("webhook:http://pager.monitoring.svc.cluster.local:8080/alerts", 0),
        ("webhook:http://pager.monitoring.svc:8080/alerts", 0),
        ("webhook:http://pager.monitoring.svc.example.com:8080/alerts", 8080),
        ("webhook:http://pager.example/", 80),
        ("webhook:https://pager.example/", 443),
        ("webhook", 443),
        ("email:team@example.com?from=alerts@example.com&smarthost=smtp.example.com:587", 587),
        ("slack:#alerts", 443),
        ("pagerduty", 443),
    ],
)
def test_only_a_receiver_outside_opens_a_port(setting: str, port: int) -> None:
    assert receiver.port(setting) == port


def test_routes_and_other_receivers_stay_as_they_are() -> None:
    before, after = yaml.safe_load(TEXT), yaml.safe_load(receiver.configuration(TEXT, "pagerduty"))
    assert before.pop("receivers") != after.pop("receivers")
    assert before == after


def test_a_configuration_without_the_receiver_is_refused() -> None:
    with pytest.raises(UsageError, match="no one receiver 'people'"):
        receiver.configuration("receivers: [{name: other}]", "pagerduty")


def test_the_secret_comes_from_a_file_or_the_environment_and_only_where_it_is_needed(tmp_path: Path) -> None:
    file = tmp_path / "secret"
    file.write_text(" of-a-file\n")
    assert receiver.secret("webhook:http://pager.example/", {receiver.SECRET_VARIABLE: "unused"}) == ""
    assert receiver.secret("slack:#a", {receiver.SECRET_VARIABLE: "of-the-environment\n"}) == "of-the-environment"
    assert receiver.secret("slack:#a", {receiver.SECRET_VARIABLE: "other", receiver.FILE_VARIABLE: str(file)}) == "of-a-file"
    with pytest.raises(UsageError, match="slack needs a secret"):
        receiver.secret("slack:#a", {})
    with pytest.raises(UsageError, match="cannot be read"):
        receiver.secret("slack:#a", {receiver.FILE_VARIABLE: str(tmp_path / "missing")})


class Server:
    """Answers requests about the Secret with the codes that it was given."""

    def __init__(self, *codes: int) -> None:
        self.codes = list(codes)
        self.asked: list[tuple[str, str, Any]] = []

    def send(self, method: str, path: str, content: object = None) -> api.Reply:
        """Note what was asked, and answer with the next code."""
        self.asked.append((method, path, content))
        return api.Reply(self.codes.pop(0), {"message": "no"}, ())


def handed(monkeypatch: pytest.MonkeyPatch, setting: str, *codes: int) -> Server:
    server = Server(*codes)

    @contextmanager
    def connect(_place: workspace.Workspace) -> Iterator[Server]:
        yield server

    monkeypatch.setattr(api, "connect", connect)
    monkeypatch.setenv(receiver.SECRET_VARIABLE, "planted")
    place = workspace.locate()
    receiver.hand_over(replace(place, settings=replace(place.settings, alert_receiver=setting)), "monitoring")
    return server


def test_the_secret_is_replaced_or_made_and_one_that_is_not_needed_goes(monkeypatch: pytest.MonkeyPatch) -> None:
    path = "/api/v1/namespaces/monitoring/secrets"
    assert [each[:2] for each in handed(monkeypatch, "pagerduty", 200).asked] == [("PUT", f"{path}/receiver")]
    made = handed(monkeypatch, "pagerduty", 404, 201).asked
    assert [each[:2] for each in made] == [("PUT", f"{path}/receiver"), ("POST", path)]
    assert made[1][2]["stringData"] == {"secret": "planted"}
    for code in (200, 404):
        assert [each[:2] for each in handed(monkeypatch, "webhook:http://a.example/", code).asked] == [("DELETE", f"{path}/receiver")]
    with pytest.raises(ClusterError, match="does not reach the cluster"):
        handed(monkeypatch, "pagerduty", 403)
