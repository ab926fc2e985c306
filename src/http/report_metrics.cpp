#include <algorithm>

#include "http/report_route.hpp"

namespace weir::http {

metrics::Diagnosis report_metrics(const diagnosis::Reporter& reporter) {
  const diagnosis::Report report = reporter.report();
  metrics::Diagnosis figures;
  if (report.limit) {
    figures.process = report.limit->process;
    figures.kind = to_string(report.limit->kind);
  }
  for (const diagnosis::ProcessReport& process : report.processes) {
    double gain = 1;
    for (const diagnosis::Proposal& proposal : report.changes) {
      if (proposal.change.name == process.name) gain = std::max(gain, proposal.gain);
    }
    const double needed = report.throughput_pps * process.visits * process.service_s;
    figures.processes.push_back({process.name, gain, needed});
  }
  figures.length_bounds.assign(diagnosis::length_bounds.begin(), diagnosis::length_bounds.end());
  for (const diagnosis::QueueLengths& lengths : reporter.queue_lengths()) {
    figures.lengths.push_back(
        {lengths.connection, {lengths.buckets.begin(), lengths.buckets.end()}, lengths.sum});
  }
  return figures;
}

}  // namespace weir::http
