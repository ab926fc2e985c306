// A factory whose behaviour a test sets, and a load of requests for a pool, in virtual time.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "resource/pool.hpp"
#include "scheduler/virtual_executor.hpp"

namespace weir::resource {

using std::chrono::milliseconds;
using std::chrono::seconds;

/// What the server behind a pool is like now.
struct Server {
  Duration creation = milliseconds(50);
  Duration check = milliseconds(1);
  bool up = true;
  /// Attempts to connect, refused ones included, and when.
  std::vector<Time> attempts;
  unsigned connecting = 0;
  unsigned connecting_most = 0;
  /// Connections that are open, and the most that ever were.
  unsigned open = 0;
  unsigned open_most = 0;
  /// Grows when the server dies: a connection of another one is broken.
  unsigned incarnation = 1;
};

struct FakeConnection final : Resource {
  FakeConnection(Server& at, unsigned of, unsigned with)
      : server(at), incarnation(of), number(with) {
    server.open_most = std::max(server.open_most, ++server.open);
  }
  ~FakeConnection() override { --server.open; }
  bool good() const { return incarnation == server.incarnation; }
  Server& server;
  unsigned incarnation;
  unsigned number;
};

class FakeFactory final : public ResourceFactory {
 public:
  FakeFactory(Server& server, Reactor& reactor) : server_(server), reactor_(reactor) {}
  Attempt make(Made made) override {
    server_.attempts.push_back(reactor_.now());
    server_.connecting_most = std::max(server_.connecting_most, ++server_.connecting);
    auto attempt = std::make_shared<std::unique_ptr<Timer>>();
    *attempt = reactor_.make_timer([this, made = std::move(made)] {
      --server_.connecting;
      if (server_.up) {
        made(std::make_unique<FakeConnection>(server_, server_.incarnation, ++numbers_), {});
      } else {
        made(nullptr, "connection refused");
      }
    });
    (*attempt)->start(server_.creation);
    return attempt;
  }
  Attempt check(const std::shared_ptr<Resource>& resource, const Checked& checked) override {
    auto attempt = std::make_shared<std::unique_ptr<Timer>>();
    *attempt = reactor_.make_timer([this, resource, checked] {
      checked(server_.up && static_cast<FakeConnection&>(*resource).good());
    });
    (*attempt)->start(server_.check);
    return attempt;
  }

 private:
  Server& server_;
  Reactor& reactor_;
  unsigned numbers_ = 0;
};

/// An executor, a server and a pool.
class Bench {
 public:
  explicit Bench(PoolOptions options, std::uint64_t seed = 1) : executor(seed) {
    options.name = "db";
    options.noun = "connection";
    options.log = [this](LogLevel, const std::string& text) { logs.push_back(text); };
    pool = std::make_shared<PoolCore>(options, std::make_unique<FakeFactory>(server, executor),
                                      executor);
  }
  ~Bench() { pool->close(); }

  /// Lets so much virtual time pass.
  void pass(Duration time) {
    bool over = false;
    const auto timer = executor.make_timer([&over] { over = true; });
    timer->start(time);
    while (!over && executor.step()) {
    }
  }
  /// Calls back after so much virtual time.
  void after(Duration time, std::function<void()> call) {
    const std::uint64_t id = ++last_timer_;
    timers_[id] = executor.make_timer([this, id, call = std::move(call)] {
      const auto timer = std::move(timers_.at(id));
      timers_.erase(id);
      call();
    });
    timers_[id]->start(time);
  }

  scheduler::VirtualExecutor executor;
  Server server;
  std::shared_ptr<PoolCore> pool;
  std::vector<std::string> logs;

 private:
  std::map<std::uint64_t, std::unique_ptr<Timer>> timers_;
  std::uint64_t last_timer_ = 0;
};

/// Requests that come at random (a Poisson process) and hold a resource for an exponential time.
class Load {
 public:
  Load(Bench& bench, Duration hold, std::uint64_t seed)
      : bench_(bench),
        hold_(hold),
        random_(seed),
        arrival_(bench.executor.make_timer([this] { arrive(); })) {}

  /// From now on; 0: none.
  void set_rate(double per_second) {
    rate_ = per_second;
    arrival_->cancel();
    if (rate_ > 0) arrival_->start(draw(1 / rate_));
  }

  /// Waits since they were last taken, in seconds.
  std::vector<double> take_waits() { return std::exchange(waits_, {}); }
  std::uint64_t failures() const { return failures_; }
  std::uint64_t served() const { return served_; }

 private:
  Duration draw(double mean_s) {
    return std::chrono::duration_cast<Duration>(
        std::chrono::duration<double>(std::exponential_distribution<double>(1 / mean_s)(random_)));
  }

  void arrive() {
    arrival_->start(draw(1 / rate_));
    const Time asked = bench_.executor.now();
    bench_.pool->acquire(
        "load", seconds(30), [this, asked](AnyLease lease, const std::optional<Failure>& failure) {
          if (failure) {
            ++failures_;
            return;
          }
          const Duration waited = bench_.executor.now() - asked;
          waits_.push_back(std::chrono::duration<double>(waited).count());
          auto held = std::make_shared<AnyLease>(std::move(lease));
          bench_.after(draw(std::chrono::duration<double>(hold_).count()), [this, held] {
            ++served_;
            held->release();
          });
        });
  }

  Bench& bench_;
  Duration hold_;
  double rate_ = 0;
  std::mt19937_64 random_;
  std::vector<double> waits_;
  std::uint64_t failures_ = 0;
  std::uint64_t served_ = 0;
  std::unique_ptr<Timer> arrival_;
};

}  // namespace weir::resource
