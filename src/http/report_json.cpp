#include <cmath>
#include <nlohmann/json.hpp>
#include <stdexcept>

#include "diagnosis/words.hpp"
#include "http/report_route.hpp"

namespace weir::http {

namespace {

using Json = nlohmann::ordered_json;
using diagnosis::Change;
using diagnosis::Kind;
using diagnosis::Limit;
using diagnosis::Report;

/// Six significant digits are more than any of these figures has.
double rounded(double value) {
  if (value == 0 || !std::isfinite(value)) return 0;
  const double scale = std::pow(10, 5 - std::floor(std::log10(std::abs(value))));
  return std::round(value * scale) / scale;
}

Json name_or_null(const std::string& name) {
  return name.empty() ? Json(nullptr) : Json(name);
}

Json brief(const Limit& limit) {
  Json json{{"process", name_or_null(limit.process)}, {"kind", to_string(limit.kind)}};
  if (!limit.resource.empty()) json["resource"] = limit.resource;
  return json;
}

Json limit_json(const Limit& limit) {
  Json json = brief(limit);
  json["confidence"] = rounded(limit.confidence);
  if (!limit.doubt.empty()) json["doubt"] = limit.doubt;
  json["explanation"] = limit.explanation;
  if (limit.kind == Kind::deadlock) json["cycle"] = limit.cycle;
  return json;
}

Json change_json(const Change& change) {
  const double value = rounded(change.value);
  switch (change.what) {
    case Change::What::concurrency:
      return {{"process", change.name}, {"concurrency", static_cast<std::uint64_t>(change.value)}};
    case Change::What::service: return {{"process", change.name}, {"service", value}};
    case Change::What::rate: return {{"process", change.name}, {"rate", value}};
    case Change::What::pool_max:
      return {{"resource", change.name}, {"max", static_cast<std::uint64_t>(change.value)}};
    case Change::What::workers: return {{"workers", value}};
    case Change::What::cores: break;
  }
  return {{"cores", value}};
}

Json process_json(const diagnosis::ProcessReport& process) {
  Json state = Json::object();
  for (std::size_t i = 0; i < runtime::unit_states; ++i) {
    state[std::string(runtime::unit_state_words[i])] = rounded(process.state[i]);
  }
  return {
      {"name", process.name},
      {"state", std::move(state)},
      {"service_us", rounded(1e6 * process.service_s)},
      {"visits", rounded(process.visits)},
      {"capacity_pps", process.capacity_pps ? Json(rounded(*process.capacity_pps)) : Json(nullptr)},
      {"throughput_pps", rounded(process.throughput_pps)},
      {"concurrency", process.concurrency},
      {"concurrency_max", process.concurrency_max},
      {"errors", process.errors}};
}

Json machine_json(const diagnosis::MachineReport& machine) {
  return {
      {"processors", rounded(machine.processors)},
      {"cores", rounded(machine.cores)},
      {"used", rounded(machine.used)},
      {"taken", rounded(machine.taken)},
      {"pressure", machine.pressure ? Json(rounded(*machine.pressure)) : Json(nullptr)},
      {"without_pps", machine.without_pps ? Json(rounded(*machine.without_pps)) : Json(nullptr)}};
}

Json symptom_json(const diagnosis::Symptom& symptom) {
  Json json{{"type", symptom.type}};
  if (symptom.connection.empty()) {
    json["process"] = symptom.process;
  } else {
    json["connection"] = symptom.connection;
  }
  json["value"] = rounded(symptom.value);
  json["threshold"] = rounded(symptom.threshold);
  json["caused_by"] = name_or_null(symptom.caused_by);
  return json;
}

Json changes_json(const Report& report) {
  Json changes = Json::array();
  for (const diagnosis::Proposal& proposal : report.changes) {
    changes.push_back({{"change", change_json(proposal.change)},
                       {"throughput_pps", rounded(proposal.throughput_pps)},
                       {"gain", rounded(proposal.gain)},
                       {"then", proposal.then ? brief(*proposal.then) : Json(nullptr)}});
  }
  return changes;
}

Json verification_json(const diagnosis::Verification& verification) {
  return {{"state", verification.running ? "running" : "done"},
          {"change", change_json(verification.change)},
          {"from", verification.from},
          {"before_pps", rounded(verification.before_pps)},
          {"predicted_pps", rounded(verification.predicted_pps)},
          {"measured_pps",
           verification.running ? Json(nullptr) : Json(rounded(verification.measured_pps))},
          {"undone", verification.undone},
          {"text", verification.text}};
}

/// Each costs a solution of the model.
constexpr std::size_t changes_max = 256;

void add_change(ReportRequest& request, Change change) {
  if (request.changes.size() == changes_max) {
    throw std::invalid_argument("there are more than " + std::to_string(changes_max) +
                                " changes; ask for fewer at a time");
  }
  request.changes.push_back(std::move(change));
}

}  // namespace

std::string report_json(const Report& report) {
  Json json{{"generation", report.generation},
            {"window_s", rounded(report.window_s)},
            {"throughput_pps", rounded(report.throughput_pps)},
            {"limit", report.limit ? limit_json(*report.limit) : Json(nullptr)}};
  if (!report.limit) json["reason"] = to_string(report.reason);
  if (!report.asked.empty()) {
    json["if"] = Json::array();
    for (const Change& change : report.asked) json["if"].push_back(change_json(change));
  }
  json["machine"] = machine_json(report.machine);
  json["sources"] = Json::array();
  for (const diagnosis::SourceReport& source : report.sources) {
    json["sources"].push_back({{"name", source.name},
                               {"throughput_pps", rounded(source.throughput_pps)},
                               {"limit", name_or_null(source.limit)}});
  }
  json["changes"] = changes_json(report);
  json["processes"] = Json::array();
  for (const auto& process : report.processes) json["processes"].push_back(process_json(process));
  json["symptoms"] = Json::array();
  for (const auto& symptom : report.symptoms) json["symptoms"].push_back(symptom_json(symptom));
  if (report.verification) json["verification"] = verification_json(*report.verification);
  return json.dump(2, ' ', false, nlohmann::json::error_handler_t::replace) + '\n';
}

ReportRequest read_report_request(std::string_view body, const graph::Graph& graph) {
  ReportRequest request;
  const Json json = Json::parse(body, nullptr, false);
  if (!json.is_object()) {
    throw std::invalid_argument(
        "the body must be a JSON object such as {\"if\": [{\"process\": \"parse\", "
        "\"concurrency\": 4}]}");
  }
  for (const auto& [key, value] : json.items()) {
    if (key == "verify" && value.is_boolean()) {
      request.verify = value.get<bool>();
      continue;
    }
    if (key != "if" || !value.is_array()) {
      throw std::invalid_argument("possible are \"if\", a list of changes, and \"verify\", true");
    }
    for (const Json& change : value) {
      if (change.is_string()) {
        add_change(request, diagnosis::parse_change(change.get<std::string>(), graph));
        continue;
      }
      if (!change.is_object()) throw std::invalid_argument("a change must be an object or a text");
      std::string of;
      for (const auto& [name, each] : change.items()) {
        if ((name == "process" || name == "resource") && each.is_string()) of = each;
      }
      bool any = false;
      for (const auto& [name, each] : change.items()) {
        if (name == "process" || name == "resource") continue;
        if (!each.is_number()) {
          throw std::invalid_argument("\"" + name + "\" of a change must be a number");
        }
        any = true;
        add_change(request, diagnosis::make_change(of, name, each.get<double>(), graph));
      }
      if (!any) {
        throw std::invalid_argument(
            "a change needs what is to change: concurrency, service or rate of a process, max of "
            "a resource, workers, or cores");
      }
    }
  }
  if (request.verify && !request.changes.empty()) {
    throw std::invalid_argument("give either \"if\" or \"verify\", not both");
  }
  if (!request.verify && request.changes.empty()) {
    throw std::invalid_argument("nothing is asked: give \"if\", a list of changes, or \"verify\"");
  }
  return request;
}

}  // namespace weir::http
