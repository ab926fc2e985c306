// Durations, sizes and rates as users write them, and the clock's types.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace weir {

using Duration = std::chrono::nanoseconds;
/// A moment of the executor's clock, which is virtual in simulations.
using Time = std::chrono::time_point<std::chrono::steady_clock, Duration>;

/// "250ms", "1.5s", "2m", "1h", "20us", "10ns", "7d", and "0". Nothing if it is none or out of
/// range.
std::optional<Duration> parse_duration(std::string_view text) noexcept;
/// "64KiB", "10MB", "1GiB", "512B", "4096": bytes. K, M, G, T with iB are powers of 1024, with B of
/// 1000.
std::optional<std::uint64_t> parse_size(std::string_view text) noexcept;
/// "1000/s", "5/m", "100/h", "0.5/ms": events a second.
std::optional<double> parse_rate(std::string_view text) noexcept;

/// The shortest exact form with one unit: "250ms", "1.5s".
std::string format_duration(Duration value);
/// "64KiB" if it is a whole number of binary units, else with one decimal place.
std::string format_size(std::uint64_t bytes);

}  // namespace weir
