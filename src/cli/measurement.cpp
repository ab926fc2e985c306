#include "cli/measurement.hpp"

#include <algorithm>

#include "os/allocations.hpp"
#include "os/cpus.hpp"
#include "os/memory.hpp"

namespace weir::cli {

namespace {

constexpr Duration warm_up_most = std::chrono::seconds(1);

/// Below this rate every packet is sampled, above it one in so many: enough to measure by, few
/// enough not to be measured themselves.
constexpr double sample_all_below_pps = 20'000;
constexpr unsigned sample_one_in = 1024;

double rate(std::uint64_t packets, Duration time) {
  return static_cast<double>(packets) / std::chrono::duration<double>(time).count();
}

}  // namespace

Measurement::Measurement(runtime::Network& network)
    : network_(network), cpu_begin_(os::processor_time()) {
  network_.sample_latency(1);
}

Measurement::Mark Measurement::mark(const runtime::NetworkSnapshot& network) const {
  Mark mark;
  mark.at = std::max(Duration(1), Duration(Clock::now() - begin_));
  mark.sent = packets_from_sources(network);
  if (const auto allocations = os::allocations()) {
    // What this thread asks for is for the measuring.
    mark.allocations = *allocations - os::allocations_of_this_thread() + network.pool_allocations;
  }
  return mark;
}

void Measurement::tick() {
  if (end_) return;
  const Mark now = mark(network_.snapshot());
  const bool all = rate(now.sent - last_.sent, now.at - last_.at) < sample_all_below_pps;
  network_.sample_latency(all ? 1 : sample_one_in);
  // All were sampled until the rate was known; the start would outweigh what follows.
  if (!all && last_.at == Duration::zero()) network_.latency().clear();
  const bool warm = !marks_.empty() && marks_.back().at >= warm_up_most && marks_.back().sent > 0;
  if (!warm) marks_.push_back(now);
  last_ = now;
}

void Measurement::stop() {
  if (end_) return;
  at_end_ = network_.snapshot();
  end_ = mark(at_end_);
}

std::optional<double> Measurement::allocations_per_packet() const {
  const Duration warm_up = std::min(warm_up_most, end_->at / 5);
  const auto begin = std::ranges::find_if(
      marks_, [&](const Mark& mark) { return mark.at >= warm_up && mark.sent > 0; });
  if (begin == marks_.end() || begin->sent == end_->sent || !end_->allocations) return {};
  return static_cast<double>(*end_->allocations - *begin->allocations) /
         static_cast<double>(end_->sent - begin->sent);
}

BenchResult Measurement::result() {
  stop();
  BenchResult result;
  result.measured = end_->at;
  result.throughput_pps = rate(end_->sent, end_->at);
  for (const auto& [name, packets] : packets_into_sinks(at_end_)) {
    result.sinks.emplace_back(name, rate(packets, end_->at));
  }
  const runtime::LatencyLog& latency = network_.latency();
  result.latency_p50 = latency.percentile(0.5);
  result.latency_p99 = latency.percentile(0.99);
  result.latency_p999 = latency.percentile(0.999);
  result.latency_samples = latency.count();
  result.allocations_per_packet = allocations_per_packet();
  result.cpu = os::processor_time() - cpu_begin_;
  result.max_rss_bytes = os::peak_resident_bytes();
  return result;
}

}  // namespace weir::cli
