"""The measures that more than one workload has."""

from . import units
from .workloads import Measure

THROUGHPUT = Measure("throughput_pps", "packets/s", units.rate, more_is_better=True)
P50 = Measure("p50_us", "p50", units.microseconds)
P99 = Measure("p99_us", "p99", units.microseconds)
