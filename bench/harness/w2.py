"""W2, fan: a microsecond of work for each packet, shared out to four."""

from .measures import THROUGHPUT
from .peers import peer, weir
from .workloads import Workload

WORKERS = 4


def workloads() -> list[Workload]:
    return [Workload(
        name="W2 fan",
        title="fan of four workers of 1 us",
        measures=[THROUGHPUT],
        contestants=[
            weir("w2-fan"),
            weir("w2-concurrency", "weir, one process with concurrency 4"),
            peer("Go channels", "go", "fan", WORKERS),
            peer("TBB flow graph", "tbb_flow", "fan", WORKERS),
            peer("TBB pipeline", "tbb_pipeline", "fan", WORKERS),
            peer("pool of threads", "pool_of_threads", "fan", WORKERS),
        ])]
