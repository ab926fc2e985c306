"""W1, chain: what a hop costs. Once with all cores and once with one thread, which is also how the
processor time per hop is compared with the ring loop."""

from .measures import THROUGHPUT
from .peers import ONE, peer, weir
from .workloads import Workload


def workloads() -> list[Workload]:
    return [chain(3), chain(10)]


def chain(hops: int) -> Workload:
    graph = f"w1-chain-{hops}"
    return Workload(
        name=f"W1 {hops} hops",
        title=f"chain of {hops} hops",
        measures=[THROUGHPUT],
        hops=hops,
        contestants=[
            weir(graph),
            peer("Go channels", "go", "chain", hops),
            peer("TBB flow graph", "tbb_flow", "chain", hops),
            peer("TBB pipeline", "tbb_pipeline", "chain", hops),
            peer("CAF", "caf", "chain", hops),
            weir(graph, "weir", workers=1),
            peer("ring loop", "ring", "chain", hops, group=ONE),
            peer("Boost.Fiber", "fiber", "chain", hops, threads=1),
            peer("Go channels", "go", "chain", hops, threads=1),
            peer("TBB pipeline", "tbb_pipeline", "chain", hops, threads=1),
            peer("CAF", "caf", "chain", hops, threads=1),
        ])
