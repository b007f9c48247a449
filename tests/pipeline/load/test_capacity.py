"""The memory of the cluster is read in its own units, and what is no figure is an error."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.errors import CommandError
from pipeline.load import capacity
from pipeline.load.capacity import Capacity


@given(st.integers(1, 10**6))
def test_units_are_read_as_the_api_writes_them(number: int) -> None:
    assert capacity.memory({"memory": f"{number}Ki"}) == number * 1024
    assert capacity.memory({"memory": f"{number}M"}) == number * 10**6
    assert capacity.memory({"memory": str(number)}) == number


@pytest.mark.parametrize("quantities", [{}, {"memory": ""}, {"memory": "-1Ki"}, {"memory": "1.5Gi"}, {"memory": "12Xi"}])
def test_what_is_no_number_of_bytes_is_refused(quantities: dict[str, str]) -> None:
    with pytest.raises(CommandError, match="no number of bytes"):
        capacity.memory(quantities)


def test_room_is_what_is_left_when_every_instance_has_grown_to_its_limit() -> None:
    assert Capacity(counted=10, has=6000, used=2000, instances=300, limits=1300).room == 50
    assert Capacity(counted=10, has=6000, used=5000, instances=300, limits=1300).room == 0


def test_instances_beyond_their_limit_count_as_they_are() -> None:
    assert Capacity(counted=1, has=1000, used=900, instances=800, limits=100).room == 10
