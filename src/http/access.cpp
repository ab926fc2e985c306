#include "http/access.hpp"

#include <fmt/format.h>
#include <openssl/crypto.h>
#include <openssl/sha.h>
#include <spdlog/spdlog.h>
#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <utility>

#include "http/session.hpp"
#include "weir/advice.hpp"

namespace weir::http {

namespace {

using Digest = std::array<unsigned char, SHA256_DIGEST_LENGTH>;

Digest digest(std::string_view text) {
  Digest result;
  SHA256(reinterpret_cast<const unsigned char*>(text.data()), text.size(), result.data());
  return result;
}

/// Takes the same time wherever the texts differ, and whatever their lengths.
bool equal_secrets(std::string_view left, std::string_view right) {
  const Digest a = digest(left);
  const Digest b = digest(right);
  return CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

SessionTime now() {
  return std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
}

bool changes(const Request& request) {
  return request.method != "GET" && request.method != "HEAD";
}

Response unauthorized(std::string_view detail) {
  Response response = problem(401, detail);
  response.headers.emplace_back("WWW-Authenticate", "Bearer realm=\"weir\"");
  return response;
}

bool over_tls(const Request& request) {
  const std::string* origin = request.header("origin");
  return origin != nullptr && origin->starts_with("https://");
}

}  // namespace

Access::Access(AccessRules rules)
    : rules_(std::move(rules)),
      hosts_([this] {
        try {
          return net::Hosts(rules_.listen_host, rules_.bound_address, rules_.hosts);
        } catch (const net::BadAddress& error) {
          throw net::BadAddress(fmt::format("admin.hosts: {}", error.what()));
        }
      }()),
      ended_(std::make_unique<EndedSessions>()),
      told_(std::make_unique<net::LogLimit>()) {}

std::optional<Response> Access::refuse(const Request& request, bool open) const {
  if (auto refusal = refuse_source(request, open)) return refusal;
  if (open || hosts_.loopback()) return {};
  return refuse_token(request);
}

std::optional<Response> Access::refuse_page(const Request& request) const {
  return refuse_source(request, false);
}

Response Access::session(const Request& request) const {
  const std::string name = session_cookie_name(rules_.bound_port);
  Response done;
  done.status = 204;
  if (auto refusal = refuse_source(request, false)) return std::move(*refusal);
  if (request.method == "DELETE") {
    // Whoever else has the cookie cannot use it any more. What is no session needs no end.
    const std::string_view session = find_cookie(request, name);
    if (rules_.token && session_holds(session, *rules_.token, now())) ended_->add(session, now());
    done.headers.emplace_back("Set-Cookie", set_cookie(name, "", over_tls(request)));
    return done;
  }
  // Where no token is asked for, there is nothing to trade.
  if (hosts_.loopback()) return done;
  if (auto refusal = refuse_bearer(request)) return std::move(*refusal);
  done.headers.emplace_back(
      "Set-Cookie", set_cookie(name, make_session(*rules_.token, now()), over_tls(request)));
  return done;
}

std::optional<Response> Access::refuse_source(const Request& request, bool open) const {
  if (request.count("host") > 1) return problem(400, "The request has more than one Host header.");
  const std::string* header = request.header("host");
  std::optional<net::Authority> host;
  if (header != nullptr || !request.authority.empty()) {
    const std::string& text = request.authority.empty() ? *header : request.authority;
    host = net::parse_authority(text);
    if (!host) return problem(400, fmt::format("The Host {} is malformed.", quote(text)));
    if (!hosts_.own(*host) && !(open && hosts_.wildcard())) {
      return problem(403, fmt::format("The Host {} is not one that weir answers to. Use the listen "
                                      "address, or add the name to admin.hosts in the graph file.",
                                      quote(host->host)));
    }
  } else if (request.http11) {
    return problem(400, "The request has no Host header.");
  }
  return refuse_origin(request, host ? &*host : nullptr);
}

std::optional<Response> Access::refuse_origin(const Request& request,
                                              const net::Authority* host) const {
  const std::string* header = request.header("origin");
  if (header == nullptr) return {};
  // What counts is that the page came from where the request goes to.
  if (request.count("origin") == 1 && hosts_.own_origin(*header, host)) return {};
  return problem(403,
                 fmt::format("Requests from pages of the origin {} are refused. If it is yours, "
                             "add its name to admin.hosts in the graph file.",
                             quote(*header)));
}

std::optional<Response> Access::refuse_token(const Request& request) const {
  if (rules_.token && request.header("authorization") == nullptr) {
    const std::string_view session = find_cookie(request, session_cookie_name(rules_.bound_port));
    if (!session.empty()) return refuse_session(request, session);
  }
  return refuse_bearer(request);
}

std::optional<Response> Access::refuse_session(const Request& request,
                                               std::string_view session) const {
  if (!session_holds(session, *rules_.token, now()) || ended_->has(session)) {
    tell_refusal(request, "a session that has ended or was never given");
    return unauthorized("The session has ended; log in again with the admin token.");
  }
  // An Origin that is there is one of weir's own by now.
  if (changes(request) && request.header("origin") == nullptr) {
    return problem(403,
                   "What changes something needs an Origin header when a cookie vouches for it; "
                   "send \"Authorization: Bearer SECRET\" instead of the cookie.");
  }
  return {};
}

std::optional<Response> Access::refuse_bearer(const Request& request) const {
  if (!rules_.token) {
    return problem(
        403,
        "weir listens on an address that other machines can reach, and has no token: only "
        "/metrics, /livez and /readyz are open. Put a secret in a file and start weir with "
        "--admin-token-file FILE, then send \"Authorization: Bearer SECRET\".");
  }
  constexpr std::string_view scheme = "Bearer ";
  const std::string* header = request.header("authorization");
  if (header != nullptr && header->size() > scheme.size() &&
      equal_ignoring_case(std::string_view(*header).substr(0, scheme.size()), scheme)) {
    std::string_view given = std::string_view(*header).substr(scheme.size());
    given.remove_prefix(std::min(given.find_first_not_of(' '), given.size()));
    if (equal_secrets(given, *rules_.token)) return {};
  }
  if (header != nullptr) tell_refusal(request, "a wrong token");
  return unauthorized(
      header == nullptr
          ? "Send \"Authorization: Bearer SECRET\" with the secret from --admin-token-file."
          : "The token is not the one from --admin-token-file.");
}

/// Somebody may be guessing, or a client has an old token: either is to be seen in the log, which
/// must not be filled by it.
void Access::tell_refusal(const Request& request, std::string_view what) const {
  const auto before = told_->pass();
  if (!before) return;
  spdlog::warn(
      "admin: a request{}{} for {} was refused, since it came with {}{}",
      request.peer.empty() ? "" : " from ", request.peer, quote(request.path), what,
      *before == 0 ? "" : fmt::format("; {} more were since the last such message", *before));
}

std::string read_token(const std::string& path) {
  constexpr std::string_view blank = " \t\r\n";
  constexpr std::size_t most_bytes = 4096;
  std::string text(most_bytes + 1, '\0');
  errno = 0;
  std::ifstream file(path, std::ios::binary);
  if (file.is_open()) file.read(text.data(), static_cast<std::streamsize>(text.size()));
  if (!file.is_open() || file.bad()) {
    throw std::runtime_error(
        fmt::format("cannot read the token file {}: {}; check its name and that "
                    "this user may read it",
                    quote(path), std::strerror(errno)));
  }
  text.resize(static_cast<std::size_t>(file.gcount()));
  if (text.size() > most_bytes) {
    throw std::runtime_error(
        fmt::format("the token file {} is larger than {} bytes; it must hold nothing but the token",
                    quote(path), most_bytes));
  }
  const std::size_t first = text.find_first_not_of(blank);
  if (first == std::string::npos) {
    throw std::runtime_error(fmt::format(
        "the token file {} is empty; write a long random secret into it, for example with: "
        "openssl rand -hex 32",
        quote(path)));
  }
  text = text.substr(first, text.find_last_not_of(blank) - first + 1);
  if (!std::ranges::all_of(text, [](char c) { return c > ' ' && c < '\x7f'; })) {
    throw std::runtime_error(
        fmt::format("the token in {} has blanks or characters that are not "
                    "ASCII inside; use letters and digits",
                    quote(path)));
  }
  if (text.size() < token_bytes_min) {
    throw std::runtime_error(fmt::format(
        "the token in {} has {} characters, which can be guessed; it needs at least {}: write a "
        "long random secret into it, for example with: openssl rand -hex 32",
        quote(path), text.size(), token_bytes_min));
  }
  return text;
}

std::string token_file_warning(const std::string& path) {
  struct stat status {};
  if (::stat(path.c_str(), &status) != 0 || !S_ISREG(status.st_mode)) return {};
  if ((status.st_mode & S_IROTH) == 0) return {};
  return fmt::format(
      "everybody on this machine can read the token file {}; take that away with: chmod 600 {}",
      quote(path), path);
}

}  // namespace weir::http
