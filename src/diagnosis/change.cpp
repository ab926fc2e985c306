#include "diagnosis/change.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <stdexcept>
#include <vector>

#include "runtime/network.hpp"
#include "weir/advice.hpp"
#include "weir/units.hpp"

namespace weir::diagnosis {
namespace {

[[noreturn]] void refuse(const std::string& text) {
  throw std::invalid_argument(text);
}

template <class List>
std::size_t find(const List& list, const std::string& name, std::string_view what) {
  std::vector<std::string_view> names;
  for (std::size_t i = 0; i < list.size(); ++i) {
    if (list[i].name == name) return i;
    names.push_back(list[i].name);
  }
  refuse(fmt::format("there is no {} {}{}", what, quote(name), suggestion(name, names)));
}

void check_whole(const std::string& what, double value, double most) {
  if (value < 1 || value > most || value != std::floor(value)) {
    refuse(fmt::format("{} must be a whole number from 1 to {:.0f}", what, most));
  }
}

double parse_number(const std::string& text, const std::string& value) {
  double number = 0;
  const char* const end = value.data() + value.size();
  const auto [at, error] = std::from_chars(value.data(), end, number);
  if (error != std::errc() || at != end || !std::isfinite(number)) {
    refuse(fmt::format("{}: {} is not a number", quote(text), quote(value)));
  }
  return number;
}

// "-50%" is 0.5, "0.5" is 0.5.
double parse_factor(const std::string& text, const std::string& value) {
  if (value.empty() || value.back() != '%') return parse_number(text, value);
  std::string number = value.substr(0, value.size() - 1);
  if (!number.empty() && number.front() == '+') number.erase(0, 1);
  return 1 + parse_number(text, number) / 100;
}

}  // namespace

std::string to_text(const Change& change) {
  switch (change.what) {
    case Change::What::concurrency:
      return fmt::format("{}.concurrency={:.0f}", change.name, change.value);
    case Change::What::service:
      return fmt::format("{}.service={:+.3g}%", change.name, 100 * (change.value - 1));
    case Change::What::rate: return fmt::format("{}.rate={:.6g}/s", change.name, change.value);
    case Change::What::pool_max: return fmt::format("{}.max={:.0f}", change.name, change.value);
    case Change::What::workers: return fmt::format("workers={:.3g}", change.value);
    case Change::What::cores: break;
  }
  return fmt::format("cores={:.3g}", change.value);
}

Change make_change(const std::string& of, const std::string& what, double value,
                   const graph::Graph& graph) {
  Change change;
  change.name = of;
  change.value = value;
  if (what == "workers" || what == "cores") {
    if (value < 1 || value > 1024) refuse(what + " must be a number from 1 to 1024");
    change.what = what == "cores" ? Change::What::cores : Change::What::workers;
    change.name = what;
    return change;
  }
  if (what == "max") {
    check_whole("max", value, 10'000);
    change.what = Change::What::pool_max;
    change.index = find(graph.resources, of, "resource");
    return change;
  }
  change.index = find(graph.processes, of, "process");
  const graph::ProcessModel& process = graph.processes[change.index];
  if (what == "concurrency") {
    check_whole("concurrency", value, 1'000'000);
    if (value > 1 && !runtime::may_share(process)) {
      refuse(fmt::format("{} ({}) handles one packet at a time, so its concurrency is 1", of,
                         process.component->name));
    }
    change.what = Change::What::concurrency;
  } else if (what == "service") {
    if (!(value > 0) || value > 1000) {
      refuse("service is a factor above 0, such as 0.5, or -50% (not -100% or less)");
    }
    change.what = Change::What::service;
  } else if (what == "rate") {
    if (!(value > 0)) refuse("rate must be above 0, such as 1000/s");
    if (!process.rate) refuse(fmt::format("{} has no rate that could be changed", of));
    change.what = Change::What::rate;
  } else {
    refuse(
        fmt::format("{} cannot be changed: possible are concurrency, service and rate of a "
                    "process, max of a resource, workers, and cores of the machine",
                    quote(what)));
  }
  return change;
}

Change parse_change(const std::string& text, const graph::Graph& graph) {
  const std::size_t equals = text.find('=');
  if (equals == std::string::npos) {
    refuse(
        fmt::format("{} is no change: write it as parse.concurrency=4, write.service=-50%, "
                    "ask.rate=2000/s, db.max=20, workers=4 or cores=4",
                    quote(text)));
  }
  const std::string name = text.substr(0, equals);
  const std::string value = text.substr(equals + 1);
  const std::size_t dot = name.rfind('.');
  const std::string of = dot == std::string::npos ? "" : name.substr(0, dot);
  const std::string what = dot == std::string::npos ? name : name.substr(dot + 1);
  if (what == "service") return make_change(of, what, parse_factor(text, value), graph);
  if (what == "rate") {
    const std::optional<double> rate = parse_rate(value);
    return make_change(of, what, rate ? *rate : parse_number(text, value), graph);
  }
  return make_change(of, what, parse_number(text, value), graph);
}

}  // namespace weir::diagnosis
