"""The kubelet's threshold is moved, never the rest of its configuration."""

from pipeline.chaos import node

CONFIGURATION = {"evictionHard": {"nodefs.available": "0%", "imagefs.available": "0%"}, "cgroupDriver": "cgroupfs"}


def test_only_the_threshold_and_its_memory_change() -> None:
    found = node.with_threshold(CONFIGURATION, 4096)
    assert found == {
        "evictionHard": {"nodefs.available": "4096Mi", "imagefs.available": "0%"},
        "evictionPressureTransitionPeriod": "10s",
        "cgroupDriver": "cgroupfs",
    }
    assert CONFIGURATION["evictionHard"] == {"nodefs.available": "0%", "imagefs.available": "0%"}


def test_a_configuration_without_thresholds_gets_one() -> None:
    assert node.with_threshold({}, 1)["evictionHard"] == {"nodefs.available": "1Mi"}


def test_the_disk_is_read_as_df_prints_it() -> None:
    assert node.disk("   Used  Avail\n 55296M 38912M\n") == (55296, 38912)
