#include "scheduler/pool.hpp"

#include <pthread.h>

#include <algorithm>
#include <atomic>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <condition_variable>
#include <mutex>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "scheduler/asio_waits.hpp"
#include "scheduler/blocking_lane.hpp"
#include "scheduler/run_queue.hpp"

namespace weir::scheduler {
namespace {

namespace asio = boost::asio;

// What waking a parked worker costs, about: below this it is cheaper to let work wait its turn.
constexpr std::uint32_t wake_cost_ns = 10'000;
constexpr std::uint64_t worth_waking_ns = 2 * std::uint64_t{wake_cost_ns};
// A worker in a step as long as this does not look after timers and sockets.
constexpr std::uint32_t hand_over_ns = 250'000;
// A busy worker looks at timers and sockets at least this often.
constexpr unsigned poll_every_activations = 64;
constexpr Duration poll_every = std::chrono::microseconds(200);
// A look at timers and sockets runs their handlers for about as long as the tasks had before it.
constexpr Duration poll_most = poll_every;
// After so many tasks run from the `next` slot in a row the others get their turn.
constexpr unsigned longest_chain = 16;
// A worker with tasks of its own looks at those from outside once in so many turns.
constexpr unsigned outside_every = 16;
// A step that takes so long holds up what waits behind it. It is noticed by looks that are close to
// one another where that has happened of late.
constexpr Duration long_step = std::chrono::milliseconds(1);
constexpr Duration close_looks = std::chrono::milliseconds(1);
constexpr Duration far_looks = std::chrono::milliseconds(10);
constexpr unsigned looks_to_calm = 200;
// Whatever else has been left behind is looked for so often.
constexpr Duration watch_period = std::chrono::milliseconds(100);
constexpr Duration settle_most = std::chrono::milliseconds(1);
constexpr Duration stuck_after = std::chrono::seconds(5);

// When this thread last looked at the clock: a look costs more than a packet's whole hop.
thread_local constinit Time last_look{};

Time clock_now() noexcept {
  return last_look = std::chrono::steady_clock::now();
}

class Pool;

struct alignas(64) Worker {
  Pool* pool = nullptr;
  unsigned index = 0;
  RunQueue queue;
  std::atomic<Task*> next{nullptr};
  unsigned chain = 0;
  unsigned finds = 0;
  // What it runs, how long that usually takes, and since when. Others compare the pointer but never
  // follow it: the task may end at any moment.
  std::atomic<const Task*> current{nullptr};
  std::atomic<std::uint32_t> current_usual_ns{0};
  std::atomic<std::int64_t> since_ns{0};
  std::thread thread;
};

thread_local Worker* this_worker = nullptr;

class Pool final : public Executor {
 public:
  explicit Pool(const PoolOptions& options)
      : io_(static_cast<int>(std::max(options.workers, 2U))),
        guard_(asio::make_work_guard(io_)),
        workers_(std::max(options.workers, 1U)),
        on_failed_handler_(options.on_failed_handler) {
    for (unsigned i = 0; i < workers_.size(); ++i) {
      workers_[i].pool = this;
      workers_[i].index = i;
    }
    try {
      start_threads();
    } catch (...) {
      stop_threads();
      throw;
    }
  }

  ~Pool() override { stop_threads(); }

  void submit(Task& task, bool next) override {
    Worker* worker = this_worker;
    const bool outside = worker == nullptr || worker->pool != this;
    const Time about_now = outside ? clock_now() : last_look;
    task.queued_ns.store(about_now.time_since_epoch().count(), std::memory_order_relaxed);
    // Where no thread can be had for it a worker must do.
    if (task.blocking && blocking_.submit(task)) return;
    if (outside) {
      outside_.push(task);
      wake_one();
      return;
    }
    if (next && worker->chain < longest_chain) {
      Task* displaced = worker->next.exchange(&task, std::memory_order_acq_rel);
      if (displaced != nullptr) worker->queue.push(*displaced);
    } else {
      worker->queue.push(task);
    }
    // This worker is awake and runs it, or wakes another before a long step. But as long as it
    // looks after timers and sockets it runs nothing, and they may bring work for more than one.
    const bool runs = worker->current.load(std::memory_order_relaxed) != nullptr;
    if (!runs && worker->queue.size() > 1 && worker->queue.work_ns() >= worth_waking_ns) {
      wake_one();
    }
  }

  Time now() const noexcept override { return clock_now(); }
  Time recent() const noexcept override { return last_look; }
  void spin(Duration time) noexcept override {
    const Time end = clock_now() + time;
    while (clock_now() < end) {
    }
  }
  std::unique_ptr<Timer> make_timer(std::function<void()> callback) override {
    return make_asio_timer(io_, std::move(callback));
  }
  std::unique_ptr<DescriptorWatch> watch(int descriptor) override {
    return make_asio_watch(io_, descriptor);
  }
  unsigned workers() const noexcept override { return static_cast<unsigned>(workers_.size()); }
  unsigned blocking_threads() const noexcept override { return blocking_.threads(); }
  asio::io_context* io() noexcept override { return &io_; }

  const Task* stuck_task() const noexcept override {
    for (const Worker& worker : workers_) {
      const Task* task = worker.current.load(std::memory_order_acquire);
      if (task != nullptr && held_up(worker, stuck_after)) return task;
    }
    return nullptr;
  }

  void await_activity(std::uint64_t& seen) override {
    std::unique_lock lock(watch_mutex_);
    // As in sleep_while_idle(): the sleep is announced, then the workers are looked at.
    observer_sleeps_.store(true, std::memory_order_seq_cst);
    observer_wake_.wait(lock, [this, seen] {
      return interrupted_ || unparked_.load(std::memory_order_seq_cst) != seen ||
             parked_.load(std::memory_order_seq_cst) < workers_.size();
    });
    observer_sleeps_.store(false, std::memory_order_relaxed);
    seen = unparked_.load(std::memory_order_relaxed);
  }

  void interrupt() noexcept override {
    const std::lock_guard lock(watch_mutex_);
    interrupted_ = true;
    observer_wake_.notify_all();
  }

  void settle(const std::function<bool()>& done) override {
    // Steps are short as a rule; where one is not, this thread must not take its processor.
    for (Duration pause = std::chrono::microseconds(1); !done();
         pause = std::min<Duration>(2 * pause, settle_most)) {
      std::this_thread::sleep_for(pause);
    }
  }

 private:
  void start_threads() {
    for (Worker& worker : workers_) {
      worker.thread = std::thread([this, &worker] { work(worker); });
      pthread_setname_np(worker.thread.native_handle(),
                         ("worker-" + std::to_string(worker.index)).c_str());
    }
    watch_ = std::thread([this] { watch(); });
    pthread_setname_np(watch_.native_handle(), "watch");
  }

  void stop_threads() {
    stop_.store(true, std::memory_order_seq_cst);
    io_.stop();
    {
      std::lock_guard lock(watch_mutex_);
      watch_stop_ = true;
    }
    watch_wake_.notify_all();
    {
      const std::lock_guard lock(beside_mutex_);
      beside_wake_.notify_all();
    }
    for (Worker& worker : workers_) {
      if (worker.thread.joinable()) worker.thread.join();
    }
    if (watch_.joinable()) watch_.join();
    blocking_.stop();
  }

  // What a handler throws, for want of memory above all, is its own end and nobody else's.
  template <class Call>
  std::size_t handlers(const Call& call) noexcept {
    try {
      return call();
    } catch (const std::exception& error) {
      failed_handler(error.what());
    } catch (...) {
      failed_handler("an exception of unknown type");
    }
    return 1;
  }
  // Runs handlers that are ready, but not for as long as new ones come: under a flood from sockets
  // tasks would never have their turn.
  std::size_t poll() noexcept {
    const Time end = clock_now() + poll_most;
    std::size_t ran = 0;
    while (handlers([this] { return io_.poll_one(); }) != 0) {
      ++ran;
      if (clock_now() >= end) break;
    }
    return ran;
  }

  void failed_handler(std::string_view what) noexcept {
    try {
      if (on_failed_handler_) on_failed_handler_(what);
    } catch (...) {
      // There is not even memory to say so.
    }
  }

  void work(Worker& worker) {
    this_worker = &worker;
    unsigned since_poll = 0;
    Time last_poll = clock_now();
    while (!stop_.load(std::memory_order_relaxed)) {
      Task* task = find(worker);
      if (task == nullptr) {
        if (poll() == 0) park();
        since_poll = 0;
        last_poll = clock_now();
        continue;
      }
      const Time end = run(worker, *task);
      if (++since_poll >= poll_every_activations || end - last_poll > poll_every) {
        poll();
        since_poll = 0;
        last_poll = end;
      }
    }
  }

  Task* find(Worker& worker) {
    if (Task* task = worker.next.exchange(nullptr, std::memory_order_acq_rel)) {
      ++worker.chain;
      return task;
    }
    worker.chain = 0;
    // Its own queue first, but what came from outside is not left there while that never runs dry.
    const bool outside_first = ++worker.finds % outside_every == 0;
    if (outside_first) {
      if (Task* task = outside_.pop()) return task;
    }
    if (Task* task = worker.queue.pop()) return task;
    if (Task* task = outside_.pop()) return task;
    for (std::size_t i = 1; i < workers_.size(); ++i) {
      Worker& other = workers_[(worker.index + i) % workers_.size()];
      if (!worth_stealing(other)) continue;
      if (Task* task = other.queue.pop()) return task;
    }
    for (std::size_t i = 1; i < workers_.size(); ++i) {
      Worker& other = workers_[(worker.index + i) % workers_.size()];
      // Only from a worker that is held up: one in a short step runs it in a moment, from its
      // cache.
      if (other.current.load(std::memory_order_relaxed) == nullptr ||
          other.current_usual_ns.load(std::memory_order_relaxed) < wake_cost_ns) {
        continue;
      }
      if (Task* task = other.next.exchange(nullptr, std::memory_order_acq_rel)) return task;
    }
    return nullptr;
  }

  // Returns about the time at the end.
  Time run(Worker& worker, Task& task) {
    const std::uint32_t usual = task.usual_ns.load(std::memory_order_relaxed);
    const bool others_wait = usual > wake_cost_ns && parked_.load(std::memory_order_relaxed) != 0 &&
                             (!worker.queue.empty() || !outside_.empty());
    // In a long step somebody else must look after timers and sockets.
    const bool nobody_polls = usual > hand_over_ns && !polled_.load(std::memory_order_relaxed);
    if (others_wait || nobody_polls) wake_one();
    // The task looks at the clock as it goes, so that this worker need not.
    const Time start = last_look;
    worker.since_ns.store(start.time_since_epoch().count(), std::memory_order_release);
    worker.current_usual_ns.store(usual, std::memory_order_relaxed);
    worker.current.store(&task, std::memory_order_release);
    // A task that need not be submitted again may be destroyed by now, if it is gone.
    if (task.activate()) worker.queue.push(task);
    worker.current.store(nullptr, std::memory_order_release);
    return last_look;
  }

  // What a worker gets through in less time than it takes to wake another is left to it: its
  // packets are in its cache.
  static bool worth_stealing(const Worker& worker) noexcept {
    if (worker.queue.empty()) return false;
    return worker.queue.work_ns() >= worth_waking_ns ||
           worker.current_usual_ns.load(std::memory_order_relaxed) >= worth_waking_ns;
  }
  // Something that a worker would find if it looked; its own queue is empty.
  bool any_work() const noexcept {
    if (!outside_.empty()) return true;
    return std::any_of(workers_.begin(), workers_.end(),
                       [](const Worker& worker) { return worth_stealing(worker); });
  }

  // One parked worker waits in the Asio context, for timers and sockets as well as for work; the
  // others wait beside it. Were all of them inside the context, each event would be handed on
  // through several of them.
  void park() {
    const bool polls = !polled_.exchange(true, std::memory_order_acq_rel);
    if (!polls) beside_.fetch_add(1, std::memory_order_seq_cst);
    // Announced first, then the queues are looked at once more; a submitter pushes first, then
    // looks who is parked. Both are sequentially consistent.
    parked_.fetch_add(1, std::memory_order_seq_cst);
    if (polls) {
      if (!any_work() && !stop_.load(std::memory_order_seq_cst)) {
        handlers([this] { return io_.run_one(); });
      }
      polled_.store(false, std::memory_order_release);
    } else {
      wait_beside();
    }
    parked_.fetch_sub(1, std::memory_order_seq_cst);
    unparked_.fetch_add(1, std::memory_order_seq_cst);
    if (watch_sleeps_.load(std::memory_order_seq_cst)) {
      const std::lock_guard lock(watch_mutex_);
      watch_sleeps_.store(false, std::memory_order_relaxed);
      watch_wake_.notify_all();
    }
    if (observer_sleeps_.load(std::memory_order_seq_cst)) {
      const std::lock_guard lock(watch_mutex_);
      observer_wake_.notify_all();
    }
  }

  void wait_beside() {
    std::unique_lock lock(beside_mutex_);
    beside_wake_.wait(lock, [this] {
      return calls_ != 0 || any_work() || stop_.load(std::memory_order_seq_cst);
    });
    if (calls_ != 0) --calls_;
    beside_.fetch_sub(1, std::memory_order_seq_cst);
  }

  void wake_one() {
    if (parked_.load(std::memory_order_seq_cst) == 0) return;
    {
      const std::lock_guard lock(beside_mutex_);
      if (beside_.load(std::memory_order_seq_cst) > calls_) {
        ++calls_;
        beside_wake_.notify_one();
        return;
      }
    }
    handlers([this] {
      asio::post(io_, [] {});
      return 1;
    });
  }

  // Helps where the workers cannot: work that waits behind a step that turned out long, and Asio's
  // handlers while all workers are inside long steps.
  void watch() {
    std::unique_lock lock(watch_mutex_);
    std::uint64_t unparked_before = 0;
    unsigned calm = looks_to_calm;
    Time last_of_all = clock_now();
    const auto pause = [&calm] { return calm < looks_to_calm ? close_looks : far_looks; };
    while (!watch_wake_.wait_for(lock, pause(), [this] { return watch_stop_; })) {
      lock.unlock();
      const Time now = clock_now();
      const bool all = now - last_of_all >= watch_period;
      calm = help_behind_long_steps() ? 0 : calm + 1;
      if (all) help_with_the_rest();
      lock.lock();
      if (!all) continue;
      last_of_all = now;
      const std::uint64_t unparked = unparked_.load(std::memory_order_relaxed);
      if (unparked == std::exchange(unparked_before, unparked)) sleep_while_idle(lock);
    }
  }

  // True if something waited there while a worker was parked.
  bool help_behind_long_steps() {
    bool waits = false;
    for (Worker& worker : workers_) {
      if (!held_up(worker, long_step)) continue;
      // Whatever its step usually takes: what waits behind it may be taken away.
      worker.current_usual_ns.store(static_cast<std::uint32_t>(watch_period.count()),
                                    std::memory_order_relaxed);
      waits =
          waits || worker.next.load(std::memory_order_relaxed) != nullptr || !worker.queue.empty();
    }
    if (!waits || parked_.load(std::memory_order_seq_cst) == 0) return false;
    wake_one();
    return true;
  }

  void help_with_the_rest() {
    if (parked_.load(std::memory_order_seq_cst) == 0) {
      if (all_busy_for(watch_period)) poll();
    } else if (any_work() ||
               (!polled_.load(std::memory_order_relaxed) && any_busy_for(watch_period))) {
      wake_one();
    }
  }

  // An idle program uses no processor time: while all workers are parked there is nothing to watch.
  void sleep_while_idle(std::unique_lock<std::mutex>& lock) {
    // The sleep is announced, then the workers are looked at; one that wakes leaves its place, then
    // looks whether the watch sleeps. Both are sequentially consistent.
    watch_sleeps_.store(true, std::memory_order_seq_cst);
    if (parked_.load(std::memory_order_seq_cst) == workers_.size() && outside_.empty()) {
      watch_wake_.wait(
          lock, [this] { return watch_stop_ || !watch_sleeps_.load(std::memory_order_relaxed); });
    }
    watch_sleeps_.store(false, std::memory_order_relaxed);
  }

  bool held_up(const Worker& worker, Duration at_least) const noexcept {
    const std::int64_t since = worker.since_ns.load(std::memory_order_acquire);
    return worker.current.load(std::memory_order_acquire) != nullptr &&
           clock_now().time_since_epoch().count() - since > at_least.count();
  }
  bool all_busy_for(Duration at_least) const noexcept {
    return std::all_of(workers_.begin(), workers_.end(),
                       [&](const Worker& worker) { return held_up(worker, at_least); });
  }
  bool any_busy_for(Duration at_least) const noexcept {
    return std::any_of(workers_.begin(), workers_.end(),
                       [&](const Worker& worker) { return held_up(worker, at_least); });
  }

  asio::io_context io_;
  asio::executor_work_guard<asio::io_context::executor_type> guard_;
  std::vector<Worker> workers_;
  const std::function<void(std::string_view)> on_failed_handler_;
  RunQueue outside_;
  std::atomic<bool> stop_{false};
  std::atomic<unsigned> parked_{0};
  std::atomic<std::uint64_t> unparked_{0};
  // A parked worker waits in the Asio context.
  std::atomic<bool> polled_{false};

  std::mutex beside_mutex_;
  std::condition_variable beside_wake_;
  // Workers that wait beside it, and how many of them were called.
  std::atomic<unsigned> beside_{0};
  unsigned calls_ = 0;

  std::mutex watch_mutex_;
  std::condition_variable watch_wake_;
  bool watch_stop_ = false;
  std::atomic<bool> watch_sleeps_{false};
  // For await_activity().
  std::condition_variable observer_wake_;
  std::atomic<bool> observer_sleeps_{false};
  bool interrupted_ = false;
  std::thread watch_;

  // Its threads look at the clock before each activation, which begins with last_look.
  BlockingLane blocking_{{}, [] { clock_now(); }};
};

}  // namespace

std::unique_ptr<Executor> make_pool(const PoolOptions& options) {
  return std::make_unique<Pool>(options);
}

}  // namespace weir::scheduler
