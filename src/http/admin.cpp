#include "http/admin.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <optional>
#include <utility>

#include "http/dashboard.hpp"
#include "http/events.hpp"
#include "http/handshake.hpp"
#include "http/report_route.hpp"
#include "http/stream.hpp"
#include "http/views.hpp"
#include "metrics/collector.hpp"
#include "metrics/exposition.hpp"

namespace weir::http {

namespace {

using runtime::NetworkSnapshot;
using runtime::Phase;

Response json_response(int status, const nlohmann::ordered_json& body) {
  Response response;
  response.status = status;
  response.body = body.dump(2, ' ', false, nlohmann::json::error_handler_t::replace) + '\n';
  return response;
}

/// Why the network is not ready; empty if it is.
std::string unready_reason(const NetworkSnapshot& network) {
  switch (network.phase) {
    case Phase::starting: return "the network is starting";
    case Phase::draining: return "the network is draining: it finishes what is in flight and stops";
    case Phase::failed:
      return network.failure.empty() ? "the network has failed"
                                     : "the network has failed: " + network.failure;
    case Phase::running:
    case Phase::ended: break;
  }
  return {};
}

/// What processes say keeps them from their work. It makes nobody unready by itself.
void add_troubles(const NetworkSnapshot& network, nlohmann::ordered_json& body) {
  for (const runtime::ProcessSnapshot& process : network.processes) {
    if (process.health.text.empty()) continue;
    body["troubles"].push_back({{"process", process.name},
                                {"text", process.health.text},
                                {"for_s", process.health.for_s}});
  }
}

Response metrics_text(const AdminSources& sources, std::string_view type) {
  std::function<metrics::Diagnosis()> diagnosis;
  if (sources.reporter != nullptr) {
    diagnosis = [&] { return report_metrics(*sources.reporter); };
  }
  const metrics::Collector collector(sources.network, sources.program, std::move(diagnosis));
  Response response;
  response.content_type = type;
  response.body = type == metrics::openmetrics_content_type
                      ? metrics::to_openmetrics(collector.Collect())
                      : metrics::to_prometheus(collector.Collect());
  return response;
}

Response live(const AdminSources& sources) {
  std::string reason = sources.stuck();
  if (reason.empty()) {
    const std::string process =
        sources.stuck_process ? sources.stuck_process() : sources.network().stuck;
    if (!process.empty()) reason = fmt::format("process {} is stuck inside one step", process);
  }
  if (reason.empty()) return json_response(200, {{"live", true}});
  return json_response(503, {{"live", false}, {"reason", reason}});
}

Response ready(const AdminSources& sources) {
  const NetworkSnapshot network = sources.network();
  std::string reason = unready_reason(network);
  std::optional<diagnosis::Limit> deadlock;
  if (reason.empty() && sources.reporter != nullptr) deadlock = sources.reporter->deadlock();
  if (deadlock) reason = fmt::format("deadlock: {}", deadlock->explanation);
  nlohmann::ordered_json body{{"ready", reason.empty()},
                              {"phase", runtime::to_string(network.phase)}};
  add_troubles(network, body);
  const runtime::MemorySnapshot& memory = network.memory;
  if (memory.holds && memory.held_s >= diagnosis::Reporter::long_held_s) {
    body["memory"] =
        fmt::format("the memory budget has held the sources for {:.0f} s", memory.held_s);
  }
  if (reason.empty()) return json_response(200, body);
  body["reason"] = reason;
  if (deadlock) body["cycle"] = deadlock->cycle;
  return json_response(503, body);
}

Response heap_profile(const AdminSources& sources) {
  std::string why_not = "This program makes no heap profiles.";
  Response response;
  response.content_type = "application/octet-stream";
  if (sources.heap_profile) response.body = sources.heap_profile(why_not);
  return response.body.empty() ? problem(501, why_not) : response;
}

bool reads(const Request& request) {
  return request.method == "GET" || request.method == "HEAD";
}

/// One path of the API. All of them are read with GET or HEAD.
struct Route {
  std::string_view path;
  /// Needs no token (see access.hpp).
  bool open;
  /// What it can answer with, the default first. A probe is answered whatever it says that it
  /// accepts.
  std::vector<std::string_view> types;
  bool probe;
  Response (*answer)(const AdminSources& sources, std::string_view type);
};

const std::array routes{
    Route{"/metrics",
          true,
          {metrics::prometheus_content_type, metrics::openmetrics_content_type},
          false,
          metrics_text},
    Route{"/livez",
          true,
          {"application/json"},
          true,
          [](const AdminSources& sources, std::string_view) { return live(sources); }},
    Route{"/readyz",
          true,
          {"application/json"},
          true,
          [](const AdminSources& sources, std::string_view) { return ready(sources); }},
    Route{"/api/v1/graph",
          false,
          {"application/json"},
          false,
          [](const AdminSources& sources, std::string_view) {
            Response response;
            response.body = graph_json(sources.network());
            return response;
          }},
    Route{"/api/v1/decisions",
          false,
          {"application/json"},
          false,
          [](const AdminSources& sources, std::string_view) {
            Response response;
            response.body = decisions_json(sources.decisions ? sources.decisions()
                                                             : std::vector<tuning::Decision>());
            return response;
          }},
    Route{"/api/v1/heap-profile",
          false,
          {"application/octet-stream"},
          false,
          [](const AdminSources& sources, std::string_view) { return heap_profile(sources); }},
};

/// A path that is opened as a WebSocket.
struct StreamRoute {
  std::string_view path;
  Response (*open)(const AdminSources& sources, Events& events, const Request& request);
};

const std::array stream_routes{
    StreamRoute{"/api/v1/events",
                [](const AdminSources&, Events& events, const Request&) {
                  Response response;
                  response.stream = events.listen();
                  return response;
                }},
    StreamRoute{"/api/v1/tap",
                [](const AdminSources& sources, Events&, const Request& request) {
                  return tap_response(request.query, sources.tap);
                }},
};

Response answer_session(const Access& access, const Request& request) {
  if (request.method == "POST" || request.method == "DELETE") return access.session(request);
  return not_with_this_method(request, "POST, DELETE");
}

constexpr std::string_view report_path = "/api/v1/report";
constexpr std::string_view session_path = "/api/v1/session";
/// Of a request that may have one; others can only have what is passed over.
constexpr std::size_t what_if_bytes_max = 64 * 1024;
constexpr std::size_t other_body_bytes_max = 4 * 1024;

const Route* find_route(std::string_view path) {
  const auto route = std::ranges::find(routes, path, &Route::path);
  return route == routes.end() ? nullptr : &*route;
}

/// Who may ask is known from the head alone, so that nothing is read for those who may not.
std::optional<Response> refuse_access(const Access& access, const Request& request) {
  if (find_asset(request.path) != nullptr) return access.refuse_page(request);
  if (request.path == session_path) return {};  // which judges by itself
  const Route* route = find_route(request.path);
  return access.refuse(request, route != nullptr && route->open);
}

Response answer(const AdminSources& sources, Events& events, const Access& access,
                const Request& request) {
  if (auto refusal = refuse_access(access, request)) return std::move(*refusal);
  if (const Asset* asset = find_asset(request.path)) {
    return reads(request) ? dashboard(*asset, request) : not_with_this_method(request, "GET, HEAD");
  }
  if (request.path == session_path) return answer_session(access, request);
  if (request.path == report_path && sources.reporter != nullptr) {
    return answer_report(*sources.reporter, *sources.graph(), request);
  }
  const auto stream =
      std::ranges::find(stream_routes, std::string_view(request.path), &StreamRoute::path);
  if (stream != stream_routes.end()) {
    if (request.method != "GET") return not_with_this_method(request, "GET");
    if (auto refusal = refuse_handshake(request)) return std::move(*refusal);
    return stream->open(sources, events, request);
  }
  const Route* route = find_route(request.path);
  if (route == nullptr) {
    return problem(404, fmt::format("There is nothing at {}. Paths: /, /metrics, /livez, /readyz, "
                                    "/api/v1/graph, /api/v1/report, /api/v1/decisions, "
                                    "/api/v1/session, /api/v1/heap-profile, /api/v1/events, "
                                    "/api/v1/tap.",
                                    request.path));
  }
  if (!reads(request)) return not_with_this_method(request, "GET, HEAD");
  const std::string* accept = request.header("accept");
  std::string_view type = route->types.front();
  if (accept != nullptr && !route->probe) {
    type = negotiate(*accept, route->types);
    if (type.empty()) {
      return problem(
          406, fmt::format("{} is answered as {}.", request.path, fmt::join(route->types, " or ")));
    }
  }
  return route->answer(sources, type);
}

Response with_safe_headers(Response response) {
  const bool lasting = std::ranges::any_of(
      response.headers, [](const auto& header) { return header.first == "Cache-Control"; });
  if (!lasting) response.headers.emplace_back("Cache-Control", "no-store");
  response.headers.emplace_back("X-Content-Type-Options", "nosniff");
  response.headers.emplace_back("Cross-Origin-Resource-Policy", "same-origin");
  return response;
}

}  // namespace

Service make_admin(AdminSources sources, AccessRules rules) {
  std::function<std::string()> report;
  if (sources.reporter != nullptr) {
    report = [reporter = sources.reporter] { return report_json(reporter->report()); };
  }
  auto events = Events::make([network = sources.network] { return graph_json(network()); },
                             std::move(report));
  const auto access = std::make_shared<const Access>(std::move(rules));
  Service service;
  service.answer = [sources = std::move(sources), events = std::move(events),
                    access](const Request& request) {
    return with_safe_headers(answer(sources, *events, *access, request));
  };
  service.screen = [access](const Request& request,
                            std::size_t& body_bytes_max) -> std::optional<Response> {
    body_bytes_max = request.path == report_path ? what_if_bytes_max : other_body_bytes_max;
    auto refusal = refuse_access(*access, request);
    if (refusal) return with_safe_headers(std::move(*refusal));
    return {};
  };
  service.never_waits = [](const Request& request) { return request.path == "/livez"; };
  return service;
}

}  // namespace weir::http
