"""What a workload is, and which there are.

To add one, write a module `harness/w<number>.py` with a function

    def workloads() -> list[Workload]

and it is found by its name; nothing is registered elsewhere. A workload has contestants. The
harness calls `Workload.prepare()` once (make input files there), then for each round
`Contestant.run(seconds)` of every contestant in turn, which does the job once and returns a
sample: figures by name. `Workload.measures` says which of these figures are results; the first is
what contestants are compared by. A job of a fixed size (a file to get through) ignores `seconds`.

A sample with the figures `cpu_s` and `packets` gets `cpu_ns_per_packet` and, if the workload has
hops, `cpu_ns_per_hop`. Raise RuntimeError for a run that failed; `missing()` names a program that
is not there. Contestants with the same `group` have the same means (all cores, one thread), and
each is compared with the one of its group that is called "weir".
"""

import dataclasses
import importlib
import pkgutil
import re
from collections.abc import Callable

Sample = dict[str, float]


@dataclasses.dataclass(frozen=True)
class Measure:
    key: str                         # in the sample
    label: str                       # on the axis of the plot
    show: Callable[[float], str]     # in the table, with its unit
    more_is_better: bool = False


@dataclasses.dataclass(frozen=True)
class Contestant:
    name: str                        # in the table; those of weir start with "weir"
    family: str                      # what --peers selects by; "weir" always takes part
    run: Callable[[float], Sample]
    missing: Callable[[], str | None] = lambda: None
    group: str = "all cores"


@dataclasses.dataclass(frozen=True)
class Workload:
    name: str                        # "W1 3 hops"; --only W1 selects by the first word
    title: str
    measures: list[Measure]
    contestants: list[Contestant]
    hops: int | None = None
    prepare: Callable[[], None] = lambda: None

    @property
    def key(self) -> str:
        return self.name.split()[0]


def all_workloads() -> list[Workload]:
    package = importlib.import_module("harness")
    names = sorted(module.name for module in pkgutil.iter_modules(package.__path__)
                   if re.fullmatch(r"w\d+", module.name))
    return [workload for name in names
            for workload in importlib.import_module(f"harness.{name}").workloads()]
