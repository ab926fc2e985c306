#include "graph/numbers.hpp"

#include <fmt/format.h>

#include "weir/advice.hpp"

namespace weir::graph {

std::optional<std::int64_t> read_whole(const Setting& setting, std::string_view what,
                                       std::int64_t min, std::int64_t max, Problems& problems) {
  if (setting.kind == Setting::Kind::integer && setting.integer >= min && setting.integer <= max) {
    return setting.integer;
  }
  std::string text = fmt::format("{} must be a whole number from {} to {}, not {}", what, min, max,
                                 describe(setting));
  if (setting.quoted && Setting::plain(setting.text).kind == Setting::Kind::integer) {
    text += "; remove the quotes";
  }
  problems.error(setting.at, std::move(text));
  return {};
}

}  // namespace weir::graph
