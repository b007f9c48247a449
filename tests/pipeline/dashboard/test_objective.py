"""The page goes by the same promise and the same limits as the alerts."""

from pipeline.dashboard import objective
from pipeline.dashboard.objective import Objective
from pipeline.monitoring.objectives import Burn, Promises
from pipeline.monitoring.objectives import Objective as Promise


def test_a_share_of_failing_requests_is_told_as_a_burn_rate() -> None:
    promises = Promises(
        "",
        30,
        (Promise("availability", 99.9, "errors", "t", bad="b"),),
        (Burn("page", "5m", "1m", failing=10), Burn("page", "1h", "5m", times=14.4)),
    )
    found = objective.of(promises, "availability")
    assert found == Objective(0.999, 30, (("5m", 100.0), ("1h", 14.4)))
    assert found.budget == 0.001
    assert found.limit("1h") == 14.4
