#include "http/events.hpp"

#include <chrono>
#include <string_view>
#include <utility>

#include "http/views.hpp"

namespace weir::http {

namespace {

using Clock = std::chrono::steady_clock;

std::string document(const std::function<std::string()>& source) {
  std::string text = source ? source() : "null";
  while (text.ends_with('\n')) text.pop_back();
  return text;
}

}  // namespace

class Events::Listener final : public Stream {
 public:
  explicit Listener(std::shared_ptr<Events> events) : events_(std::move(events)) {}

  /// The time wakes it.
  void open(std::function<void()>) override {}

  Next next() override {
    const auto due = [this] { return events_->built_ + events_->period_; };
    if (events_->message_ == nullptr || Clock::now() >= due()) events_->build();
    if (last_ == events_->message_) return {.again = due() - Clock::now()};
    last_ = events_->message_;
    return {.message = last_};
  }

 private:
  std::shared_ptr<Events> events_;
  /// The message that it was sent last.
  std::shared_ptr<const std::string> last_;
};

Events::Events(std::function<std::string()> graph, std::function<std::string()> report,
               Duration period)
    : graph_(std::move(graph)), report_(std::move(report)), period_(period) {}

std::shared_ptr<Events> Events::make(std::function<std::string()> graph,
                                     std::function<std::string()> report, Duration period) {
  return std::shared_ptr<Events>(new Events(std::move(graph), std::move(report), period));
}

std::shared_ptr<Stream> Events::listen() {
  return std::make_shared<Listener>(shared_from_this());
}

void Events::build() {
  built_ = Clock::now();
  message_ = std::make_shared<const std::string>(
      R"({"time": ")" + moment(std::chrono::system_clock::now()) + R"(", "graph": )" +
      document(graph_) + R"(, "report": )" + document(report_) + "}");
}

}  // namespace weir::http
