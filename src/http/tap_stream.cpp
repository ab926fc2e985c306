#include "http/tap_stream.hpp"

#include <fmt/format.h>

#include <array>
#include <charconv>
#include <limits>
#include <stdexcept>
#include <utility>

#include "http/query.hpp"
#include "http/stream.hpp"
#include "http/views.hpp"
#include "weir/advice.hpp"
#include "weir/text.hpp"

namespace weir::http {

namespace {

struct BadQuery : std::runtime_error {
  using std::runtime_error::runtime_error;
};

constexpr std::size_t conditions_max = 16;

struct TapQuery {
  runtime::TapRequest request;
  std::uint64_t limit = std::numeric_limits<std::uint64_t>::max();
};

std::uint64_t to_count(std::string_view name, std::string_view text) {
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (text.empty() || error != std::errc() || end != text.data() + text.size() || value == 0) {
    throw BadQuery(
        fmt::format("{} must be a whole number of at least 1, not {}", name, quote(text)));
  }
  return value;
}

TapQuery read_query(std::string_view text) {
  constexpr std::array<std::string_view, 4> names{"port", "limit", "every", "where"};
  const std::optional<Query> query = parse_query(text);
  if (!query)
    throw BadQuery("the query is malformed: % must be followed by two hexadecimal digits");
  TapQuery result;
  for (const auto& [name, value] : *query) {
    if (name == "port") {
      result.request.port = value;
    } else if (name == "limit") {
      result.limit = to_count(name, value);
    } else if (name == "every") {
      result.request.every = to_count(name, value);
    } else if (name == "where") {
      if (result.request.where.size() == conditions_max) {
        throw BadQuery(fmt::format("there are more than {} conditions", conditions_max));
      }
      result.request.where.emplace_back(value);
    } else {
      throw BadQuery(fmt::format("unknown parameter {}{}", quote(name), suggestion(name, names)));
    }
  }
  if (result.request.port.empty()) {
    throw BadQuery("name the port to look at, as in /api/v1/tap?port=read.out");
  }
  return result;
}

class TapStream final : public Stream {
 public:
  TapStream(std::unique_ptr<runtime::Tap> tap, std::string_view port, std::uint64_t limit)
      : tap_(std::move(tap)), left_(limit) {
    port_ = R"(","port":)";
    append_json_text(port_, port);
  }

  void open(std::function<void()> wake) override { tap_->on_news(std::move(wake)); }

  Next next() override {
    if (left_ == 0) return {.ended = true};
    const std::optional<runtime::TapNews> news = tap_->next();
    if (!news) return {};
    if (news->packet != nullptr) --left_;
    return {.message = std::make_shared<const std::string>(text(*news))};
  }

 private:
  std::string text(const runtime::TapNews& news) const {
    std::string text = R"({"time":")" + moment(news.at) + port_;
    if (news.packet == nullptr) return text + R"(,"gone":true})";
    if (news.skipped != 0) text += R"(,"skipped":)" + std::to_string(news.skipped);
    text += ',';
    text += *news.packet;
    text += '}';
    return text;
  }

  std::unique_ptr<runtime::Tap> tap_;
  /// The member "port", with the end of the time before it.
  std::string port_;
  std::uint64_t left_;
};

}  // namespace

Response tap_response(std::string_view query, const OpenTap& open) {
  try {
    const TapQuery wanted = read_query(query);
    if (!open) return problem(501, "This program has no taps.");
    Response response;
    response.stream =
        std::make_shared<TapStream>(open(wanted.request), wanted.request.port, wanted.limit);
    return response;
  } catch (const runtime::UnknownPort& error) {
    return problem(404, error.what());
  } catch (const BadQuery& error) {
    return problem(400, error.what());
  } catch (const runtime::BadTapFilter& error) {
    return problem(400, fmt::format("where: {}", error.what()));
  }
}

}  // namespace weir::http
