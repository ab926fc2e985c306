// The words of the graph file: which keys each of its maps has, and what is promised but not part
// of this version. Validation and the JSON Schema both read these tables.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "weir/setting.hpp"
#include "weir/units.hpp"

namespace weir::graph {

/// One key of a map.
struct Key {
  std::string_view name;
  std::string_view doc;
  /// JSON Schema of its value, beside the description.
  std::string_view schema;
  bool required = false;
};

/// The maps of a graph file.
enum class Map : std::uint8_t {
  top,
  runtime,
  admin,
  resource,
  process,
  concurrency,
  rate,
  connection,
  capacity,
  overflow,
  tuning,
  thresholds
};

std::span<const Key> keys(Map map) noexcept;
/// How messages call the map: "a graph file", "a process", ...
std::string_view title(Map map) noexcept;

/// Values of `on_error`, `order` and `overflow.then`.
std::span<const std::string_view> on_error_words() noexcept;
std::span<const std::string_view> order_words() noexcept;
std::span<const std::string_view> then_words() noexcept;

/// Bounds of numbers in a graph file.
inline constexpr std::int64_t capacity_max = 1'048'576;
inline constexpr std::int64_t overflow_limit_max = 1'000'000'000;
inline constexpr std::uint64_t overflow_bytes_max = std::uint64_t{1024} << 40;
inline constexpr std::int64_t concurrency_max = 1024;
inline constexpr std::int64_t workers_max = 1024;
inline constexpr std::int64_t max_concurrency_max = 1'000'000;
inline constexpr Duration tick_min = std::chrono::milliseconds(10);
inline constexpr Duration tick_max = std::chrono::seconds(10);
/// Packets a second: from 0.1/d to as many as no clock could tell apart.
inline constexpr std::int64_t queue_length_max = 1'000'000'000;
inline constexpr double rate_min = 0.1 / 86'400;
inline constexpr double rate_max = 1e9;
inline constexpr std::int64_t rate_burst_max = 1'000'000'000;
inline constexpr std::int64_t pool_max = 10'000;
inline constexpr std::size_t connections_max = 250'000;
inline constexpr unsigned elements_max = 1024;

/// Pattern of the names of graphs, processes and resources.
inline constexpr std::string_view name_pattern = "[A-Za-z_][A-Za-z0-9_-]*";
bool is_name(std::string_view text) noexcept;

/// Something that the graph file's format has and this version of the program has not.
enum class Feature : std::uint8_t { initial_on_array_port };

/// The message if the feature is not available yet, else empty: the only thing to change here when
/// one is built is to delete its row (and to give its key a row in the table of its map).
std::string_view unavailable(Feature feature) noexcept;
/// The same for a key or a word of a map; empty if the format has no such word or it is available.
std::string_view unavailable(Map map, std::string_view word) noexcept;

/// Checks that `setting` is a map that has no keys but those of the table, and those that it must
/// have. False if it is no map, so that there is nothing to read in it. A key that is missing
/// because it is misspelt is reported once. `what` is how the message calls this one: `process
/// "read"`.
bool check_keys(const Setting& setting, Map map, std::string_view what, Problems& problems);

/// The value of a key, or nullptr if it is absent or empty.
const Setting* value_of(const Setting& map, std::string_view key) noexcept;

/// Keys that are unknown but near to a known one, as what they were probably meant to be.
std::vector<std::string_view> misspelt_keys(const Setting& setting, Map map);

}  // namespace weir::graph
