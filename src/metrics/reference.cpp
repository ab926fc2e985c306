#include "metrics/reference.hpp"

#include <fmt/format.h>

#include <iterator>

#include "metrics/table.hpp"

namespace weir::metrics {

namespace {

constexpr std::string_view introduction = R"(# Metrics

<!-- Written by `weir docs` from src/metrics/table.cpp. Change that file, not this one. -->

`GET /metrics` answers in the Prometheus text format, or in OpenMetrics when the request accepts
`application/openmetrics-text`. The figures are the program's own counters, read when they are asked
for: they are always on and cost nothing in between. Every series carries the label `graph`.

| metric | type | unit | labels | meaning |
| --- | --- | --- | --- | --- |
)";

constexpr std::string_view identities = R"(
## What adds up

Of a network at rest, exactly; of a running one up to the batches in progress:

- for every process, packets in + created = packets out + ended + held: the sum of
  `weir_packets_total` over its in ports plus `weir_made_packets_total` equals the sum over its
  out ports, plus `weir_packets_ended_total` over all reasons, plus `weir_packets_held`;
- for every connection, put = taken + dropped + queued: `weir_connection_put_packets_total` equals
  `weir_connection_taken_packets_total` plus `weir_dropped_packets_total` plus
  `weir_queue_packets`, which includes the overflow;
- `weir_packet_pool_live_packets` equals the sum of all `weir_packets_held` and all
  `weir_queue_packets`.

`GET /api/v1/graph` says which ports of a process are in ports and which are out ports.
)";

}  // namespace

std::string reference() {
  std::string page(introduction);
  for (const Metric& metric : table()) {
    std::string labels;
    for (std::string_view label : metric.labels) {
      fmt::format_to(std::back_inserter(labels), "{}`{}`", labels.empty() ? "" : ", ", label);
    }
    fmt::format_to(std::back_inserter(page), "| `{}` | {} | {} | {} | {} |\n", metric.name,
                   to_string(metric.type), metric.unit, labels, metric.help);
  }
  page += identities;
  return page;
}

}  // namespace weir::metrics
