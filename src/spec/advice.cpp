#include "weir/advice.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <vector>

#include "weir/units.hpp"

namespace weir {
namespace {

constexpr std::size_t shown_bytes = 60;
constexpr std::size_t listed_words = 12;

char lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

/// Edits (insert, delete, replace, swap of neighbours) from one word to the other, capitals
/// ignored. Stops early and answers `limit + 1` when it cannot be `limit` or less.
std::size_t distance(std::string_view left, std::string_view right, std::size_t limit) {
  if (std::max(left.size(), right.size()) - std::min(left.size(), right.size()) > limit) {
    return limit + 1;
  }
  std::vector<std::size_t> before(right.size() + 1);
  std::vector<std::size_t> last(right.size() + 1);
  std::vector<std::size_t> row(right.size() + 1);
  for (std::size_t j = 0; j <= right.size(); ++j) last[j] = j;
  for (std::size_t i = 1; i <= left.size(); ++i) {
    row[0] = i;
    std::size_t least = i;
    for (std::size_t j = 1; j <= right.size(); ++j) {
      const bool same = lower(left[i - 1]) == lower(right[j - 1]);
      row[j] = std::min({last[j] + 1, row[j - 1] + 1, last[j - 1] + (same ? 0 : 1)});
      if (i > 1 && j > 1 && lower(left[i - 1]) == lower(right[j - 2]) &&
          lower(left[i - 2]) == lower(right[j - 1])) {
        row[j] = std::min(row[j], before[j - 2] + 1);
      }
      least = std::min(least, row[j]);
    }
    if (least > limit) return limit + 1;
    before.swap(last);
    last.swap(row);
  }
  return last[right.size()];
}

/// The part of an "area/name" behind the slash; the word itself without one.
std::string_view base_name(std::string_view word) {
  return word.substr(word.rfind('/') + 1);
}

}  // namespace

std::string quote(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    // Not between the bytes of one character.
    const bool continues = (static_cast<unsigned char>(c) & 0xC0U) == 0x80U;
    if (out.size() > shown_bytes && !continues) return out + "...\"";
    if (c == '\n') {
      out += "\\n";
    } else if (c == '\t') {
      out += "\\t";
    } else if (static_cast<unsigned char>(c) < 0x20 || c == 0x7F) {
      out += fmt::format("\\x{:02x}", static_cast<unsigned char>(c));
    } else if (c == '"' || c == '\\') {
      out += {'\\', c};
    } else {
      out += c;
    }
  }
  return out + '"';
}

std::string describe(const Setting& setting) {
  switch (setting.kind) {
    case Setting::Kind::null: return "nothing";
    case Setting::Kind::boolean: return setting.boolean ? "true" : "false";
    case Setting::Kind::integer:
    case Setting::Kind::number: return "the number " + setting.text;
    case Setting::Kind::text: return "the text " + quote(setting.text);
    case Setting::Kind::list: return "a list";
    case Setting::Kind::map: return "a map";
  }
  return {};
}

std::string_view describe_kind(const Setting& setting) noexcept {
  switch (setting.kind) {
    case Setting::Kind::null: return "nothing";
    case Setting::Kind::boolean: return "true or false";
    case Setting::Kind::integer:
    case Setting::Kind::number: return "a number";
    case Setting::Kind::text: return "a text";
    case Setting::Kind::list: return "a list";
    case Setting::Kind::map: return "a map";
  }
  return {};
}

std::string_view closest(std::string_view word, std::span<const std::string_view> known) {
  const std::size_t limit = std::clamp<std::size_t>(word.size() / 3, 1, 3);
  std::string_view best;
  std::size_t best_distance = limit + 1;
  for (const std::string_view candidate : known) {
    const std::size_t found = distance(word, candidate, limit);
    // A word of one or two letters is near to every other such word.
    if (found < best_distance && found < std::max(word.size(), candidate.size())) {
      best_distance = found;
      best = candidate;
    }
  }
  if (best.empty() && !word.empty()) {
    for (const std::string_view candidate : known) {
      if (candidate.find('/') != std::string_view::npos &&
          base_name(candidate) == base_name(word)) {
        best = candidate;
        break;
      }
    }
  }
  return best;
}

std::string suggestion(std::string_view word, std::span<const std::string_view> known) {
  const std::string_view best = closest(word, known);
  if (!best.empty()) return fmt::format("; did you mean \"{}\"?", best);
  if (known.empty() || known.size() > listed_words) return {};
  return fmt::format("; possible {} {}", known.size() == 1 ? "is" : "are", fmt::join(known, ", "));
}

std::string format_bound(OptionType type, double bound) {
  switch (type) {
    case OptionType::duration:
      return format_duration(
          std::chrono::duration_cast<Duration>(std::chrono::duration<double>(bound)));
    case OptionType::size: return format_size(static_cast<std::uint64_t>(bound));
    case OptionType::rate: return fmt::format("{}/s", bound);
    default: return fmt::format("{}", bound);
  }
}

}  // namespace weir
