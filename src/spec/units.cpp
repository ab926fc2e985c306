#include "weir/units.hpp"

#include <fmt/format.h>

#include <array>
#include <charconv>
#include <limits>

namespace weir {
namespace {

__extension__ typedef unsigned __int128 Wide;

struct Unit {
  std::string_view name;
  std::uint64_t factor;
};

constexpr std::array<Unit, 7> time_units{{{"ns", 1},
                                          {"us", 1'000},
                                          {"ms", 1'000'000},
                                          {"s", 1'000'000'000},
                                          {"m", 60'000'000'000},
                                          {"h", 3'600'000'000'000},
                                          {"d", 86'400'000'000'000}}};

constexpr std::array<Unit, 11> size_units{{{"", 1},
                                           {"B", 1},
                                           {"KiB", 1ULL << 10},
                                           {"MiB", 1ULL << 20},
                                           {"GiB", 1ULL << 30},
                                           {"TiB", 1ULL << 40},
                                           {"KB", 1'000},
                                           {"kB", 1'000},
                                           {"MB", 1'000'000},
                                           {"GB", 1'000'000'000},
                                           {"TB", 1'000'000'000'000}}};

template <std::size_t n>
std::optional<std::uint64_t> factor_of(const std::array<Unit, n>& units, std::string_view name) {
  for (const Unit& unit : units) {
    if (unit.name == name) return unit.factor;
  }
  return {};
}

/// Length of the decimal number (digits, at most one dot between digits) that `text` starts with.
std::size_t number_length(std::string_view text) {
  std::size_t length = 0;
  const auto digits = [&] {
    const std::size_t first = length;
    while (length < text.size() && text[length] >= '0' && text[length] <= '9') ++length;
    return length - first;
  };
  if (digits() == 0) return 0;
  if (length < text.size() && text[length] == '.') {
    ++length;
    if (digits() == 0) return 0;
  }
  return length;
}

/// number x factor in whole units, rounded; exact, unlike arithmetic with doubles.
std::optional<std::uint64_t> multiply(std::string_view number, std::uint64_t factor) {
  const std::size_t dot = number.find('.');
  const std::string_view whole = number.substr(0, dot);
  std::uint64_t units = 0;
  const auto [end, error] = std::from_chars(whole.data(), whole.data() + whole.size(), units);
  if (error != std::errc()) return {};
  Wide total = Wide(units) * factor;
  if (dot != std::string_view::npos) {
    // 18 decimal places are finer than any factor above.
    const std::string_view digits = number.substr(dot + 1, 18);
    std::uint64_t fraction = 0;
    std::from_chars(digits.data(), digits.data() + digits.size(), fraction);
    std::uint64_t scale = 1;
    for (std::size_t i = 0; i < digits.size(); ++i) scale *= 10;
    total += (Wide(fraction) * factor + scale / 2) / scale;
  }
  if (total > std::numeric_limits<std::uint64_t>::max()) return {};
  return static_cast<std::uint64_t>(total);
}

/// `value` as a decimal number of `factor`, if that takes no more than nine places.
std::optional<std::string> exact(std::uint64_t value, std::uint64_t factor) {
  std::string text = std::to_string(value / factor);
  std::uint64_t rest = value % factor;
  if (rest == 0) return text;
  text += '.';
  for (int places = 0; rest != 0; ++places) {
    if (places == 9) return {};
    const Wide next = Wide(rest) * 10;
    text += static_cast<char>('0' + static_cast<int>(next / factor));
    rest = static_cast<std::uint64_t>(next % factor);
  }
  return text;
}

}  // namespace

std::optional<Duration> parse_duration(std::string_view text) noexcept {
  if (text == "0") return Duration::zero();
  const std::size_t length = number_length(text);
  if (length == 0) return {};
  const auto factor = factor_of(time_units, text.substr(length));
  if (!factor) return {};
  const auto value = multiply(text.substr(0, length), *factor);
  if (!value || *value > static_cast<std::uint64_t>(Duration::max().count())) return {};
  return Duration(static_cast<Duration::rep>(*value));
}

std::optional<std::uint64_t> parse_size(std::string_view text) noexcept {
  const std::size_t length = number_length(text);
  if (length == 0) return {};
  const std::string_view unit = text.substr(length);
  const auto factor = factor_of(size_units, unit);
  if (!factor) return {};
  // There is no part of a byte.
  if (*factor == 1 && text.substr(0, length).find('.') != std::string_view::npos) return {};
  return multiply(text.substr(0, length), *factor);
}

std::optional<double> parse_rate(std::string_view text) noexcept {
  const std::size_t length = number_length(text);
  if (length == 0 || length == text.size() || text[length] != '/') return {};
  const auto period = factor_of(time_units, text.substr(length + 1));
  if (!period) return {};
  double events = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + length, events);
  if (error != std::errc()) return {};
  // Whole numbers a second stay exact this way round.
  return *period >= 1'000'000'000 ? events / (static_cast<double>(*period) / 1e9)
                                  : events * (1e9 / static_cast<double>(*period));
}

std::string format_duration(Duration value) {
  if (value == Duration::zero()) return "0s";
  const bool negative = value < Duration::zero();
  const auto count = static_cast<std::uint64_t>(value.count());
  const std::uint64_t nanoseconds = negative ? 0 - count : count;
  std::string best;
  bool best_whole = false;
  for (const Unit& unit : time_units) {
    const auto number = exact(nanoseconds, unit.factor);
    if (!number) continue;
    const bool whole = number->find('.') == std::string::npos;
    std::string text = *number + std::string(unit.name);
    if (best.empty() || text.size() < best.size() ||
        (text.size() == best.size() && whole && !best_whole)) {
      best = std::move(text);
      best_whole = whole;
    }
  }
  return negative ? "-" + best : best;
}

std::string format_size(std::uint64_t bytes) {
  static constexpr std::array<std::string_view, 5> names{"B", "KiB", "MiB", "GiB", "TiB"};
  std::size_t unit = 0;
  while (unit + 1 < names.size() && bytes >> (10 * (unit + 1)) != 0) ++unit;
  const std::uint64_t factor = std::uint64_t{1} << (10 * unit);
  if (bytes % factor == 0) return fmt::format("{}{}", bytes / factor, names[unit]);
  const double number = static_cast<double>(bytes) / static_cast<double>(factor);
  return fmt::format("{:.1f}{}", number, names[unit]);
}

}  // namespace weir
