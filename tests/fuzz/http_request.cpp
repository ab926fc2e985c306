// All that a client sends on one connection: requests with their bodies, one after the other. The
// first byte chooses the limits and how the network cuts the rest.
#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "net.hpp"
#include "net/request_head.hpp"
#include "net/syntax.hpp"

namespace {

using namespace weir;

struct Limits {
  net::HeadLimits head;
  net::BodyLimits body;
};

/// The values of a header as a reader would see them that takes lines to end at any control
/// character, and passes over blanks around names.
std::vector<std::string_view> careless_values(std::string_view text, std::string_view name) {
  constexpr std::string_view ends("\r\n\0\v\f", 5);
  std::vector<std::string_view> values;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find_first_of(ends), text.size());
    std::string_view line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    if (line.find(':') == std::string_view::npos) continue;
    if (net::equal_ignoring_case(net::cut(line, ':'), name)) values.push_back(net::trim(line));
  }
  return values;
}

/// Else two programs in a row would see two different bodies.
void check_body(const net::RequestHead& head, std::string_view text) {
  using Body = net::RequestHead::Body;
  const auto lengths = careless_values(text, "content-length");
  const auto codings = careless_values(text, "transfer-encoding");
  fuzz::require(lengths.size() <= 1 && lengths.size() == head.count("content-length"),
                "a body has one length, whoever reads it");
  fuzz::require(lengths.empty() || codings.empty(), "a body is not of two kinds");
  fuzz::require((head.body == Body::chunked) == !codings.empty(), "no coding is passed over");
  fuzz::require(codings.empty() || head.http11, "HTTP/1.0 knows no chunks");
  fuzz::require((head.body == Body::length) == (head.content_length != 0),
                "a length that is not 0 has a body");
  if (lengths.empty()) return;
  std::string_view digits = lengths.front();
  fuzz::require(!digits.empty() && digits.find_first_not_of("0123456789") == digits.npos,
                "a length is a number");
  digits.remove_prefix(std::min(digits.find_first_not_of('0'), digits.size() - 1));
  fuzz::require(digits == std::to_string(head.content_length) || digits.size() >= 20,
                "a length is what it says");
}

void check_head(const net::RequestHead& head, std::string_view text,
                const net::HeadLimits& limits) {
  fuzz::require(text.size() <= limits.bytes_max && head.fields.size() <= limits.fields_max,
                "a head keeps to its limits");
  const std::string_view line = text.substr(0, text.find("\r\n"));
  fuzz::require(line.size() <= limits.line_bytes_max, "a request line keeps to its limit");
  fuzz::require(line.find_first_of(std::string_view("\r\n\t\0\v\f", 6)) == line.npos &&
                    std::ranges::count(line, ' ') == 2,
                "a request line has three words for every reader");
  fuzz::require(net::is_token(head.method) && line.starts_with(head.method), "a method is a token");
  fuzz::require(head.path.starts_with('/') || (head.path == "*" && head.method == "OPTIONS"),
                "a path begins with a slash");
  fuzz::require(head.query.empty() || net::is_target(head.query), "a query can stand in a URL");
  for (const auto& [name, value] : head.fields) {
    fuzz::require(net::is_token(name) && net::is_field_value(value) && net::trim(value) == value,
                  "a header is a name and a value");
  }
  fuzz::require(head.count("host") == careless_values(text, "host").size() &&
                    head.count("host") <= 1 && (!head.http11 || head.count("host") == 1),
                "a request is for one host");
  fuzz::require(!head.http11 || !head.host().empty(), "a request is for a host");
  check_body(head, text);
}

std::string describe(const net::RequestHead& head) {
  std::string out =
      fmt::format("{} {} {} {} {} {} {} {}", head.method, head.path, head.query, head.authority,
                  head.http11, head.content_length, head.keep_alive, head.expects_continue);
  for (const auto& [name, value] : head.fields) out += fmt::format("\n{}: {}", name, value);
  return out;
}

/// What a server sees of it, as a text.
std::string serve(std::string_view text, fuzz::Cuts cuts, const Limits& limits) {
  std::string seen;
  const auto refused = [&](const net::Refusal& refusal) {
    fuzz::check_refusal(refusal);
    return seen + fmt::format("\nrefused: {} {}", refusal.status, refusal.detail);
  };
  net::HeadScanner scanner(limits.head);
  net::RequestHead head;
  for (std::size_t come = 0;;) {
    scanner.restart();
    while (scanner.size() == 0) {
      if (auto refusal = scanner.scan(text.substr(0, come))) return refused(*refusal);
      if (scanner.size() != 0) break;
      fuzz::require(come - scanner.skipped() <= limits.head.bytes_max &&
                        scanner.skipped() <= 2 * limits.head.empty_lines_max,
                    "no more is kept than a head may have");
      if (come == text.size()) return seen + "\nand a part";
      come += cuts.next(text.size() - come);
    }
    const std::string_view whole = text.substr(scanner.skipped(), scanner.size());
    if (auto refusal = net::read_head(whole, limits.head, head)) return refused(*refusal);
    check_head(head, whole, limits.head);
    seen += '\n' + describe(head);
    const std::size_t read = scanner.skipped() + scanner.size();
    text.remove_prefix(read);
    net::BodyDecoder decoder;
    decoder.begin(head, limits.body);
    const fuzz::BodyRead body = fuzz::read_body(decoder, text, cuts);
    fuzz::require(body.content.size() <= limits.body.bytes_max, "a body keeps to its limit");
    seen += "\n\n" + body.content;
    if (decoder.refusal()) return refused(*decoder.refusal());
    if (!decoder.done()) return seen + "\nand a part";
    text.remove_prefix(body.consumed);
    come = std::max(come, read + body.consumed) - read - body.consumed;
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string_view text = fuzz::text_of(data, size);
  if (text.empty()) return 0;
  const unsigned choice = fuzz::take_byte(text);
  const Limits limits = (choice & 1U) != 0 ? Limits{fuzz::small_head, fuzz::small_body} : Limits{};
  const std::string whole = serve(text, fuzz::Cuts(0), limits);
  fuzz::require(serve(text, fuzz::Cuts(choice >> 1U), limits) == whole &&
                    serve(text, fuzz::Cuts(1), limits) == whole,
                "a server sees the same, however the network cuts it");
  return 0;
}
