#include "metrics/table.hpp"

#include <array>

namespace weir::metrics {

namespace {

using resource::PoolFigures;
using runtime::ConnectionSnapshot;
using runtime::PortSnapshot;
using runtime::ProcessSnapshot;

/// Label values of weir_packets_ended_total, in the order of weir::Ended.
constexpr std::array<std::string_view, ended_reasons> reasons{"consumed", "filtered", "error",
                                                              "drained"};

double as_double(std::uint64_t value) {
  return static_cast<double>(value);
}

/// Adds one series per process with a figure of it.
template <class Figure>
void per_process(const Figures& figures, Series& series, Figure figure) {
  for (const ProcessSnapshot& process : figures.network.processes) {
    series.add({process.name}, static_cast<double>(figure(process)));
  }
}

template <class Figure>
void per_connection(const Figures& figures, Series& series, Figure figure) {
  for (const ConnectionSnapshot& connection : figures.network.connections) {
    series.add({connection.name}, static_cast<double>(figure(connection)));
  }
}

template <class Figure>
void per_pool(const Figures& figures, Series& series, Figure figure) {
  for (const PoolFigures& pool : figures.network.pools) {
    series.add({pool.name}, static_cast<double>(figure(pool)));
  }
}

/// Adds one series per pool with a histogram of it.
void per_pool_times(const Figures& figures, Series& series, resource::Times PoolFigures::*times) {
  for (const PoolFigures& pool : figures.network.pools) {
    series.add({pool.name}, resource::time_bounds, (pool.*times).buckets, (pool.*times).sum_s);
  }
}

void read_made(const Figures& figures, Series& series) {
  per_process(figures, series, [](const ProcessSnapshot& p) { return p.created; });
}

void read_packets(const Figures& figures, Series& series) {
  for (const ProcessSnapshot& process : figures.network.processes) {
    for (const PortSnapshot& port : process.ports) {
      if (port.connected || port.packets != 0) {
        series.add({process.name, port.name}, as_double(port.packets));
      }
    }
  }
}

void read_ended(const Figures& figures, Series& series) {
  for (const ProcessSnapshot& process : figures.network.processes) {
    for (std::size_t reason = 0; reason < ended_reasons; ++reason) {
      series.add({process.name, reasons[reason]}, as_double(process.ended[reason]));
    }
  }
}

void read_errors(const Figures& figures, Series& series) {
  for (const ProcessSnapshot& process : figures.network.processes) {
    for (const runtime::ErrorCount& error : process.errors) {
      series.add({process.name, error.kind}, as_double(error.count));
    }
  }
}

void read_times(const Figures& figures, Series& series) {
  for (const ProcessSnapshot& process : figures.network.processes) {
    for (std::size_t state = 0; state < runtime::unit_states; ++state) {
      series.add({process.name, runtime::unit_state_words[state]},
                 1e-9 * as_double(process.time_ns[state]));
    }
  }
}

const std::array metrics{
    Metric{"weir_packets_total",
           Type::counter,
           "packets",
           {"process", "port"},
           "Packets that passed a connected port of a process.",
           read_packets},
    Metric{"weir_made_packets_total",
           Type::counter,
           "packets",
           {"process"},
           "Packets that a process made, copies included.",
           read_made},
    Metric{"weir_packets_created_total",
           Type::counter,
           "packets",
           {"process"},
           "The old name of weir_made_packets_total, for one version, in the plain text format "
           "alone: OpenMetrics reserves the ending.",
           read_made,
           Metric::In::plain_text},
    Metric{"weir_packets_ended_total",
           Type::counter,
           "packets",
           {"process", "reason"},
           "Packets that came to their end in a process: consumed, filtered (also: sent to a port "
           "that "
           "is not connected), error (could not be handled, and no error port was connected) or "
           "drained (reached a process that had ended).",
           read_ended},
    Metric{"weir_packets_held",
           Type::gauge,
           "packets",
           {"process"},
           "Packets inside a process now.",
           [](const Figures& figures, Series& series) {
             per_process(figures, series, [](const ProcessSnapshot& p) { return p.held; });
           }},
    Metric{"weir_errors_total",
           Type::counter,
           "errors",
           {"process", "kind"},
           "Errors of a process by kind; the kinds are a closed list, see docs/errors.md. Absent "
           "until the first error.",
           read_errors},
    Metric{"weir_processing_seconds",
           Type::histogram,
           "seconds",
           {"process"},
           "Time that a process spent on a packet, busy and waiting outside. A batch of n packets "
           "counts as n observations of its mean.",
           [](const Figures& figures, Series& series) {
             for (const ProcessSnapshot& process : figures.network.processes) {
               series.add({process.name}, runtime::processing_bounds, process.processing_buckets,
                          process.processing_sum_s);
             }
           }},
    Metric{"weir_process_concurrency",
           Type::gauge,
           "",
           {"process"},
           "How many workers may run a process at the same moment.",
           [](const Figures& figures, Series& series) {
             per_process(figures, series, [](const ProcessSnapshot& p) { return p.concurrency; });
           }},
    Metric{"weir_process_seconds_total",
           Type::counter,
           "seconds",
           {"process", "state"},
           "Time of the units of concurrency of a process by state: busy, waiting (outside, for a "
           "packet), starved (no input), blocked (an output is full), throttled (no token of its "
           "rate) or ready (no free worker). c units give c seconds a second.",
           read_times},
    Metric{"weir_process_priority",
           Type::gauge,
           "",
           {"process"},
           "Units of concurrency that the present flow needs of a process: packets leaving the "
           "sources a second, times visits, times service time. Absent until it is known.",
           [](const Figures& figures, Series& series) {
             for (const auto& process : figures.diagnosis.processes) {
               series.add({process.name}, process.priority);
             }
           }},
    Metric{"weir_bottleneck",
           Type::gauge,
           "",
           {"process", "kind"},
           "1 for what limits the graph, see docs/report.md; the process is empty for the kinds "
           "cores and deadlock. Absent while nothing is known to limit.",
           [](const Figures& figures, Series& series) {
             const Diagnosis& diagnosis = figures.diagnosis;
             if (!diagnosis.kind.empty()) series.add({diagnosis.process, diagnosis.kind}, 1);
           }},
    Metric{"weir_predicted_gain_ratio",
           Type::gauge,
           "ratio",
           {"process"},
           "Throughput that is predicted if a process gets the change that helps most, over that "
           "of now: 1 for all that do not limit.",
           [](const Figures& figures, Series& series) {
             for (const auto& process : figures.diagnosis.processes) {
               series.add({process.name}, process.gain);
             }
           }},
    Metric{"weir_queue_length",
           Type::histogram,
           "packets",
           {"connection"},
           "Packets queued in a connection, sampled five times a second while packets move.",
           [](const Figures& figures, Series& series) {
             for (const Diagnosis::Lengths& lengths : figures.diagnosis.lengths) {
               series.add({lengths.connection}, figures.diagnosis.length_bounds, lengths.buckets,
                          lengths.sum);
             }
           }},
    Metric{"weir_connection_put_packets_total",
           Type::counter,
           "packets",
           {"connection"},
           "Packets that were put into a connection.",
           [](const Figures& figures, Series& series) {
             per_connection(figures, series, [](const ConnectionSnapshot& c) { return c.put; });
           }},
    Metric{"weir_connection_taken_packets_total",
           Type::counter,
           "packets",
           {"connection"},
           "Packets that were taken out of a connection by its consumer.",
           [](const Figures& figures, Series& series) {
             per_connection(figures, series, [](const ConnectionSnapshot& c) { return c.taken; });
           }},
    Metric{"weir_dropped_packets_total",
           Type::counter,
           "packets",
           {"connection", "reason"},
           "Packets that a full connection dropped by its policy (overflow.then: drop_oldest or "
           "drop_newest).",
           [](const Figures& figures, Series& series) {
             for (const ConnectionSnapshot& connection : figures.network.connections) {
               series.add({connection.name, "overflow"}, as_double(connection.dropped));
             }
           }},
    Metric{"weir_queue_packets",
           Type::gauge,
           "packets",
           {"connection"},
           "Packets queued in a connection now, overflow included.",
           [](const Figures& figures, Series& series) {
             per_connection(figures, series, [](const ConnectionSnapshot& c) { return c.packets; });
           }},
    Metric{"weir_queue_bytes",
           Type::gauge,
           "bytes",
           {"connection"},
           "Payload bytes queued in a connection now.",
           [](const Figures& figures, Series& series) {
             per_connection(figures, series, [](const ConnectionSnapshot& c) { return c.bytes; });
           }},
    Metric{"weir_queue_capacity_packets",
           Type::gauge,
           "packets",
           {"connection"},
           "Packets at which a connection holds its producer back.",
           [](const Figures& figures, Series& series) {
             per_connection(figures, series,
                            [](const ConnectionSnapshot& c) { return c.capacity; });
           }},
    Metric{"weir_overflow_packets",
           Type::gauge,
           "packets",
           {"connection"},
           "Queued packets beyond the capacity of a connection: what a step in progress still "
           "sent, what "
           "a policy lets in, and in cycles what comes round.",
           [](const Figures& figures, Series& series) {
             per_connection(figures, series,
                            [](const ConnectionSnapshot& c) { return c.overflow; });
           }},
    Metric{"weir_tuner_decisions_total",
           Type::counter,
           "decisions",
           {},
           "Changes that the tuner made and kept; /api/v1/decisions says which and why.",
           [](const Figures& figures, Series& series) {
             series.add({}, as_double(figures.program.tuner_decisions));
           }},
    Metric{
        "weir_tuner_probes_total",
        Type::counter,
        "probes",
        {},
        "Changes of concurrency that the tuner tried. Those that brought nothing were taken back "
        "and are no decisions.",
        [](const Figures& figures, Series& series) {
          series.add({}, as_double(figures.program.tuner_probes));
        }},
    Metric{"weir_workers",
           Type::gauge,
           "",
           {},
           "Threads that run processes.",
           [](const Figures& figures, Series& series) { series.add({}, figures.network.workers); }},
    Metric{"weir_blocking_threads",
           Type::gauge,
           "",
           {},
           "Threads beside the workers that run components which block. They come and go.",
           [](const Figures& figures, Series& series) {
             series.add({}, figures.network.blocking_threads);
           }},
    Metric{"weir_memory_bytes",
           Type::gauge,
           "bytes",
           {"kind"},
           "Memory by kind: resident (of the whole program), heap (that the allocator has handed "
           "out, the pool included; absent if it does not tell), pool (that packets and their "
           "payloads have taken from the system, in use or kept for reuse), used (the part of the "
           "pool that is in use, which the budget counts), readers (the part of that which sources "
           "hold to read into) and budget (what used may come to; "
           "absent if there is none).",
           [](const Figures& figures, Series& series) {
             series.add({"resident"}, as_double(figures.program.resident_bytes));
             const std::uint64_t heap = figures.program.heap_bytes;
             if (heap != 0) series.add({"heap"}, as_double(heap));
             series.add({"pool"}, as_double(figures.network.pool_bytes));
             series.add({"used"}, as_double(figures.network.memory.used));
             series.add({"readers"}, as_double(figures.network.memory.readers));
             const std::uint64_t budget = figures.network.memory.budget;
             if (budget != 0) series.add({"budget"}, as_double(budget));
           }},
    Metric{"weir_memory_holds_sources",
           Type::gauge,
           "",
           {},
           "1 while sources rest because packets take nine tenths of the memory budget, else 0.",
           [](const Figures& figures, Series& series) {
             series.add({}, figures.network.memory.holds ? 1 : 0);
           }},
    Metric{"weir_memory_held_total",
           Type::counter,
           "times",
           {},
           "How often sources have begun to rest because of the memory budget.",
           [](const Figures& figures, Series& series) {
             series.add({}, as_double(figures.network.memory.times_held));
           }},
    Metric{"weir_packet_pool_live_packets",
           Type::gauge,
           "packets",
           {},
           "Packets alive in the program, counted by the packet pool.",
           [](const Figures& figures, Series& series) {
             series.add({}, as_double(figures.network.pool_live_packets));
           }},
    Metric{"weir_packet_pool_bytes",
           Type::gauge,
           "bytes",
           {},
           "Bytes that the packet pool has taken from the system.",
           [](const Figures& figures, Series& series) {
             series.add({}, as_double(figures.network.pool_bytes));
           }},
    Metric{"weir_resource_pool_size",
           Type::gauge,
           "resources",
           {"pool"},
           "Resources that a pool has: in use, idle, or being checked.",
           [](const Figures& figures, Series& series) {
             per_pool(figures, series, [](const PoolFigures& p) { return p.size; });
           }},
    Metric{"weir_resource_pool_in_use",
           Type::gauge,
           "resources",
           {"pool"},
           "Resources of a pool that processes hold now.",
           [](const Figures& figures, Series& series) {
             per_pool(figures, series, [](const PoolFigures& p) { return p.in_use; });
           }},
    Metric{"weir_resource_pool_idle",
           Type::gauge,
           "resources",
           {"pool"},
           "Resources of a pool that are free.",
           [](const Figures& figures, Series& series) {
             per_pool(figures, series, [](const PoolFigures& p) { return p.idle; });
           }},
    Metric{"weir_resource_pool_creating",
           Type::gauge,
           "resources",
           {"pool"},
           "Resources that are being made for a pool.",
           [](const Figures& figures, Series& series) {
             per_pool(figures, series, [](const PoolFigures& p) { return p.creating; });
           }},
    Metric{"weir_resource_pool_waiters",
           Type::gauge,
           "requests",
           {"pool"},
           "Requests that wait for a resource of a pool.",
           [](const Figures& figures, Series& series) {
             per_pool(figures, series, [](const PoolFigures& p) { return p.waiters; });
           }},
    Metric{"weir_resource_pool_min",
           Type::gauge,
           "resources",
           {"pool"},
           "Resources that a pool keeps at least.",
           [](const Figures& figures, Series& series) {
             per_pool(figures, series, [](const PoolFigures& p) { return p.min; });
           }},
    Metric{"weir_resource_pool_max",
           Type::gauge,
           "resources",
           {"pool"},
           "Resources that a pool may have at most.",
           [](const Figures& figures, Series& series) {
             per_pool(figures, series, [](const PoolFigures& p) { return p.max; });
           }},
    Metric{"weir_resource_pool_wanted",
           Type::gauge,
           "resources",
           {"pool"},
           "Resources that the present load of a pool asks for, see docs/resources.md.",
           [](const Figures& figures, Series& series) {
             per_pool(figures, series, [](const PoolFigures& p) { return p.wanted; });
           }},
    Metric{"weir_resource_pool_created_total",
           Type::counter,
           "resources",
           {"pool"},
           "Resources that were made for a pool.",
           [](const Figures& figures, Series& series) {
             per_pool(figures, series, [](const PoolFigures& p) { return p.created; });
           }},
    Metric{"weir_resource_pool_creation_failures_total",
           Type::counter,
           "attempts",
           {"pool"},
           "Attempts to make a resource that failed.",
           [](const Figures& figures, Series& series) {
             per_pool(figures, series, [](const PoolFigures& p) { return p.creation_failures; });
           }},
    Metric{
        "weir_resource_pool_closed_total",
        Type::counter,
        "resources",
        {"pool", "reason"},
        "Resources of a pool that were closed: broken (in use), invalid (found so after a rest), "
        "idle, lifetime, surplus (more than the load asks for) or stopped (the pool ended).",
        [](const Figures& figures, Series& series) {
          for (const PoolFigures& pool : figures.network.pools) {
            for (std::size_t reason = 0; reason < pool.closed.size(); ++reason) {
              series.add({pool.name, resource::closed_words[reason]},
                         as_double(pool.closed[reason]));
            }
          }
        }},
    Metric{"weir_resource_pool_timeouts_total",
           Type::counter,
           "requests",
           {"pool"},
           "Requests that waited in vain for a resource of a pool.",
           [](const Figures& figures, Series& series) {
             per_pool(figures, series, [](const PoolFigures& p) { return p.timeouts; });
           }},
    Metric{"weir_resource_pool_leaks_total",
           Type::counter,
           "resources",
           {"pool"},
           "Resources that were held for longer than leak_after.",
           [](const Figures& figures, Series& series) {
             per_pool(figures, series, [](const PoolFigures& p) { return p.leaks; });
           }},
    Metric{"weir_resource_pool_wait_seconds",
           Type::histogram,
           "seconds",
           {"pool"},
           "Time that a request waited for a resource of a pool, those in vain included.",
           [](const Figures& figures, Series& series) {
             per_pool_times(figures, series, &PoolFigures::wait);
           }},
    Metric{"weir_resource_pool_hold_seconds",
           Type::histogram,
           "seconds",
           {"pool"},
           "Time that a process held a resource of a pool.",
           [](const Figures& figures, Series& series) {
             per_pool_times(figures, series, &PoolFigures::hold);
           }},
    Metric{"weir_resource_pool_creation_seconds",
           Type::histogram,
           "seconds",
           {"pool"},
           "Time that it took to make a resource of a pool.",
           [](const Figures& figures, Series& series) {
             per_pool_times(figures, series, &PoolFigures::creation);
           }},
    Metric{"weir_graph_generation",
           Type::gauge,
           "",
           {},
           "Number of the graph that runs, counted from 1 at the start.",
           [](const Figures& figures, Series& series) {
             series.add({}, as_double(figures.network.generation));
           }},
    Metric{"weir_start_time_seconds",
           Type::gauge,
           "seconds",
           {},
           "When the program started, in seconds since 1970.",
           [](const Figures& figures, Series& series) {
             series.add({}, figures.program.start_time_s);
           }},
    Metric{"weir_build_info",
           Type::gauge,
           "",
           {"version", "commit"},
           "Always 1; the labels say what runs.",
           [](const Figures& figures, Series& series) {
             series.add({figures.program.version, figures.program.commit}, 1);
           }},
};

}  // namespace

std::string_view to_string(Type type) noexcept {
  switch (type) {
    case Type::counter: return "counter";
    case Type::gauge: return "gauge";
    case Type::histogram: break;
  }
  return "histogram";
}

std::span<const Metric> table() {
  return metrics;
}

}  // namespace weir::metrics
