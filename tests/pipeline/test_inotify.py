"""Counting inotify instances, on made-up and real kernels, and refusing a cluster that would not find enough."""

import ctypes
import os
from pathlib import Path

import pytest

from pipeline import inotify
from pipeline.cluster import lifecycle
from pipeline.errors import ClusterError
from pipeline.inotify import Usage


@pytest.mark.parametrize(("limit", "used", "enough"), [(128, 96, True), (128, 97, False), (512, None, True), (16, None, False)])
def test_enough_is_what_one_more_cluster_needs(limit: int, used: int | None, *, enough: bool) -> None:
    assert Usage(limit, used).enough is enough


def test_a_kernel_that_tells_nothing_limits_nothing(tmp_path: Path) -> None:
    assert inotify.usage(sys=tmp_path) is None


def test_an_instance_of_this_process_is_counted() -> None:
    before = inotify.usage()
    descriptor = ctypes.CDLL(None).inotify_init()
    try:
        after = inotify.usage()
    finally:
        os.close(descriptor)
    assert before
    assert after
    assert before.limit == after.limit > 0
    assert after.used is None if os.geteuid() else (after.used or 0) >= 1


def test_a_cluster_that_would_find_too_few_is_refused_by_name() -> None:
    with pytest.raises(ClusterError, match="120 of 128 inotify instances are in use, a cluster needs 32: other clusters have the rest"):
        lifecycle._require_inotify(Usage(128, 120))
    lifecycle._require_inotify(Usage(128, 90))
    lifecycle._require_inotify(None)
