#include <fmt/format.h>

#include <exception>
#include <memory>
#include <optional>
#include <random>
#include <utility>

#include "http/_client.hpp"
#include "http/_exchange.hpp"
#include "http/_handle.hpp"
#include "http/_request_options.hpp"
#include "weir/component.hpp"
#include "weir/config.hpp"
#include "weir/registry.hpp"
#include "weir/resource_pool.hpp"

namespace weir::components {
namespace {

// Those that fail at once end a step at some time, too.
constexpr unsigned packets_per_step = 64;

class Request final : public Process {
 public:
  explicit Request(const Config& config)
      : options_(std::make_shared<const RequestOptions>(read_request_options(config))) {}

  void start(Context& context) override {
    if (pooled()) pool_ = ResourcePool<HttpHandle>(context, options_->resource);
    waker_ = context.waker();
    place_.emplace(*context.asio());
    slot_ = std::make_shared<Slot>(options_);
    random_.seed(std::random_device()());
  }

  Step step(Context& context) override {
    for (unsigned begun = 0;;) {
      switch (stage_) {
        case Stage::idle:
          if (++begun > packets_per_step) return Step::yield;
          packet_ = context.receive();
          if (!packet_) return context.ended() ? Step::done : Step::need_input;
          failed_attempts_ = 0;
          if (pooled()) {
            ask(context);
          } else if (prepare(context.out())) {
            begin();
          }
          break;
        case Stage::asking: {
          std::optional<Acquired<HttpHandle>> got = asked_.take();
          if (!got) return Step::waiting;
          answered(context, std::move(*got));
          break;
        }
        case Stage::under_way:
          if (!slot_->transfer->done.load(std::memory_order_acquire)) return Step::waiting;
          end(context);
          break;
        case Stage::pausing: {
          const Time now = context.now();
          if (now < due_) {
            context.wake_after(due_ - now);
            return Step::waiting;
          }
          if (pooled()) {
            ask(context);
          } else {
            begin();
          }
          break;
        }
      }
    }
  }

  void expire(Context& context, std::string_view text) override {
    if (stage_ == Stage::under_way) {
      // Its answer is there after all.
      if (slot_->transfer->done.load(std::memory_order_acquire)) return;
      (*place_)->cancel(transfer());
      // The client has the old one until libcurl has let go of it.
      slot_ = std::make_shared<Slot>(options_);
    } else if (stage_ != Stage::idle) {
      asked_.cancel();
      slot_->exchange.finish();
    }
    stage_ = Stage::idle;
    if (packet_) context.out().fail(std::move(packet_), "timeout", text);
  }

  void stop() noexcept override {
    asked_.cancel();
    if (stage_ == Stage::under_way) (*place_)->cancel(transfer());
    slot_.reset();
    place_.reset();
    packet_ = {};
  }

 private:
  enum class Stage { idle, asking, under_way, pausing };
  /// What the client keeps while a request is under way, even if the process is gone.
  struct Slot {
    explicit Slot(std::shared_ptr<const RequestOptions> given)
        : options(std::move(given)), exchange(*options) {
      if (options->resource.empty()) use(own.emplace(options->server));
    }
    void use(HttpTransfer& given) {
      transfer = &given;
      exchange.use(given);
    }
    const std::shared_ptr<const RequestOptions> options;
    // One of these is what it sends its requests with.
    std::optional<HttpTransfer> own;
    Lease<HttpHandle> lease;
    HttpTransfer* transfer = nullptr;
    HttpExchange exchange;
  };

  bool pooled() const noexcept { return !options_->resource.empty(); }
  std::shared_ptr<HttpTransfer> transfer() const { return {slot_, slot_->transfer}; }

  void ask(Context& context) {
    asked_ = pool_.ask(context, pool_.acquire_timeout());
    stage_ = Stage::asking;
  }

  void answered(Context& context, Acquired<HttpHandle> got) {
    if (got.failure) {
      failed(context,
             {got.failure->kind(), got.failure->what(), {.unsent = true, .may_pass = true}});
      return;
    }
    slot_->lease = std::move(got.lease);
    slot_->use(slot_->lease->transfer);
    if (prepare(context.out())) {
      begin();
    } else {
      release();
    }
  }

  // For others, also while this one pauses.
  void release() noexcept {
    slot_->exchange.finish();
    slot_->lease.release();
  }

  // False if no request can be made of the packet; it has then gone to `error`.
  bool prepare(Out& out) {
    stage_ = Stage::idle;
    return guarded(out, [this] { slot_->exchange.prepare(packet_); });
  }

  void begin() {
    stage_ = Stage::under_way;
    slot_->exchange.rewind();
    (*place_)->start(transfer(), waker_);
  }

  void end(Context& context) {
    std::optional<ExchangeError> error = slot_->exchange.error();
    if (error) {
      failed(context, std::move(*error));
      return;
    }
    stage_ = Stage::idle;
    release();
    if (guarded(context.out(), [this] { slot_->exchange.read_answer(packet_); })) {
      context.out().emit(std::move(packet_));
    }
  }

  // An attempt: it is made once more, or the packet goes to `error`.
  void failed(Context& context, ExchangeError error) {
    ++failed_attempts_;
    if (options_->retry.allows(error.attempt, failed_attempts_)) {
      if (pooled()) release();
      stage_ = Stage::pausing;
      due_ = context.now() + options_->retry.delay(error.attempt, failed_attempts_, random_);
      return;
    }
    stage_ = Stage::idle;
    release();
    if (failed_attempts_ > 1) error.text += fmt::format("; tried {} times", failed_attempts_);
    if (error.attempt.status != 0) {
      packet_.set_attribute("http_status", std::to_string(error.attempt.status));
    }
    context.out().fail(std::move(packet_), error.kind, error.text);
  }

  // False if it threw: the packet has then gone to `error`.
  template <class Call>
  bool guarded(Out& out, const Call& call) {
    try {
      call();
      return true;
    } catch (const Failure& failure) {
      out.fail(std::move(packet_), failure.kind(), failure.what());
    } catch (const std::exception& error) {
      out.fail(std::move(packet_), "exception", error.what());
    }
    return false;
  }

  const std::shared_ptr<const RequestOptions> options_;
  std::optional<HttpPlace> place_;
  std::shared_ptr<Waker> waker_;
  std::shared_ptr<Slot> slot_;
  ResourcePool<HttpHandle> pool_;
  PendingLease<HttpHandle> asked_;
  Packet packet_;
  Stage stage_ = Stage::idle;
  unsigned failed_attempts_ = 0;
  Time due_{};
  std::minstd_rand random_;
};

const ComponentSpec spec{
    .name = "http/request",
    .summary = "Sends a request over HTTP for each packet, and sends on the answer",
    .doc =
        "Each packet is a request, and each unit of `concurrency` has one under way: weir finds "
        "how "
        "many the server can do with, and `concurrency: {max: 20}` says how many it may have at "
        "most. A request that waits holds no worker. "
        "Connections are kept and used again, and answers leave in the order of the packets, "
        "unless `order: any` is set. With a `resource` of type `http` each attempt takes one of "
        "its requests, so that several processes share a limit; what it says of the server is "
        "then said there.\n\n"
        "In `url`, `headers` and `body`, `{user.id}` stands for that field of the packet's "
        "document and `{.}` for its whole payload; what is put into the url is percent-encoded. "
        "`{user:json}`, `{user:text}` and `{user:url}` choose the form. `{{` is a plain `{`, and "
        "so is one that no name follows. A value that would "
        "make a part of the url's path empty, `.` or `..`, or a host that is none, is refused; an "
        "address that comes whole from the packet is written `{next:text}`. A body of a document "
        "or number is sent as "
        "`application/json`, one of bytes as `application/octet-stream`, one of `body` as "
        "`text/plain`, unless `headers` has a Content-Type.\n\n"
        "The body of an answer is parsed where its Content-Type says JSON, and a text otherwise; "
        "`answer: json` parses all. Answers in gzip, deflate, br or zstd are decoded. A text that "
        "is not UTF-8 is an error that names its charset: `answer: body` takes the bytes. Names of "
        "headers are in lower case, values of equal names are "
        "joined by commas. Attributes of the packet are kept.\n\n"
        "**Errors.** What fails is tried again `retries` times, then goes to `error` with one of "
        "the kinds `http_status` (the attribute `http_status` holds the code), `timeout`, "
        "`connection`, `tls` and `response`, or at once with `request` if no request can be made "
        "of the packet. An attempt is repeated only if that does no harm: always for methods that "
        "may be repeated (all but POST and PATCH); for POST and PATCH if nothing was sent yet, or "
        "the server refused with 429, or with 503 and Retry-After, or `retry_posts: true` is set. "
        "Retry-After, in seconds or as a date, is honoured.\n\n"
        "**Secrets.** `bearer_token`, `password` and values in `url` and `headers` are in no "
        "message, no log and no answer of the API. With `follow_redirects` credentials go to the "
        "host of the url alone. A redirect is followed as RFC 9110 and browsers do: after 303 all "
        "methods but HEAD become GET, after 301 and 302 POST does; else method and body are kept.",
    .inputs = {{.name = "in", .doc = "Any packets; documents where fields are named"}},
    .outputs = {{.name = "out",
                 .doc = "The packets with their answers, as `answer` says",
                 .required = false}},
    .options = request_option_specs(),
    .parallel = true,
    .expires = true,
    .example = {.graph = R"(name: request
processes:
  read: {component: file/read, config: {path: users.jsonl, follow: true}}
  parse: {component: json/parse}
  fetch:
    component: http/request
    concurrency: 8
    config:
      url: "https://api.example.com/users/{id}"
      headers: {Accept: application/json}
      answer: field
      field: user
  write: {component: stdout/write}
  reject: {component: file/write, config: {path: rejected.jsonl}}
connections:
  - read -> parse -> fetch -> write
  - parse.error -> reject
  - fetch.error -> reject
)",
                .endless = true},
    .make = [](const Config& config) -> Instance { return std::make_unique<Request>(config); },
    .check = check_request_options,
};

}  // namespace
}  // namespace weir::components

WEIR_COMPONENT(http, request, spec)
