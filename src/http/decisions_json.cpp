#include <fmt/chrono.h>
#include <fmt/format.h>

#include <cmath>
#include <nlohmann/json.hpp>

#include "http/views.hpp"

namespace weir::http {

namespace {

using Json = nlohmann::ordered_json;

/// RFC 3339, in UTC, with milliseconds.
std::string moment(double seconds_since_1970) {
  const auto whole = static_cast<std::time_t>(std::floor(seconds_since_1970));
  const auto milliseconds =
      static_cast<int>((seconds_since_1970 - std::floor(seconds_since_1970)) * 1000);
  return fmt::format("{:%Y-%m-%dT%H:%M:%S}.{:03}Z", fmt::gmtime(whole), milliseconds);
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

std::string decisions_json(const std::vector<tuning::Decision>& decisions) {
  Json list = Json::array();
  for (const tuning::Decision& decision : decisions) list.push_back(decision_json(decision));
  return list.dump(2, ' ', false, nlohmann::json::error_handler_t::replace) + '\n';
}

}  // namespace weir::http
