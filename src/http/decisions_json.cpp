#include <fmt/chrono.h>
#include <fmt/format.h>

#include <cmath>
#include <nlohmann/json.hpp>

#include "http/views.hpp"

namespace weir::http {

namespace {

using Json = nlohmann::ordered_json;

std::string moment(double seconds_since_1970) {
  using Clock = std::chrono::system_clock;
  return http::moment(Clock::time_point(std::chrono::duration_cast<Clock::duration>(
      std::chrono::duration<double>(seconds_since_1970))));
}

Json number_or_null(const std::optional<double>& number) {
  return number ? Json(std::round(*number * 10) / 10) : Json(nullptr);
}

Json decision_json(const tuning::Decision& decision) {
  Json json{{"id", decision.id}, {"time", moment(decision.time_s)}};
  if (decision.process.empty()) {
    json["connection"] = decision.connection;
  } else {
    json["process"] = decision.process;
  }
  json["what"] = decision.what;
  json["from"] = decision.from;
  json["to"] = decision.to;
  json["why"] = decision.why;
  json["predicted"] = number_or_null(decision.predicted_pps);
  json["measured"] = number_or_null(decision.measured_pps);
  json["undone"] = decision.undone;
  return json;
}

}  // namespace

std::string moment(std::chrono::system_clock::time_point time) {
  const auto whole = std::chrono::floor<std::chrono::seconds>(time);
  const auto rest = std::chrono::floor<std::chrono::milliseconds>(time - whole);
  return fmt::format("{:%Y-%m-%dT%H:%M:%S}.{:03}Z",
                     fmt::gmtime(std::chrono::system_clock::to_time_t(whole)), rest.count());
}

std::string decisions_json(const std::vector<tuning::Decision>& decisions) {
  Json list = Json::array();
  for (const tuning::Decision& decision : decisions) list.push_back(decision_json(decision));
  return list.dump(2, ' ', false, nlohmann::json::error_handler_t::replace) + '\n';
}

}  // namespace weir::http
