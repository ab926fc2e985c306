#include <fmt/format.h>
#include <openssl/evp.h>
#include <openssl/sha.h>

#include <iterator>

#include "http/views.hpp"

namespace weir::http {

namespace {

constexpr std::string_view style = R"(
:root { color-scheme: light dark; --line: #d5dbe1; --soft: #5b6875; --accent: #0b6e99; --warn: #b3261e }
@media (prefers-color-scheme: dark) {
  :root { --line: #38424d; --soft: #9aa7b4; --accent: #6cc4e8; --warn: #ff8a80 }
}
* { box-sizing: border-box }
body { margin: 0 auto; max-width: 72rem; padding: 1.5rem; font: 16px/1.5 system-ui, sans-serif }
header { display: flex; flex-wrap: wrap; align-items: baseline; gap: .25rem 1rem }
h1 { margin: 0; font-size: 1.75rem }
h2 { margin: 2rem 0 .5rem; font-size: 1.1rem }
p, footer { color: var(--soft) }
nav { display: flex; flex-wrap: wrap; gap: .25rem 1.25rem; margin: .75rem 0 }
a { color: var(--accent) }
.phase { border: 1px solid currentColor; border-radius: 1rem; padding: 0 .7rem; font-size: .875rem }
.failed, .some { color: var(--warn) }
.table { overflow-x: auto }
table { width: 100%; border-collapse: collapse; font-variant-numeric: tabular-nums }
th, td { padding: .4rem .75rem .4rem 0; border-bottom: 1px solid var(--line); text-align: left;
  white-space: nowrap }
thead th { color: var(--soft); font-weight: 500; font-size: .875rem }
tbody th { font-weight: 600 }
.number { text-align: right }
footer { margin-top: 2rem; font-size: .875rem }
)";

/// The style sheet's hash, by which the policy allows it and no other.
std::string style_hash() {
  unsigned char digest[SHA256_DIGEST_LENGTH];
  SHA256(reinterpret_cast<const unsigned char*>(style.data()), style.size(), digest);
  unsigned char text[4 * ((SHA256_DIGEST_LENGTH + 2) / 3) + 1];
  const int length = EVP_EncodeBlock(text, digest, SHA256_DIGEST_LENGTH);
  return {reinterpret_cast<const char*>(text), static_cast<std::size_t>(length)};
}

template <class... Arguments>
void append(std::string& out, fmt::format_string<Arguments...> format, Arguments&&... arguments) {
  fmt::format_to(std::back_inserter(out), format, std::forward<Arguments>(arguments)...);
}

/// A count that draws the eye when it is not zero.
std::string alarming(std::uint64_t count) {
  return fmt::format("<td class=\"number{}\">{}</td>", count == 0 ? "" : " some", count);
}

void append_processes(std::string& out, const runtime::NetworkSnapshot& network) {
  out +=
      "<h2>Processes</h2>\n<div class=\"table\"><table>\n<thead><tr><th>process</th>"
      "<th>component</th><th>now</th><th class=\"number\">in</th><th class=\"number\">out</th>"
      "<th class=\"number\">ended</th><th class=\"number\">held</th>"
      "<th class=\"number\">errors</th></tr></thead>\n<tbody>\n";
  for (const runtime::ProcessSnapshot& process : network.processes) {
    std::uint64_t ended = 0;
    for (std::uint64_t count : process.ended) ended += count;
    std::uint64_t errors = 0;
    for (const runtime::ErrorCount& error : process.errors) errors += error.count;
    append(out,
           "<tr><th scope=\"row\">{}</th><td>{}</td><td>{}</td><td class=\"number\">{}</td>"
           "<td class=\"number\">{}</td><td class=\"number\">{}</td><td class=\"number\">{}</td>{}"
           "</tr>\n",
           escape_html(process.name), escape_html(process.component),
           runtime::to_string(process.activity), process.in, process.out, ended, process.held,
           alarming(errors));
  }
  out += "</tbody></table></div>\n";
}

void append_connections(std::string& out, const runtime::NetworkSnapshot& network) {
  out +=
      "<h2>Connections</h2>\n<div class=\"table\"><table>\n<thead><tr><th>connection</th>"
      "<th class=\"number\">passed</th><th class=\"number\">queued</th>"
      "<th class=\"number\">capacity</th><th class=\"number\">dropped</th></tr></thead>\n<tbody>\n";
  for (const runtime::ConnectionSnapshot& connection : network.connections) {
    append(out,
           "<tr><th scope=\"row\">{}</th><td class=\"number\">{}</td><td class=\"number\">{}</td>"
           "<td class=\"number\">{}</td>{}</tr>\n",
           escape_html(connection.name), connection.taken, connection.packets, connection.capacity,
           alarming(connection.dropped));
  }
  out += "</tbody></table></div>\n";
}

}  // namespace

std::string escape_html(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (char c : text) {
    switch (c) {
      case '&': out += "&amp;"; break;
      case '<': out += "&lt;"; break;
      case '>': out += "&gt;"; break;
      case '"': out += "&quot;"; break;
      case '\'': out += "&#39;"; break;
      default: out += c;
    }
  }
  return out;
}

Response start_page(const runtime::NetworkSnapshot& network, const metrics::Program& program) {
  static const std::string policy = fmt::format(
      "default-src 'none'; style-src 'sha256-{}'; base-uri 'none'; form-action 'none'; "
      "frame-ancestors 'none'",
      style_hash());
  const std::string name = escape_html(network.graph);
  Response response;
  response.content_type = "text/html; charset=utf-8";
  response.headers.emplace_back("Content-Security-Policy", policy);
  response.headers.emplace_back("Referrer-Policy", "no-referrer");
  std::string& out = response.body;
  append(out,
         "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
         "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
         "<title>{0} - weir</title>\n<style>{1}</style>\n</head>\n<body>\n"
         "<header><h1>{0}</h1><span class=\"phase {2}\">{2}</span></header>\n",
         name, style, runtime::to_string(network.phase));
  if (!network.failure.empty()) {
    append(out, "<p class=\"failed\">{}</p>\n", escape_html(network.failure));
  }
  out +=
      "<nav><a href=\"/metrics\">metrics</a><a href=\"/api/v1/graph\">graph as JSON</a>"
      "<a href=\"/livez\">livez</a><a href=\"/readyz\">readyz</a></nav>\n";
  append_processes(out, network);
  append_connections(out, network);
  append(out,
         "<footer>weir {} ({}), generation {}, {} worker{}. Figures as of the moment the page was "
         "asked for; reload it for newer ones.</footer>\n</body>\n</html>\n",
         escape_html(program.version), escape_html(program.commit), network.generation,
         network.workers, network.workers == 1 ? "" : "s");
  return response;
}

}  // namespace weir::http
