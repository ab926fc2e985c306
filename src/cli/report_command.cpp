#include <fmt/format.h>

#include <chrono>
#include <nlohmann/json.hpp>
#include <thread>

#include "cli/client.hpp"
#include "cli/commands.hpp"

namespace weir::cli {

namespace {

using Json = nlohmann::json;

constexpr std::string_view path = "/api/v1/report";
constexpr auto poll_every = std::chrono::milliseconds(250);

/// Lets the daemon try the change that promises most, and says what came of it.
int verify(Client& client, bool json) {
  std::string text = client.post(path, R"({"verify":true})");
  for (;;) {
    const Json report = Json::parse(text, nullptr, false);
    if (!report.is_object() || !report.contains("verification")) {
      throw ClientFailure("the answer is no report: does a weir answer there?", 0);
    }
    const Json& verification = report["verification"];
    if (verification.value("state", "") == "done") {
      return print(json ? text : verification.value("text", "") + "\n");
    }
    std::this_thread::sleep_for(poll_every);
    text = client.get(path);
  }
}

int ask(Client& client, const ReportOptions& options) {
  if (options.verify) return verify(client, options.json);
  if (!options.changes.empty()) {
    const std::string body = Json{{"if", options.changes}}.dump();
    return print(client.post(options.json ? path : "/api/v1/report?format=text", body));
  }
  return print(client.get(options.json ? path : "/api/v1/report?format=text"));
}

}  // namespace

int report_command(const ReportOptions& options) {
  return with_client("report", options.client,
                     [&](Client& client) { return ask(client, options); });
}

}  // namespace weir::cli
