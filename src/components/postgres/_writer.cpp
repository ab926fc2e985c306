#include "postgres/_writer.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <random>

#include "postgres/_batch.hpp"
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

// The columns of a table are asked for again after this time: somebody may have changed them.
constexpr Duration columns_age_most = std::chrono::minutes(1);

/// Writes one batch after the other: gathers packets, takes a connection, and writes them in
/// statements, each a transaction.
class Write final : public Process {
 public:
  explicit Write(const Config& config)
      : rows_(config),
        resource_(config.text("resource")),
        batch_most_(static_cast<std::size_t>(config.integer("batch"))),
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
    if (run_) {
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
    batch_.clear();
  }

 private:
  enum class Phase : std::uint8_t { gather, range, ask, describe, run, pause };
  // Does one thing; returns where there is nothing to do but wait.
  std::optional<Step> advance(Context& context) {
    switch (phase_) {
      case Phase::gather: return gather(context);
      case Phase::range: return next_range(context);
      case Phase::ask: return ask(context);
      case Phase::describe:
      case Phase::run: return run(context);
      case Phase::pause: return pause(context);
    }
    return Step::done;
  }

  std::optional<Step> gather(Context& context) {
    const std::size_t waiting = context.available();
    if (waiting != 0 && waiting < batch_most_ && linger_ > Duration::zero() && !context.ended()) {
      const Time now = context.now();
      if (!lingers_until_) lingers_until_ = now + linger_;
      if (now < *lingers_until_) {
        context.wake_after(*lingers_until_ - now);
        return Step::waiting;
      }
    }
    lingers_until_.reset();
    batch_.packets().resize(batch_most_);
    const std::size_t count = context.receive_batch(batch_.packets());
    batch_.packets().resize(count);
    if (count == 0) return context.ended() ? Step::done : Step::need_input;
    trouble_since_.reset();
    batch_.begin(rows_, context.out());
    phase_ = Phase::range;
    return {};
  }

  std::optional<Step> next_range(Context& context) {
    if (batch_.done()) {
      batch_.clear();
      // For others; whoever has more asks again, behind those who wait.
      give_back(context, false);
      phase_ = Phase::gather;
      return {};
    }
    if (!lease_) {
      asked_at_ = context.now();
      ask_most_ = pool_.acquire_timeout();
      ask_for(context);
      return {};
    }
    const bool knows = columns_asked_at_ && context.now() - *columns_asked_at_ < columns_age_most;
    PgStatement statement;
    if (rows_.copies() && !knows) {
      statement = rows_.ask_columns();
      phase_ = Phase::describe;
    } else {
      statement = batch_.next(rows_);
      phase_ = Phase::run;
    }
    run_.emplace(lease_->get(), std::move(statement), rows_.columns_vary());
    deadline_ = context.now() + timeout_;
    return {};
  }

  // No longer than rows are kept, since the wait may be for a server that has gone. At the end of
  // the retries there still is one that can succeed. Without retries a wait is none.
  void ask_for(Context& context) {
    Duration most = ask_most_ - (context.now() - asked_at_);
    if (retry_for_ > Duration::zero()) {
      const Duration rest = trouble_since_ ? rest_of_retries(context) : retry_for_;
      most = std::min(most, std::max(last_ask, rest));
    }
    asked_ = pool_.ask(context, most);
    phase_ = Phase::ask;
  }

  std::optional<Step> ask(Context& context) {
    std::optional<Acquired<PgConnection>> got = asked_.take();
    if (!got) return Step::waiting;
    phase_ = Phase::range;
    if (got->failure) {
      // Others have all connections: that is no trouble yet.
      if (pool_.busy() && got->failure->kind() == "resource_timeout" &&
          context.now() - asked_at_ < ask_most_) {
        ask_for(context);
        return {};
      }
      if (!trouble_since_) begin_trouble(asked_at_);
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
      const bool described = phase_ == Phase::describe;
      if (described && !failure) {
        rows_.take_columns(run_->answer());
        columns_asked_at_ = context.now();
      }
      run_.reset();
      phase_ = Phase::range;
      if (failure) {
        failed(context, *failure, described);
      } else if (!described) {
        trouble_since_.reset();
        batch_.written(context.out());
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

  void failed(Context& context, const PgFailure& failure, bool described) {
    if (failure.lost) give_back(context, true);
    // Perhaps it has other columns than it had.
    if (failure.fate != PgFate::data) columns_asked_at_.reset();
    if (failure.fate == PgFate::again || described) {
      trouble(context, failure.kind, failure.text);
      return;
    }
    if (batch_.refused(failure, context.out()) == PgBatch::Next::nothing_can_be_written) {
      trouble(context, failure.kind, failure.text);
    }
  }

  void begin_trouble(Time since) {
    trouble_since_ = since;
    attempts_ = 0;
  }

  // The first range could not be written for no fault of its rows: later again, or not any more.
  void trouble(Context& context, std::string_view kind, const std::string& text) {
    const Time now = context.now();
    if (!trouble_since_) begin_trouble(now);
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
    batch_.fail_rest(out, kind, why);
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

  PgRows rows_;
  const std::string resource_;
  const std::size_t batch_most_;
  const Duration linger_;
  const Duration retry_for_;
  const Duration timeout_;
  std::minstd_rand random_;

  ResourcePool<PgConnection> pool_;
  Phase phase_ = Phase::gather;
  std::optional<Time> lingers_until_;
  PgBatch batch_;
  std::optional<Time> columns_asked_at_;
  Time asked_at_{};
  Duration ask_most_{};
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
