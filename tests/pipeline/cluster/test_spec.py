"""The cluster's declaration: what must be hardened is, and what changes it changes its fingerprint."""

import base64
import json
import re
from dataclasses import replace
from pathlib import Path

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
    assert len([word for word in arguments if word.startswith("--extra-config=")]) == sum(map(len, spec.FLAGS.values()))


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


def test_the_fingerprint_follows_what_the_cluster_is_made_of() -> None:
    made = {
        spec.make(place, image, upstream=upstream).fingerprint
        for place in (PLACE, replace(PLACE, port=PLACE.port + 1), replace(PLACE, settings=replace(PLACE.settings, cluster_cpus=3)))
        for image in ("node", "another")
        for upstream in (True, False)
    }
    assert len(made) == 12
    assert spec.make(PLACE, "node", upstream=True) == spec.make(PLACE, "node", upstream=True)


def test_the_upstream_node_image_is_pinned_by_digest() -> None:
    assert re.fullmatch(r"\S+:v[\d.]+@sha256:[0-9a-f]{64}", UPSTREAM)


def test_addons_name_the_pinned_versions() -> None:
    text = "".join(path.read_text() for path in (ROOT / "cluster" / "addons").glob("*.yaml"))
    assert set(re.findall(r"image: (\S+)", text)) == {source.reference for source in images.of_addons(PLACE)}
