#include "graph/connection_settings.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "graph/keys.hpp"
#include "graph/numbers.hpp"
#include "weir/advice.hpp"
#include "weir/units.hpp"

namespace weir::graph {
namespace {

/// What a queued packet takes at the least: its cell in the pool.
constexpr std::uint64_t packet_bytes = 64;

class SettingsReader {
 public:
  SettingsReader(const LoadLimits& limits, Problems& problems)
      : limits_(limits), problems_(problems) {}

  ConnectionSettings read(const Setting& connection) {
    ConnectionSettings settings;
    if (const Setting* value = value_of(connection, "capacity")) {
      settings.capacity_at = value->at;
      read_capacity(*value, settings.capacity);
    }
    if (const Setting* value = value_of(connection, "overflow")) read_overflow(*value, settings);
    return settings;
  }

 private:
  void read_capacity(const Setting& value, Capacity& capacity) {
    if (value.kind == Setting::Kind::text && value.text == "auto") return;
    if (value.kind == Setting::Kind::text &&
        Setting::plain(value.text).kind == Setting::Kind::text) {
      problems_.error(value.at,
                      fmt::format("capacity must be auto, a whole number from 1 to {}, or "
                                  "a map with min and max, not {}",
                                  capacity_max, describe(value)));
      return;
    }
    if (value.kind != Setting::Kind::map) {
      capacity.fixed = read_bound(value, "capacity");
      return;
    }
    if (!check_keys(value, Map::capacity, "capacity", problems_)) return;
    if (const Setting* bound = value_of(value, "min")) {
      capacity.min = read_bound(*bound, "capacity.min");
    }
    if (const Setting* bound = value_of(value, "max")) {
      capacity.max = read_bound(*bound, "capacity.max");
    }
    if (capacity.min && capacity.max && *capacity.min > *capacity.max) {
      problems_.error(value.at, fmt::format("capacity.min {} is greater than capacity.max {}",
                                            *capacity.min, *capacity.max));
    }
  }

  std::optional<std::uint32_t> read_bound(const Setting& value, std::string_view what) {
    const auto number = read_whole(value, what, 1, capacity_max, problems_);
    if (!number) return {};
    check_packets(value.at, what, static_cast<std::uint64_t>(*number));
    return static_cast<std::uint32_t>(*number);
  }

  void read_overflow(const Setting& value, ConnectionSettings& settings) {
    if (!check_keys(value, Map::overflow, "overflow", problems_)) return;
    if (const Setting* limit = value_of(value, "limit")) read_limit(*limit, settings.overflow);
    if (const Setting* then = value_of(value, "then")) {
      settings.then_at = then->at;
      read_then(*then, settings.overflow);
    }
  }

  void read_limit(const Setting& value, Overflow& overflow) {
    const bool number_in_quotes =
        value.quoted && Setting::plain(value.text).kind == Setting::Kind::integer;
    if (value.kind == Setting::Kind::integer && value.integer >= 1 &&
        value.integer <= overflow_limit_max) {
      overflow.limit = static_cast<std::uint64_t>(value.integer);
      check_packets(value.at, "overflow.limit", *overflow.limit);
      return;
    }
    if (value.kind == Setting::Kind::text && !number_in_quotes) {
      const auto bytes = parse_size(value.text);
      if (bytes && *bytes >= 1 && *bytes <= overflow_bytes_max) {
        overflow.limit = *bytes;
        overflow.in_bytes = true;
        check_bytes(value.at, value.text, *bytes);
        return;
      }
    }
    problems_.error(
        value.at, fmt::format("overflow.limit must be a whole number of packets from 1 to {}, or "
                              "bytes with a unit, such as 64KiB, up to {}, not {}{}",
                              overflow_limit_max, format_size(overflow_bytes_max), describe(value),
                              number_in_quotes ? "; remove the quotes" : ""));
  }

  void read_then(const Setting& value, Overflow& overflow) {
    const auto words = then_words();
    const auto found = std::find(words.begin(), words.end(), value.text);
    if (value.kind == Setting::Kind::text && found != words.end()) {
      overflow.then = static_cast<Then>(found - words.begin());
      return;
    }
    problems_.error(value.at, fmt::format("overflow.then cannot be {}{}",
                                          value.is_scalar() ? quote(value.text) : describe(value),
                                          suggestion(value.text, words)));
  }

  void check_packets(Location at, std::string_view what, std::uint64_t packets) {
    if (!limits_.memory || packets <= *limits_.memory / packet_bytes) return;
    problems_.error(at, fmt::format("{} {} cannot be held: so many packets take {} at the least, "
                                    "and weir may use {} of memory; {} would fit",
                                    what, packets, format_size(packets * packet_bytes),
                                    format_size(*limits_.memory), *limits_.memory / packet_bytes));
  }

  void check_bytes(Location at, std::string_view given, std::uint64_t bytes) {
    if (!limits_.memory || bytes <= *limits_.memory) return;
    // Rounded down to a form that can be written in the file.
    const std::uint64_t mebibytes = *limits_.memory >> 20;
    problems_.error(at, fmt::format("overflow.limit {} cannot be held: weir may use {} of memory; "
                                    "{} would fit",
                                    given, format_size(*limits_.memory),
                                    mebibytes > 0 ? fmt::format("{}MiB", mebibytes)
                                                  : fmt::format("{}B", *limits_.memory)));
  }

  const LoadLimits& limits_;
  Problems& problems_;
};

}  // namespace

ConnectionSettings read_connection_settings(const Setting& connection, const LoadLimits& limits,
                                            Problems& problems) {
  return SettingsReader(limits, problems).read(connection);
}

std::string_view word(Then then) noexcept {
  return then_words()[static_cast<std::size_t>(then)];
}

}  // namespace weir::graph
