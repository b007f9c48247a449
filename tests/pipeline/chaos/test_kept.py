"""Whatever is written down before a fault is there after it."""

from pipeline.chaos import kept
from pipeline.chaos.kept import Kept
from pipeline.look import Release

ONE, TWO = (Release(digit * 40, f"image:{digit}", f"sha256:{digit}") for digit in "12")
BEFORE = Kept((ONE,), frozenset({"apps/Deployment/hash/hash"}), ("odd.json",), "sha256:1")


def test_what_was_added_is_not_lost() -> None:
    assert kept.lost(BEFORE, Kept((ONE, TWO), BEFORE.objects | {"_/Service/hash/hash"}, ("odd.json",), "sha256:1")) == []


def test_every_loss_is_named() -> None:
    assert kept.lost(BEFORE, Kept((TWO,), frozenset(), ("odd.json", "terraform.tfstate"), "sha256:2")) == [
        "terraform.tfstate cannot be read",
        "release 111111111111 is not known any more",
        "the commit's image is sha256:2, it was sha256:1",
        "apps/Deployment/hash/hash is not in Terraform's state any more",
    ]
