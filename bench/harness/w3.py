"""W3, skew: one of four stages takes most of the time."""

from .measures import THROUGHPUT
from .peers import peer, weir
from .workloads import Workload

STAGES = 4


def workloads() -> list[Workload]:
    return [Workload(
        name="W3 skew",
        title="chain of stages of 0.2, 0.2, 5 and 0.2 us",
        measures=[THROUGHPUT],
        contestants=[
            weir("w3-skew"),
            weir("w3-skew-serial", "weir, one packet at a time"),
            peer("Go channels", "go", "skew", STAGES),
            peer("TBB flow graph", "tbb_flow", "skew", STAGES),
            peer("TBB pipeline", "tbb_pipeline", "skew", STAGES),
            peer("Boost.Fiber, work sharing", "fiber", "skew", STAGES),
        ])]
