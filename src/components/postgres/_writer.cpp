#include "postgres/_writer.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <deque>
#include <random>

#include "postgres/_connection.hpp"
#include "postgres/_rows.hpp"
#include "postgres/_statement.hpp"
#include "weir/backoff.hpp"
#include "weir/config.hpp"
#include "weir/resource_pool.hpp"

namespace weir::components {
namespace {

constexpr Duration pause_first = std::chrono::milliseconds(50);
constexpr Duration pause_most = std::chrono::seconds(5);
constexpr Duration last_ask = std::chrono::seconds(1);

/// Writes one batch after the other: gathers packets, takes a connection, and writes them in
/// ranges, each a statement and so a transaction. A range that the server refuses for its data is
/// cut until the rows that are at fault are alone.
class Write final : public Process {
 public:
  explicit Write(const Config& config)
      : rows_(config),
        resource_(config.text("resource")),
        batch_(static_cast<std::size_t>(config.integer("batch"))),
        linger_(config.duration("linger")),
        retry_for_(config.duration("retry_for")),
        timeout_(config.duration("timeout")),
        random_(std::random_device{}()) {}

  void start(Context& context) override { pool_ = ResourcePool<PgConnection>(context, resource_); }

  Step step(Context& context) override {
    for (;;) {
      const std::optional<Step> step = advance(context);
      if (step) return *step;
    }
  }

  // Once an answer is there, it counts.
  void expire(Context& context, std::string_view text) override {
    if (phase_ == Phase::gather) return;
    if (phase_ == Phase::run) {
      if (run_->advance() == PgRun::State::done) return;
      run_.reset();
      give_back(context, true);
    }
    asked_.cancel();
    fail_rest(context.out(), "timeout", text);
  }

  // A statement in progress is cut off with its connection: nobody would hear of its end.
  void stop() noexcept override {
    asked_.cancel();
    run_.reset();
    lease_.discard();
    packets_.clear();
  }

 private:
  enum class Phase : std::uint8_t { gather, range, ask, run, pause };
  struct Range {
    std::size_t begin = 0;
    std::size_t end = 0;
  };

  // Does one thing; returns where there is nothing to do but wait.
  std::optional<Step> advance(Context& context) {
    switch (phase_) {
      case Phase::gather: return gather(context);
      case Phase::range: return next_range(context);
      case Phase::ask: return ask(context);
      case Phase::run: return run(context);
      case Phase::pause: return pause(context);
    }
    return Step::done;
  }

  std::optional<Step> gather(Context& context) {
    const std::size_t waiting = context.available();
    if (waiting != 0 && waiting < batch_ && linger_ > Duration::zero() && !context.ended()) {
      const Time now = context.now();
      if (!lingers_until_) lingers_until_ = now + linger_;
      if (now < *lingers_until_) {
        context.wake_after(*lingers_until_ - now);
        return Step::waiting;
      }
    }
    lingers_until_.reset();
    packets_.resize(batch_);
    const std::size_t count = context.receive_batch(packets_);
    packets_.resize(count);
    if (count == 0) return context.ended() ? Step::done : Step::need_input;
    trouble_since_.reset();
    begin_ranges(context.out());
    return {};
  }

  // Packets that cannot be rows go at once.
  void begin_ranges(Out& out) {
    std::size_t good = 0;
    for (Packet& packet : packets_) {
      const std::string_view fault = rows_.fault(packet);
      if (fault.empty()) {
        if (&packets_[good] != &packet) packets_[good] = std::move(packet);
        ++good;
      } else {
        out.fail(std::move(packet), "type", fault);
      }
    }
    packets_.resize(good);
    ranges_.assign(1, {0, good});
    phase_ = Phase::range;
  }

  std::optional<Step> next_range(Context& context) {
    while (!ranges_.empty() && ranges_.front().begin == ranges_.front().end) ranges_.pop_front();
    if (ranges_.empty()) {
      packets_.clear();
      // For others; whoever has more asks again, behind those who wait.
      give_back(context, false);
      phase_ = Phase::gather;
      return {};
    }
    if (!lease_) {
      const Duration usual = pool_.acquire_timeout();
      // At the end of the retries there still is one that can succeed.
      const Duration most = trouble_since_ ? std::max(last_ask, rest_of_retries(context)) : usual;
      asked_ = pool_.ask(context, std::min(usual, most));
      phase_ = Phase::ask;
      return {};
    }
    const Range range = ranges_.front();
    PgStatement statement =
        rows_.make(std::span(packets_).subspan(range.begin, range.end - range.begin));
    cut(range.begin + statement.count);
    run_.emplace(lease_->get(), std::move(statement), rows_.copies(), rows_.columns_vary());
    deadline_ = context.now() + timeout_;
    phase_ = Phase::run;
    return {};
  }

  // The first range ends here; the rest of it comes next.
  void cut(std::size_t at) {
    Range& first = ranges_.front();
    if (at >= first.end) return;
    const Range rest{at, first.end};
    first.end = at;
    ranges_.insert(ranges_.begin() + 1, rest);
  }

  std::optional<Step> ask(Context& context) {
    std::optional<Acquired<PgConnection>> got = asked_.take();
    if (!got) return Step::waiting;
    phase_ = Phase::range;
    if (got->failure) {
      trouble(context, got->failure->kind(), got->failure->what());
    } else {
      lease_ = std::move(got->lease);
    }
    return {};
  }

  std::optional<Step> run(Context& context) {
    const PgRun::State state = run_->advance();
    if (state == PgRun::State::done) {
      const std::optional<PgFailure> failure = run_->failure();
      run_.reset();
      phase_ = Phase::range;
      if (failure) {
        failed(context, *failure);
      } else {
        written(context.out());
      }
      return {};
    }
    const Time now = context.now();
    if (now >= deadline_) {
      run_.reset();
      phase_ = Phase::range;
      give_back(context, true);
      trouble(context, "connection",
              fmt::format("the server did not finish a statement within {} (timeout); whether it "
                          "was carried out is not known",
                          format_duration(timeout_)));
      return {};
    }
    // Anew each time: what else woke this step may have left a wait behind.
    const int descriptor = lease_->descriptor();
    context.forget(descriptor);
    context.wake_when_readable(descriptor);
    if (state == PgRun::State::writes) context.wake_when_writable(descriptor);
    context.wake_after(deadline_ - now);
    return Step::waiting;
  }

  void written(Out& out) {
    const Range range = ranges_.front();
    ranges_.pop_front();
    trouble_since_.reset();
    for (std::size_t i = range.begin; i < range.end; ++i) {
      if (out.connected(0)) {
        out.emit(std::move(packets_[i]));
      } else {
        out.end(std::move(packets_[i]), Ended::consumed);
      }
    }
  }

  void failed(Context& context, const PgFailure& failure) {
    if (failure.lost) give_back(context, true);
    if (failure.fate == PgFate::again) {
      trouble(context, failure.kind, failure.text);
      return;
    }
    const Range range = ranges_.front();
    const std::size_t count = range.end - range.begin;
    if (count == 1) {
      ranges_.pop_front();
      context.out().fail(std::move(packets_[range.begin]), failure.kind, failure.text);
      return;
    }
    // The row that the server names is alone then; the server decides again.
    if (failure.row && *failure.row < count) {
      cut(range.begin + *failure.row + 1);
      if (*failure.row != 0) cut(range.begin + *failure.row);
    } else {
      cut(range.begin + count / 2);
    }
  }

  // The first range could not be written for no fault of its rows: later again, or not any more.
  void trouble(Context& context, std::string_view kind, const std::string& text) {
    const Time now = context.now();
    if (!trouble_since_) {
      trouble_since_ = now;
      attempts_ = 0;
    }
    if (rest_of_retries(context) <= Duration::zero()) {
      const std::string why =
          retry_for_ > Duration::zero()
              ? fmt::format("{}; given up after {} (retry_for)", text, format_duration(retry_for_))
              : text;
      fail_rest(context.out(), kind, why);
      return;
    }
    context.out().report(kind, text + "; the rows are kept and written again");
    // A connection must not be held while nothing is done with it.
    give_back(context, false);
    const Duration pause = backoff(attempts_++, pause_first, pause_most, random_);
    resumes_ = now + std::min(pause, rest_of_retries(context));
    phase_ = Phase::pause;
  }

  void fail_rest(Out& out, std::string_view kind, std::string_view why) {
    for (const Range& range : ranges_) {
      for (std::size_t i = range.begin; i < range.end; ++i) {
        out.fail(std::move(packets_[i]), kind, why);
      }
    }
    ranges_.clear();
    phase_ = Phase::range;
  }

  std::optional<Step> pause(Context& context) {
    const Time now = context.now();
    if (now < resumes_) {
      context.wake_after(resumes_ - now);
      return Step::waiting;
    }
    phase_ = Phase::range;
    return {};
  }

  Duration rest_of_retries(Context& context) const {
    return *trouble_since_ + retry_for_ - context.now();
  }

  void give_back(Context& context, bool broken) noexcept {
    if (!lease_) return;
    // The pool may wait for the socket, or close it.
    context.forget(lease_->descriptor());
    if (broken || PQtransactionStatus(lease_->get()) != PQTRANS_IDLE) {
      lease_.discard();
    } else {
      lease_.release();
    }
  }

  const PgRows rows_;
  const std::string resource_;
  const std::size_t batch_;
  const Duration linger_;
  const Duration retry_for_;
  const Duration timeout_;
  std::minstd_rand random_;

  ResourcePool<PgConnection> pool_;
  Phase phase_ = Phase::gather;
  std::optional<Time> lingers_until_;
  std::vector<Packet> packets_;
  // Of packets_, what is still to be written, in order.
  std::deque<Range> ranges_;
  PendingLease<PgConnection> asked_;
  Lease<PgConnection> lease_;
  std::optional<PgRun> run_;
  Time deadline_{};
  std::optional<Time> trouble_since_;
  unsigned attempts_ = 0;
  Time resumes_{};
};

}  // namespace

std::unique_ptr<Process> make_pg_writer(const Config& config) {
  return std::make_unique<Write>(config);
}

}  // namespace weir::components
