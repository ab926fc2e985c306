#include "http/_transfer.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <fstream>
#include <iterator>
#include <utility>

#include "http/_libcurl.hpp"

namespace weir::components {
namespace {

constexpr long redirects_most = 10;

long milliseconds(Duration time) {
  return std::max(
      1L, static_cast<long>(std::chrono::duration_cast<std::chrono::milliseconds>(time).count()));
}

std::string read_secret(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::string text((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
  if (!file.is_open()) {
    throw Failure("io", fmt::format("cannot read {}, which is to hold a secret: does it exist, and "
                                    "may weir read it?",
                                    path));
  }
  while (!text.empty() && (text.back() == '\n' || text.back() == '\r')) text.pop_back();
  if (text.empty()) throw Failure("io", fmt::format("{} is empty; put the secret into it", path));
  return text;
}

void set_up_tls(CURL* easy, const ServerOptions& options) {
  if (!options.tls_verify) {
    curl_easy_setopt(easy, CURLOPT_SSL_VERIFYPEER, 0L);
    curl_easy_setopt(easy, CURLOPT_SSL_VERIFYHOST, 0L);
  }
  if (options.ca_file.empty()) return;
  if (!std::ifstream(options.ca_file).is_open()) {
    throw Failure("io", fmt::format("cannot read the ca_file {}: does it exist, and may weir read "
                                    "it?",
                                    options.ca_file));
  }
  curl_easy_setopt(easy, CURLOPT_CAINFO, options.ca_file.c_str());
  curl_easy_setopt(easy, CURLOPT_CAPATH, nullptr);
}

void set_up_authorization(CURL* easy, const ServerOptions& options) {
  const auto secret = [](const std::string& text, const std::string& file) {
    return file.empty() ? text : read_secret(file);
  };
  const std::string token = secret(options.bearer_token, options.bearer_token_file);
  const std::string password = secret(options.password, options.password_file);
  if (token.find_first_of("\r\n") != token.npos) {
    throw Failure("io", "the bearer token has more than one line; it must be one");
  }
  if (!token.empty()) {
    curl_easy_setopt(easy, CURLOPT_HTTPAUTH, static_cast<long>(CURLAUTH_BEARER));
    curl_easy_setopt(easy, CURLOPT_XOAUTH2_BEARER, token.c_str());
  } else if (!options.user.empty()) {
    curl_easy_setopt(easy, CURLOPT_HTTPAUTH, static_cast<long>(CURLAUTH_BASIC));
    curl_easy_setopt(easy, CURLOPT_USERNAME, options.user.c_str());
    curl_easy_setopt(easy, CURLOPT_PASSWORD, password.c_str());
  }
}

}  // namespace

HttpTransfer::HttpTransfer(const ServerOptions& options) : easy(make_curl_easy()) {
  curl_easy_setopt(easy, CURLOPT_PRIVATE, this);
  curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
  // Without it, giving up a request waits for the thread that looks up its host.
  curl_easy_setopt(easy, CURLOPT_QUICK_EXIT, 1L);
  curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
  curl_easy_setopt(easy, CURLOPT_REDIR_PROTOCOLS_STR, "http,https");
  curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_2TLS));
  curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, milliseconds(options.timeout));
  curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, milliseconds(options.connect_timeout));
  // All that this libcurl can decode, which it then does.
  curl_easy_setopt(easy, CURLOPT_ACCEPT_ENCODING, "");
  curl_easy_setopt(easy, CURLOPT_TCP_KEEPALIVE, 1L);
  if (!options.proxy_from_environment) curl_easy_setopt(easy, CURLOPT_NOPROXY, "*");
  if (options.follow_redirects) {
    curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 1L);
    curl_easy_setopt(easy, CURLOPT_MAXREDIRS, redirects_most);
  }
  try {
    set_up_tls(easy, options);
    set_up_authorization(easy, options);
  } catch (...) {
    curl_easy_cleanup(easy);
    throw;
  }
}

HttpTransfer::~HttpTransfer() {
  curl_easy_cleanup(easy);
}

}  // namespace weir::components
