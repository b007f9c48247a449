"""The cluster's declaration: what must be hardened is, and what changes it changes its fingerprint."""

import base64
import json
import re
import shutil
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline import workspace
from pipeline.cluster import images, spec
from pipeline.cluster.node import UPSTREAM
from pipeline.workspace import ROOT

PLACE = workspace.locate()


def test_the_service_is_published_on_loopback_only() -> None:
    made = spec.make(PLACE, "node", upstream=False)
    assert f"--ports=127.0.0.1:{PLACE.port}:{PLACE.settings.node_port}" in made.arguments


def test_every_flag_reaches_minikube() -> None:
    arguments = spec.make(PLACE, "node", upstream=False).arguments
    assert "--extra-config=apiserver.tls-min-version=VersionTLS13" in arguments
    assert "--extra-config=kube-proxy.metricsBindAddress=127.0.0.1:10249" in arguments
    assert len([word for word in arguments if word.startswith("--extra-config=")]) == sum(map(len, spec.FLAGS.values())) + len(spec.PROXY)


def test_every_file_that_a_flag_names_is_made() -> None:
    named = {Path(value).name for flags in spec.FLAGS.values() for value in flags.values() if value.startswith(spec.ON_NODE)}
    assert named == set(spec.hardening(ROOT, "key"))


@given(st.binary(min_size=32, max_size=32))
def test_the_encryption_key_is_the_one_given_and_plain_text_comes_last(raw: bytes) -> None:
    key = base64.b64encode(raw).decode()
    (rule,) = json.loads(spec.encryption(key))["resources"]
    assert rule["resources"] == ["secrets"]
    assert [next(iter(provider)) for provider in rule["providers"]] == ["secretbox", "identity"]
    assert rule["providers"][0]["secretbox"]["keys"][0]["secret"] == key
    assert spec.key_in(spec.encryption(key)) == key


def test_another_port_size_or_node_image_is_another_machine_with_the_same_settings() -> None:
    made = [
        spec.make(place, image, upstream=upstream)
        for place in (PLACE, replace(PLACE, port=PLACE.port + 1), replace(PLACE, settings=replace(PLACE.settings, cluster_cpus=3)))
        for image in ("node", "another")
        for upstream in (True, False)
    ]
    assert len({each.machine for each in made}) == 12
    assert len({each.settings for each in made}) == 1
    assert spec.make(PLACE, "node", upstream=True) == spec.make(PLACE, "node", upstream=True)


def test_another_flag_is_another_setting_of_the_same_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    before = spec.make(PLACE, "node", upstream=False)
    monkeypatch.setattr(spec, "FLAGS", {**spec.FLAGS, "scheduler": {"profiling": "true"}})
    after = spec.make(PLACE, "node", upstream=False)
    assert (before.machine == after.machine, before.settings == after.settings) == (True, False)


@pytest.mark.parametrize("file", ["cluster/hardening/audit.yaml", "cluster/addons/kube-router.yaml"])
def test_another_file_is_another_setting_of_the_same_machine(tmp_path: Path, file: str) -> None:
    shutil.copytree(ROOT / "cluster", tmp_path / "cluster")
    place = replace(PLACE, root=tmp_path)
    before = spec.make(place, "node", upstream=False)
    (tmp_path / file).write_text("changed")
    after = spec.make(place, "node", upstream=False)
    assert (before.machine == after.machine, before.settings == after.settings) == (True, False)


@pytest.mark.parametrize("text", ["", "{}", "[]", '{"resources": []}', '{"resources": [{"providers": [{"identity": {}}]}]}'])
def test_a_lost_encryption_key_is_an_error(text: str) -> None:
    with pytest.raises(ValueError, match=r"no encryption key|Expecting value"):
        spec.key_in(text)


def test_the_upstream_node_image_is_pinned_by_digest() -> None:
    assert re.fullmatch(r"\S+:v[\d.]+@sha256:[0-9a-f]{64}", UPSTREAM)


def test_addons_name_the_pinned_versions() -> None:
    text = "".join(path.read_text() for path in (ROOT / "cluster" / "addons").glob("*.yaml"))
    assert set(re.findall(r"image: (\S+)", text)) == {source.reference for source in images.of_addons(PLACE)}
