#include "graph/rate.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "graph/keys.hpp"
#include "graph/numbers.hpp"
#include "weir/advice.hpp"
#include "weir/units.hpp"

namespace weir::graph {
namespace {

/// What may pass at once unless the file says otherwise: so much of a second. Few enough that what
/// comes after sees an even flow, enough that a worker handles batches.
constexpr double usual_burst_s = 0.01;

std::optional<double> read_per_second(const Setting& value, Problems& problems) {
  constexpr std::string_view form = "rate must be packets in a time, such as 1000/s, 5/m or 0.5/ms";
  if (value.kind == Setting::Kind::integer && value.integer > 0) {
    problems.error(value.at, fmt::format("{}, not {}; write {}/s if a second is meant", form,
                                         describe(value), value.integer));
    return {};
  }
  const auto rate =
      value.kind == Setting::Kind::text ? parse_rate(value.text) : std::optional<double>();
  const bool zero =
      (rate && *rate == 0) || (value.kind == Setting::Kind::integer && value.integer == 0);
  if (zero) {
    problems.error(value.at,
                   "a rate of 0 would never let a packet pass; write how many may, such as 1/m, or "
                   "leave rate out: then nothing limits the process");
    return {};
  }
  if (!rate) {
    const bool negative = value.is_scalar() && value.text.starts_with('-');
    problems.error(value.at, fmt::format("{}, not {}{}", form, describe(value),
                                         negative ? "; it is always above 0" : ""));
    return {};
  }
  if (*rate < rate_min || *rate > rate_max) {
    problems.error(value.at, fmt::format("rate {} is out of range: it may be from 0.1/d to "
                                         "{:.0f}/s; leave rate out for no limit",
                                         value.text, rate_max));
    return {};
  }
  return rate;
}

}  // namespace

std::optional<Rate> read_rate(const Setting& value, const ComponentSpec* component,
                              Problems& problems) {
  const Setting* per_second = &value;
  const Setting* burst = nullptr;
  if (!value.is_scalar()) {
    if (!check_keys(value, Map::rate, "rate", problems)) return {};
    per_second = value_of(value, "rate");
    burst = value_of(value, "burst");
  }
  const unsigned least = component != nullptr ? component->least_input : 1;
  bool holds = true;
  std::int64_t given = 0;
  if (burst != nullptr) {
    given = read_whole(*burst, "rate.burst", 1, rate_burst_max, problems).value_or(0);
    holds = given >= least;
    if (given != 0 && !holds) {
      problems.error(burst->at, fmt::format("rate.burst {} is less than {} needs at once to go on: "
                                            "{} would do",
                                            given, component->name, least));
    }
  }
  const auto read = per_second != nullptr ? read_per_second(*per_second, problems) : std::nullopt;
  if (!read || !holds) return {};
  const auto usual = static_cast<std::uint64_t>(*read * usual_burst_s);
  return Rate{*read, given != 0 ? static_cast<std::uint64_t>(given)
                                : std::max<std::uint64_t>({usual, least, 1})};
}

}  // namespace weir::graph
