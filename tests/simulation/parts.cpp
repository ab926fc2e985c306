#include "simulation/parts.hpp"

#include <fmt/format.h>

#include "weir/config.hpp"

namespace weir::simulation {

std::map<std::string, Seen>& seen() {
  static std::map<std::string, Seen> instance;
  return instance;
}

namespace {

const PortSpec in{.name = "in", .doc = "packets"};
const PortSpec out{.name = "out", .doc = "packets", .required = false};

OptionSpec number(std::string_view name, std::string_view default_value) {
  return {.name = name, .type = OptionType::integer, .doc = "n", .default_value = default_value};
}

class Source final : public Process {
 public:
  explicit Source(const Config& config)
      : count_(config.integer("count")),
        per_step_(config.integer("per_step")),
        base_(config.integer("base")) {}
  Step step(Context& context) override {
    if (context.stopping()) return Step::done;
    for (std::int64_t i = 0; i < per_step_; ++i) {
      if (sent_ == count_) return Step::done;
      context.out().emit(Packet::integer(base_ + sent_++));
    }
    return sent_ % 2 == 0 ? Step::output_full : Step::yield;
  }

 private:
  std::int64_t count_;
  std::int64_t per_step_;
  std::int64_t base_;
  std::int64_t sent_ = 0;
};

class Pass final : public Transform {
 public:
  void process(Packet&, Out&) override {}
};

class KeepOdd final : public Transform {
 public:
  void process(Packet& packet, Out& to) override {
    if (packet.as_integer() % 2 == 0) to.end(std::move(packet), Ended::filtered);
  }
};

class Doubler final : public Batch {
 public:
  void process(std::span<Packet> packets, Out& to) override {
    for (Packet& packet : packets) {
      to.emit(packet.share());
      to.emit(std::move(packet));
    }
  }
};

class Failing final : public Transform {
 public:
  void process(Packet& packet, Out& to) override {
    ++seen_;
    if (seen_ % 3 == 0) throw Failure("injected", "every third packet fails");
    if (seen_ % 5 == 0) to.fail(std::move(packet), "injected", "every fifth packet fails");
  }

 private:
  int seen_ = 0;
};

class Waiting final : public Process {
 public:
  explicit Waiting(const Config& config)
      : wait_(std::chrono::microseconds(config.integer("wait_us"))) {}
  Step step(Context& context) override {
    if (packet_) {
      if (context.now() < due_) return Step::waiting;
      context.out().emit(std::move(packet_));
    }
    packet_ = context.receive();
    if (!packet_) return Step::need_input;
    due_ = context.now() + wait_;
    context.wake_after(wait_);
    return Step::waiting;
  }

 private:
  Duration wait_;
  Packet packet_;
  Time due_{};
};

class Fan final : public Transform {
 public:
  void process(Packet& packet, Out& to) override {
    to.emit(0, turn_++ % to.width(0), std::move(packet));
  }

 private:
  unsigned turn_ = 0;
};

// Strictly one from each element in turn, skipping those that have ended.
class Join final : public Process {
 public:
  Step step(Context& context) override {
    const unsigned width = context.width();
    unsigned skipped = 0;
    while (skipped < width) {
      if (context.room() == 0) return Step::output_full;
      Packet packet = context.receive(0, turn_);
      if (packet) {
        context.out().emit(std::move(packet));
        skipped = 0;
      } else {
        ++skipped;
      }
      turn_ = (turn_ + 1) % width;
    }
    return Step::need_input;
  }

 private:
  unsigned turn_ = 0;
};

class Taker final : public Process {
 public:
  explicit Taker(const Config& config) : left_(config.integer("count")) {}
  Step step(Context& context) override {
    while (left_ > 0) {
      Packet packet = context.receive();
      if (!packet) return Step::need_input;
      --left_;
      context.out().emit(std::move(packet));
    }
    return Step::done;
  }

 private:
  std::int64_t left_;
};

class Sink final : public Transform {
 public:
  void start(Context& context) override { seen_ = &seen()[std::string(context.process_name())]; }
  void process(Packet& packet, Out&) override {
    ++seen_->packets;
    if (packet.kind() != PayloadKind::number) return;
    std::int64_t& last = last_.try_emplace(packet.as_integer() >> 32, -1).first->second;
    if (packet.as_integer() < last) seen_->out_of_order.insert(packet.as_integer() >> 32);
    last = packet.as_integer();
  }

 private:
  Seen* seen_ = nullptr;
  std::map<std::int64_t, std::int64_t> last_;
};

class Burst final : public Transform {
 public:
  void process(Packet& packet, Out& to) override {
    for (int i = 1; i < 30; ++i) to.emit(packet.share());
  }
};

class Shared final : public Transform {
 public:
  void process(Packet& packet, Out& to) override {
    if (packet.kind() == PayloadKind::number && packet.as_integer() % 11 == 10) {
      to.fail(std::move(packet), "injected", "every eleventh number fails");
    }
  }
};

class Server final : public Process {
 public:
  explicit Server(const Config& config)
      : wait_(std::chrono::microseconds(config.integer("wait_us"))) {}
  Step step(Context& context) override {
    for (;;) {
      if (packet_) {
        if (context.now() < due_) return Step::waiting;
        context.out().emit(std::move(packet_));
      }
      packet_ = context.receive();
      if (!packet_) return context.ended() ? Step::done : Step::need_input;
      const bool number = packet_.kind() == PayloadKind::number;
      const std::int64_t times = number ? packet_.as_integer() * 7919 % 13 : 1;
      due_ = context.now() + times * wait_;
      if (times != 0) context.wake_after(times * wait_);
    }
  }

 private:
  Duration wait_;
  Packet packet_;
  Time due_{};
};

template <class T>
Instance make(const Config& config) {
  using Level = std::conditional_t<std::is_base_of_v<Transform, T>, Transform,
                                   std::conditional_t<std::is_base_of_v<Batch, T>, Batch, Process>>;
  if constexpr (std::is_constructible_v<T, const Config&>) {
    return std::unique_ptr<Level>(std::make_unique<T>(config));
  } else {
    return std::unique_ptr<Level>(std::make_unique<T>());
  }
}

PortSpec array(PortSpec port) {
  port.array = true;
  return port;
}

}  // namespace

const ComponentSpec& source() {
  static const ComponentSpec spec{
      .name = "test/source",
      .summary = "numbers",
      .outputs = {out},
      .options = {number("count", "100"), number("per_step", "7"), number("base", "0")},
      .make = make<Source>};
  return spec;
}
const ComponentSpec& pass() {
  static const ComponentSpec spec{.name = "test/pass",
                                  .summary = "passes",
                                  .inputs = {in},
                                  .outputs = {out},
                                  .make = make<Pass>};
  return spec;
}
const ComponentSpec& keep_odd() {
  static const ComponentSpec spec{.name = "test/keep_odd",
                                  .summary = "filters",
                                  .inputs = {in},
                                  .outputs = {out},
                                  .make = make<KeepOdd>};
  return spec;
}
const ComponentSpec& doubler() {
  static const ComponentSpec spec{.name = "test/doubler",
                                  .summary = "doubles",
                                  .inputs = {in},
                                  .outputs = {out},
                                  .make = make<Doubler>};
  return spec;
}
const ComponentSpec& failing() {
  static const ComponentSpec spec{.name = "test/failing",
                                  .summary = "fails",
                                  .inputs = {in},
                                  .outputs = {out},
                                  .make = make<Failing>};
  return spec;
}
const ComponentSpec& waiting() {
  static const ComponentSpec spec{.name = "test/waiting",
                                  .summary = "waits",
                                  .inputs = {in},
                                  .outputs = {out},
                                  .options = {number("wait_us", "20")},
                                  .make = make<Waiting>};
  return spec;
}
const ComponentSpec& fan() {
  static const ComponentSpec spec{.name = "test/fan",
                                  .summary = "shares out",
                                  .inputs = {in},
                                  .outputs = {array(out)},
                                  .make = make<Fan>};
  return spec;
}
const ComponentSpec& join() {
  static const ComponentSpec spec{.name = "test/join",
                                  .summary = "joins",
                                  .inputs = {array(in)},
                                  .outputs = {out},
                                  .make = make<Join>};
  return spec;
}
const ComponentSpec& taker() {
  static const ComponentSpec spec{.name = "test/taker",
                                  .summary = "takes some",
                                  .inputs = {in},
                                  .outputs = {out},
                                  .options = {number("count", "10")},
                                  .make = make<Taker>};
  return spec;
}
const ComponentSpec& sink() {
  static const ComponentSpec spec{
      .name = "test/sink", .summary = "counts", .inputs = {in}, .make = make<Sink>};
  return spec;
}

const ComponentSpec& burst() {
  static const ComponentSpec spec{.name = "test/burst",
                                  .summary = "multiplies",
                                  .inputs = {in},
                                  .outputs = {out},
                                  .make = make<Burst>};
  return spec;
}
const ComponentSpec& shared() {
  static const ComponentSpec spec{.name = "test/shared",
                                  .summary = "passes, beside others",
                                  .inputs = {in},
                                  .outputs = {out},
                                  .parallel = true,
                                  .make = make<Shared>};
  return spec;
}
const ComponentSpec& server() {
  static const ComponentSpec spec{.name = "test/server",
                                  .summary = "waits, beside others",
                                  .inputs = {in},
                                  .outputs = {out},
                                  .options = {number("wait_us", "20")},
                                  .parallel = true,
                                  .make = make<Server>};
  return spec;
}

std::size_t Builder::add(const std::string& name, const ComponentSpec& spec,
                         const std::map<std::string, std::int64_t>& options) {
  graph::ProcessModel model;
  model.name = name;
  model.component = &spec;
  model.config.kind = Setting::Kind::map;
  for (const auto& [option, value] : options) {
    model.config.fields.push_back({option, {}, Setting::plain(std::to_string(value))});
  }
  graph.processes.push_back(std::move(model));
  return graph.processes.size() - 1;
}

std::size_t Builder::add_after(std::size_t from, const std::string& name, const ComponentSpec& spec,
                               std::uint32_t capacity,
                               const std::map<std::string, std::int64_t>& options) {
  const std::size_t process = add(name, spec, options);
  connect(from, process, capacity);
  return process;
}

graph::ConnectionModel& Builder::connect(std::size_t from, std::size_t to, std::uint32_t capacity,
                                         unsigned from_element, unsigned to_element,
                                         unsigned from_port) {
  graph::ConnectionModel model;
  model.from = {from, from_port, from_element};
  model.to = {to, 0, to_element};
  model.capacity.fixed = capacity;
  model.name = fmt::format("{}.{}[{}] -> {}.in[{}]", graph.processes[from].name, from_port,
                           from_element, graph.processes[to].name, to_element);
  return graph.connections.emplace_back(std::move(model));
}

}  // namespace weir::simulation
