// Every metric of weir, defined once: what it is called, what it means and how it is read from a
// snapshot. The exposition, the reference page docs/metrics.md and the tests all come from this
// table. Read-only and safe from any thread.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <prometheus/metric_family.h>
#include "runtime/snapshot.hpp"

namespace weir::metrics {

/// Figures of the program rather than of its network.
struct Program {
  std::string version;
  std::string commit;
  /// Seconds since 1970.
  double start_time_s = 0;
  /// Memory that is resident now, in bytes.
  std::uint64_t resident_bytes = 0;
  /// Changes that the tuner has made, and those that it has tried.
  std::uint64_t tuner_decisions = 0;
  std::uint64_t tuner_probes = 0;
  /// What its allocator has handed out, the packet pool included; 0 if it does not tell.
  std::uint64_t heap_bytes = 0;
};

/// What is known of what limits the network.
struct Diagnosis {
  /// The root: its process, empty for none, and its kind. No kind: nothing is known to limit.
  std::string process;
  std::string kind;
  /// By process: how much more is predicted to flow with the change to it that helps most, and the
  /// units that the present flow needs of it.
  struct Process {
    std::string name;
    double gain = 1;
    double priority = 0;
  };
  std::vector<Process> processes;
  /// Lengths of a connection: how often one was within each bound and above the one before, and
  /// how often beyond the last; and the sum.
  struct Lengths {
    std::string connection;
    std::vector<std::uint64_t> buckets;
    double sum = 0;
  };
  std::vector<double> length_bounds;
  std::vector<Lengths> lengths;
};

/// What the metrics of one scrape are read from.
struct Figures {
  runtime::NetworkSnapshot network;
  Program program;
  Diagnosis diagnosis;
};

enum class Type : std::uint8_t { counter, gauge, histogram };
std::string_view to_string(Type type) noexcept;

class Series;

/// One line of the table.
struct Metric {
  std::string_view name;
  Type type;
  /// A base unit, or a word for what is counted; empty for a mere state.
  std::string_view unit;
  /// Beside `graph`, which every series carries.
  std::vector<std::string_view> labels;
  std::string_view help;
  /// Adds the series of this metric.
  void (*read)(const Figures& figures, Series& series);
  enum class In : std::uint8_t { every_format, plain_text };
  In format = In::every_format;
};

/// All metrics, in the order in which they are shown.
std::span<const Metric> table();

/// Collects the series of one metric. Borrows the metric; used by one thread.
class Series {
 public:
  Series(const Metric& metric, std::string_view graph);

  /// A series with these label values, in the order of `Metric::labels`.
  void add(std::initializer_list<std::string_view> values, double value);
  /// A histogram: the upper bounds of its buckets, what is in each and beyond the last, and the
  /// sum.
  void add(std::initializer_list<std::string_view> values, std::span<const double> bounds,
           std::span<const std::uint64_t> buckets, double sum);

  prometheus::MetricFamily take() { return std::move(family_); }

 private:
  prometheus::ClientMetric& labelled(std::initializer_list<std::string_view> values);

  const Metric* metric_;
  std::string graph_;
  prometheus::MetricFamily family_;
};

}  // namespace weir::metrics
