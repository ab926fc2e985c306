#include "http/_exchange.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <utility>

#include "core/_payload.hpp"
#include "http/_words.hpp"
#include "weir/text.hpp"

namespace weir::components {
namespace {

constexpr std::string_view json_type = "application/json";

bool has_line_end(std::string_view text) {
  return text.find_first_of(std::string_view("\r\n\0", 3)) != text.npos;
}

/// A header that says something of a body.
bool is_of_body(std::string_view name) {
  return name.size() > 8 && equal_ignoring_case(name.substr(0, 8), "content-");
}

// Which kind an error of libcurl is, and whether it may pass.
struct Meaning {
  std::string_view kind;
  bool may_pass;
  std::string_view advice;
};

Meaning meaning_of(CURLcode code) {
  switch (code) {
    case CURLE_OPERATION_TIMEDOUT: return {"timeout", true, ""};
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_ISSUER_ERROR:
      return {"tls", false, "; renew it, or name who signed it under ca_file"};
    case CURLE_SSL_CACERT_BADFILE:
    case CURLE_SSL_CERTPROBLEM:
    case CURLE_SSL_CIPHER:
    case CURLE_SSL_ENGINE_NOTFOUND:
    case CURLE_SSL_ENGINE_SETFAILED:
    case CURLE_SSL_INVALIDCERTSTATUS: return {"tls", false, ""};
    // A server that goes away during the handshake ends like one that speaks no TLS.
    case CURLE_SSL_CONNECT_ERROR: return {"tls", true, "; is this a port for https?"};
    case CURLE_URL_MALFORMAT: return {"request", false, ""};
    case CURLE_TOO_MANY_REDIRECTS: return {"response", false, ""};
    case CURLE_BAD_CONTENT_ENCODING:
      return {
          "response", false,
          "; weir takes gzip, deflate, br and zstd: the header Accept-Encoding asks for others"};
    case CURLE_UNSUPPORTED_PROTOCOL:
    case CURLE_WEIRD_SERVER_REPLY:
    case CURLE_WRITE_ERROR: return {"response", false, "; is this a server for HTTP?"};
    default: return {"connection", true, ""};
  }
}

}  // namespace

HttpExchange::HttpExchange(const RequestOptions& options) : options_(options), answer_(options) {}

void HttpExchange::use(HttpTransfer& transfer) {
  transfer_ = &transfer;
  url_set_ = url_given_ = headers_set_ = false;
  CURL* easy = transfer.easy;
  curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, message_);
  curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, &HttpExchange::on_body);
  curl_easy_setopt(easy, CURLOPT_WRITEDATA, this);
  curl_easy_setopt(easy, CURLOPT_PREREQFUNCTION, &HttpExchange::on_connected);
  curl_easy_setopt(easy, CURLOPT_PREREQDATA, this);
  const std::string& method = options_.method;
  // As browsers do (RFC 9110, 15.4): after 301 and 302 a POST becomes a GET, and other methods keep
  // their bodies. After 303 all but HEAD become a GET: see on_connected().
  curl_easy_setopt(
      easy, CURLOPT_POSTREDIR,
      method == "POST" ? 0L : static_cast<long>(CURL_REDIR_POST_301 | CURL_REDIR_POST_302));
  if (method == "HEAD") {
    curl_easy_setopt(easy, CURLOPT_NOBODY, 1L);
    curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, nullptr);
    return;
  }
  // Each also ends what an earlier one asked for.
  curl_easy_setopt(easy, CURLOPT_HTTPGET, 1L);
  if (options_.sends_body()) curl_easy_setopt(easy, CURLOPT_POST, 1L);
  name_method();
}

void HttpExchange::name_method() {
  const bool usual = options_.method == (options_.sends_body() ? "POST" : "GET");
  curl_easy_setopt(transfer_->easy, CURLOPT_CUSTOMREQUEST,
                   usual ? nullptr : options_.method.c_str());
}

void HttpExchange::prepare(const Packet& packet) {
  set_url(packet);
  if (options_.sends_body()) set_body(packet);
  set_headers(packet);
}

void HttpExchange::set_url(const Packet& packet) {
  if (url_set_ && options_.url.constant()) return;
  text_.clear();
  places_.clear();
  url_set_ = false;
  options_.url.append(text_, packet, &places_);
  check_filled_url(text_, places_);
  const CURLUcode wrong = has_line_end(text_)
                              ? CURLUE_MALFORMED_INPUT
                              : curl_url_set(url_.get(), CURLUPART_URL, text_.c_str(), 0);
  if (wrong != CURLUE_OK) {
    // Not quoted: it may hold a secret.
    throw Failure("request", fmt::format("the url is not valid: {}", curl_url_strerror(wrong)));
  }
  if (!url_given_) curl_easy_setopt(transfer_->easy, CURLOPT_CURLU, url_.get());
  url_set_ = url_given_ = true;
}

std::string_view HttpExchange::content_type(const Packet& packet) const {
  if (!options_.sends_body()) return {};
  if (options_.body) return "text/plain; charset=utf-8";
  return packet.kind() == PayloadKind::bytes ? "application/octet-stream" : json_type;
}

void HttpExchange::set_headers(const Packet& packet) {
  const std::string_view type = content_type(packet);
  const bool same = std::all_of(options_.headers.begin(), options_.headers.end(),
                                [](const auto& header) { return header.second.constant(); });
  if (headers_set_ && same && type == content_type_) return;
  List list;
  bool typed = type.empty();
  bool named = false;
  List without_body;
  const auto add_to = [](List& to, const std::string& line) {
    curl_slist* longer = curl_slist_append(to.get(), line.c_str());
    if (longer == nullptr) throw std::bad_alloc();
    static_cast<void>(to.release());
    to.reset(longer);
  };
  const auto add = [&](const std::string& line, bool of_body = false) {
    add_to(list, line);
    if (!of_body) add_to(without_body, line);
  };
  std::string line;
  for (const auto& [name, value] : options_.headers) {
    line = name + ": ";
    const std::size_t begin = line.size();
    value.append(line, packet);
    if (has_line_end(line)) {
      throw Failure("request", fmt::format("header {} would contain a line end", name));
    }
    // Else libcurl takes it for one that is to be left out.
    if (line.size() == begin) line = name + ";";
    typed |= equal_ignoring_case(name, "content-type");
    named |= equal_ignoring_case(name, "user-agent");
    add(line, is_of_body(name));
  }
  // Here it costs less than as an option of libcurl, which makes it anew for every request.
  if (!named) add("User-Agent: weir");
  if (!typed) add(fmt::format("Content-Type: {}", type), true);
  // A server that does not know it would cost a second for each large body.
  if (options_.sends_body()) add("Expect:");
  curl_easy_setopt(transfer_->easy, CURLOPT_HTTPHEADER, list.get());
  headers_ = std::move(list);
  headers_without_body_ = std::move(without_body);
  content_type_ = type;
  headers_set_ = true;
}

void HttpExchange::set_body(const Packet& packet) {
  std::string_view body;
  if (options_.body) {
    body_.clear();
    options_.body->append(body_, packet);
    body = body_;
  } else if (packet.kind() == PayloadKind::bytes) {
    bytes_ = packet.bytes_slice();
    body = bytes_.view();
  } else if (has_text(packet)) {
    body_.clear();
    append_payload(body_, packet);
    body = body_;
  } else {
    throw Failure("type", fmt::format("the packet carries {}, which cannot be sent: give "
                                      "http/request a body, or send it bytes or documents",
                                      payload_name(packet)));
  }
  curl_easy_setopt(transfer_->easy, CURLOPT_POSTFIELDSIZE_LARGE,
                   static_cast<curl_off_t>(body.size()));
  // Without an address libcurl would ask for a body.
  curl_easy_setopt(transfer_->easy, CURLOPT_POSTFIELDS, body.empty() ? "" : body.data());
}

void HttpExchange::finish() noexcept {
  bytes_ = {};
}

void HttpExchange::rewind() {
  answer_.clear(transfer_->easy);
  if (std::exchange(became_get_, false)) {
    name_method();
    curl_easy_setopt(transfer_->easy, CURLOPT_HTTPHEADER, headers_.get());
  }
  repeated_ = sent_before_ = false;
  redirects_ = 0;
  message_[0] = '\0';
}

std::size_t HttpExchange::on_body(char* data, std::size_t, std::size_t count, void* self) {
  return static_cast<HttpExchange*>(self)->answer_.append({data, count}) ? count : 0;
}

// Before the request goes out on a connection. libcurl sends it once more, on a new connection,
// when a kept one turns out to be closed: by then the server may have acted on it.
int HttpExchange::on_connected(void* self, char*, char*, int, int) {
  auto& exchange = *static_cast<HttpExchange*>(self);
  const long redirects = exchange.number(CURLINFO_REDIRECT_COUNT);
  if (exchange.sent_before_ && redirects == exchange.redirects_ &&
      !exchange.options_.retry.repeatable) {
    exchange.repeated_ = true;
    return CURL_PREREQFUNC_ABORT;
  }
  if (redirects != exchange.redirects_) exchange.follow();
  exchange.sent_before_ = true;
  exchange.redirects_ = redirects;
  return CURL_PREREQFUNC_OK;
}

// Before the request to which a redirect leads. libcurl has dropped the body where it must go, but
// not the name of a method of our own, nor headers that speak of a body.
void HttpExchange::follow() {
  const long status = number(CURLINFO_RESPONSE_CODE);
  const bool drops_body = status == 303
                              ? options_.method != "HEAD"
                              : (status == 301 || status == 302) && options_.method == "POST";
  if (!drops_body || std::exchange(became_get_, true)) return;
  curl_easy_setopt(transfer_->easy, CURLOPT_CUSTOMREQUEST, nullptr);
  curl_easy_setopt(transfer_->easy, CURLOPT_HTTPHEADER, headers_without_body_.get());
}

long HttpExchange::number(CURLINFO what) const {
  long value = 0;
  curl_easy_getinfo(transfer_->easy, what, &value);
  return value;
}

std::optional<ExchangeError> HttpExchange::error() const {
  if (transfer_->result != CURLE_OK) return transport_error();
  const long status = number(CURLINFO_RESPONSE_CODE);
  if (options_.success.has(status)) return std::nullopt;
  Attempt attempt{.status = status};
  curl_off_t seconds = 0;
  if (curl_easy_getinfo(transfer_->easy, CURLINFO_RETRY_AFTER, &seconds) == CURLE_OK &&
      seconds > 0) {
    attempt.retry_after = std::min<Duration>(
        std::chrono::seconds(std::min<curl_off_t>(seconds, 1'000'000)), std::chrono::hours(24));
  }
  return ExchangeError{"http_status",
                       fmt::format("{} was answered with status {}", options_.method, status),
                       attempt};
}

// The messages name no url: it may hold a secret.
ExchangeError HttpExchange::transport_error() const {
  if (answer_.too_large()) {
    return {
        "response",
        fmt::format("the answer is larger than answer_limit, {}", format_size(options_.answer_max)),
        {}};
  }
  if (repeated_) {
    return {"connection",
            fmt::format("the server closed the connection before it answered; it may have acted on "
                        "the {}, so it is not sent again (retry_posts)",
                        options_.method),
            {.may_pass = true}};
  }
  const Meaning meaning = meaning_of(transfer_->result);
  std::string text = message_[0] != '\0' ? message_ : curl_easy_strerror(transfer_->result);
  text += meaning.advice;
  return {std::string(meaning.kind),
          std::move(text),
          {.unsent = !sent_before_, .may_pass = meaning.may_pass}};
}

}  // namespace weir::components
