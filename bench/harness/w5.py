"""W5, latency: from when a packet was due to its end, far from the limit."""

from . import units
from .measures import P50, P99
from .peers import peer, weir
from .workloads import Measure, Workload

HOPS = 5


def workloads() -> list[Workload]:
    return [Workload(
        name="W5 latency",
        title=f"10,000 packets/s through {HOPS} hops",
        measures=[P50, P99, Measure("throughput_pps", "packets/s", units.rate)],
        hops=HOPS,
        contestants=[
            weir("w5-latency"),
            peer("Go channels, time.Sleep", "go", "latency", HOPS),
            peer("Go channels, nanosleep", "go", "latency-nanosleep", HOPS),
            peer("TBB flow graph", "tbb_flow", "latency", HOPS),
        ])]
