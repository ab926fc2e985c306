#include "simulation/random_budgets.hpp"

#include <algorithm>
#include <bit>
#include <deque>
#include <random>
#include <string>
#include <vector>

#include "simulation/parts.hpp"
#include "weir/config.hpp"
#include "weir/reader_memory.hpp"

namespace weir::simulation {
namespace {

/// A packet of `bytes` whose content nobody looks at.
Packet blank(std::size_t bytes) {
  Buffer* buffer = Buffer::create(bytes);
  Bytes text(buffer, {buffer->data(), bytes});
  buffer->release();
  return Packet::bytes(std::move(text));
}

/// Packets of `bytes` each, as many as there is room for; pauses for `pause_us` after each burst.
class Flood final : public Process {
 public:
  explicit Flood(const Config& config)
      : left_(config.integer("count")),
        burst_(config.integer("burst")),
        bytes_(static_cast<std::size_t>(config.integer("bytes"))),
        pause_(std::chrono::microseconds(config.integer("pause_us"))) {}
  Step step(Context& context) override {
    if (context.stopping()) return Step::done;
    if (context.now() < resumes_) return wait(context);
    for (std::size_t room = context.room(); room != 0 && left_ != 0; --room) {
      context.out().emit(blank(bytes_));
      --left_;
      if (pause_ != Duration::zero() && left_ % burst_ == 0 && left_ != 0) {
        resumes_ = context.now() + pause_;
        return wait(context);
      }
    }
    return left_ == 0 ? Step::done : Step::output_full;
  }

 private:
  Step wait(Context& context) {
    context.wake_after(resumes_ - context.now());
    return Step::waiting;
  }

  std::int64_t left_;
  std::int64_t burst_;
  std::size_t bytes_;
  Duration pause_;
  Time resumes_{};
};

/// As a server does with its clients: each has a buffer, which is full from the start and goes only
/// when all of its lines have been sent.
class Clients final : public Process {
 public:
  explicit Clients(const Config& config)
      : lines_(config.integer("lines")), clients_(config.integer("clients")) {}
  void start(Context& context) override {
    static_cast<void>(context);
    for (std::int64_t i = 0; i < clients_; ++i) {
      auto& reader = readers_.emplace_back();
      reader.left = lines_;
      Buffer* buffer = Buffer::create(ReaderMemory::first_size(std::size_t{128} * 1024));
      reader.buffer.reset(buffer);
      reader.memory.hold(buffer->capacity());
    }
  }
  Step step(Context& context) override {
    if (context.stopping()) return Step::done;
    for (std::size_t room = context.room(); room != 0 && !readers_.empty(); --room) {
      Reader& reader = readers_.front();
      const auto line = std::min<std::size_t>(1000, reader.buffer->capacity());
      context.out().emit(Packet::bytes(reader.buffer.slice({reader.buffer->data(), line})));
      if (--reader.left == 0) readers_.pop_front();
    }
    return readers_.empty() ? Step::done : Step::output_full;
  }
  void stop() noexcept override { readers_.clear(); }

 private:
  struct Reader {
    SlicedBuffer buffer;
    ReaderMemory memory;
    std::int64_t left = 0;
  };
  std::int64_t lines_;
  std::int64_t clients_;
  std::deque<Reader> readers_;
};

/// Holds `hold` packets before it lets them go, all at once.
class Collector final : public Process {
 public:
  explicit Collector(const Config& config)
      : hold_(static_cast<std::size_t>(config.integer("hold"))) {}
  Step step(Context& context) override {
    while (Packet packet = context.receive()) {
      held_.push_back(std::move(packet));
      if (held_.size() == hold_) release(context);
    }
    if (!context.ended()) return Step::need_input;
    release(context);
    return Step::done;
  }
  void stop() noexcept override { held_.clear(); }

 private:
  void release(Context& context) {
    for (Packet& packet : held_) context.out().emit(std::move(packet));
    held_.clear();
  }
  std::size_t hold_;
  std::vector<Packet> held_;
};

/// One packet of each side together.
class Pairs final : public Process {
 public:
  Step step(Context& context) override {
    while (context.available_at(0, 0) != 0 && context.available_at(0, 1) != 0) {
      for (unsigned side = 0; side < 2; ++side) context.out().emit(context.receive(0, side));
    }
    return context.ended_at(0, 0) && context.ended_at(0, 1) ? Step::done : Step::need_input;
  }
};

OptionSpec number(const char* name) {
  return {.name = name, .type = OptionType::integer, .doc = "n", .default_value = "1"};
}

template <class T>
ComponentSpec spec_of(const char* name, bool has_input, std::vector<OptionSpec> options) {
  ComponentSpec spec{.name = name, .summary = "for random budgets"};
  if (has_input) spec.inputs = {{.name = "in", .doc = "packets"}};
  spec.outputs = {{.name = "out", .doc = "packets", .required = false}};
  spec.options = std::move(options);
  spec.make = [](const Config& config) -> Instance {
    if constexpr (std::is_constructible_v<T, const Config&>) {
      return std::make_unique<T>(config);
    } else {
      return std::make_unique<T>();
    }
  };
  return spec;
}

const ComponentSpec flood = spec_of<Flood>(
    "test/flood", false, {number("count"), number("burst"), number("bytes"), number("pause_us")});
const ComponentSpec clients =
    spec_of<Clients>("test/clients", false, {number("lines"), number("clients")});
const ComponentSpec collector = spec_of<Collector>("test/collector", true, {number("hold")});
const ComponentSpec pairs = [] {
  ComponentSpec spec = spec_of<Pairs>("test/pairs", true, {});
  spec.inputs.front().array = true;
  return spec;
}();

class Maker {
 public:
  explicit Maker(std::uint64_t seed) : random_(seed) {
    result_.budget = (std::uint64_t{1} << 20) << below(9);
    result_.budget -= below(result_.budget / 2);
    build_.graph.name = "budget";
    const std::size_t sources = 1 + below(4);
    for (std::size_t i = 0; i < sources; ++i) branch(i);
    result_.graph = std::move(build_.graph);
  }
  BudgetCase take() { return std::move(result_); }

 private:
  std::uint64_t below(std::uint64_t bound) { return random_() % bound; }
  std::uint32_t capacity() { return below(2) == 0 ? 1U << below(8) : 1'000'000U; }
  std::string called(const char* what) { return what + std::to_string(++names_); }
  static std::int64_t whole(std::uint64_t value) { return static_cast<std::int64_t>(value); }

  struct Sent {
    std::size_t process;
    std::uint64_t packets;
  };

  Sent a_flood(std::uint64_t packets, std::uint64_t bytes) {
    const auto burst = 1 + below(packets);
    const auto pause = below(3) == 0 ? 1000 * (1 + below(50)) : 0;
    return {build_.add(called("flood"), flood,
                       {{"count", whole(packets)},
                        {"burst", whole(burst)},
                        {"bytes", whole(bytes)},
                        {"pause_us", whole(pause)}}),
            packets};
  }

  /// Two to four times what the budget allows, in up to 400 packets.
  Sent a_source() {
    if (below(3) == 0) {
      const std::uint64_t count = 1 + below(100);
      const std::uint64_t lines = 1 + below(20);
      return {build_.add(called("clients"), clients,
                         {{"lines", whole(lines)}, {"clients", whole(count)}}),
              count * lines};
    }
    const std::uint64_t packets = 20 + below(380);
    const std::uint64_t bytes = (2 + below(3)) * result_.budget / packets;
    return a_flood(packets, below(4) == 0 ? 100 : bytes);
  }

  void branch(std::size_t) {
    Sent sent = a_source();
    if (below(3) == 0) {
      // Both sides of a join send equally many.
      const Sent other = a_flood(sent.packets, below(2) == 0 ? 100 : result_.budget / 50);
      const std::size_t join = build_.add(called("join"), pairs);
      build_.connect(sent.process, join, capacity(), 0, 0);
      build_.connect(other.process, join, capacity(), 0, 1);
      sent = {join, 2 * sent.packets};
    }
    for (std::uint64_t hops = below(3); hops != 0; --hops) sent = one_more(sent);
    const std::size_t end = build_.add_after(sent.process, called("sink"), sink(), capacity(), {});
    static_cast<void>(end);
    result_.expected += sent.packets;
  }

  Sent one_more(Sent from) {
    switch (below(4)) {
      case 0:
        return {build_.add_after(from.process, called("wait"), waiting(), capacity(),
                                 {{"wait_us", whole(below(3000))}}),
                from.packets};
      case 1:
        return {build_.add_after(from.process, called("collect"), collector, capacity(),
                                 {{"hold", whole(1 + below(from.packets))}}),
                from.packets};
      case 2:
        return {build_.add_after(from.process, called("twice"), doubler(), capacity(), {}),
                2 * from.packets};
      default:
        return {build_.add_after(from.process, called("pass"), pass(), capacity(), {}),
                from.packets};
    }
  }

  std::mt19937_64 random_;
  Builder build_;
  BudgetCase result_;
  unsigned names_ = 0;
};

}  // namespace

BudgetCase random_budget(std::uint64_t seed) {
  return Maker(seed).take();
}

}  // namespace weir::simulation
