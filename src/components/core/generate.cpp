// A source of made-up packets, for demonstrations, tests and load tests.

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "core/_payload.hpp"
#include "weir/component.hpp"
#include "weir/config.hpp"
#include "weir/registry.hpp"
#include "weir/setting_value.hpp"

namespace weir::components {
namespace {

constexpr std::size_t packets_per_step = 256;
constexpr std::string_view counter = "{n}";

/// A text with places for the packet's number.
class Template {
 public:
  explicit Template(std::string_view text) {
    for (std::size_t at; (at = text.find(counter)) != std::string_view::npos;) {
      pieces_.emplace_back(text.substr(0, at));
      text.remove_prefix(at + counter.size());
    }
    pieces_.emplace_back(text);
  }

  void append(std::string& out, std::int64_t number) const {
    out += pieces_.front();
    for (std::size_t i = 1; i < pieces_.size(); ++i) {
      fmt::format_to(std::back_inserter(out), FMT_STRING("{}"), number);
      out += pieces_[i];
    }
  }

 private:
  std::vector<std::string> pieces_;
};

/// Says how many packets are due. A stall is caught up with, but by no more than one second's
/// worth.
class Schedule {
 public:
  explicit Schedule(double rate) : rate_(rate), most_behind_(std::max(1.0, rate)) {}

  std::size_t due(Time now) {
    if (!start_) start_ = now;
    double behind = std::floor(seconds(now - *start_) * rate_) + 1 - sent_;
    if (behind > most_behind_) {
      *start_ += from_seconds((behind - most_behind_) / rate_);
      behind = most_behind_;
    }
    return behind < 1 ? 0 : static_cast<std::size_t>(behind);
  }
  /// When the packet that comes `ahead` after the last sent is due.
  Time due_at(std::size_t ahead) const {
    return *start_ + from_seconds((sent_ + static_cast<double>(ahead)) / rate_);
  }
  void sent(std::size_t count) { sent_ += static_cast<double>(count); }
  Duration until_next(Time now) const {
    return std::max(Duration(1), *start_ + from_seconds(sent_ / rate_) - now);
  }

 private:
  static double seconds(Duration duration) {
    return std::chrono::duration<double>(duration).count();
  }
  // Rounded up, so that a packet is due when its time has come.
  static Duration from_seconds(double value) {
    return Duration(static_cast<Duration::rep>(std::ceil(value * 1e9)));
  }

  double rate_;
  double most_behind_;
  std::optional<Time> start_;
  double sent_ = 0;
};

class Generate final : public Process {
 public:
  explicit Generate(const Config& config) {
    if (config.has("count")) count_ = config.integer("count");
    if (config.has("rate")) schedule_.emplace(config.rate("rate"));
    if (config.has("size")) filler_ = std::string(config.size("size"), '.');
    if (const Setting* fields = config.setting("fields")) {
      for (const SettingField& field : fields->fields) {
        fields_.push_back({field.name, Template(field.value.text),
                           to_value(field.value, *constants_),
                           field.value.kind == Setting::Kind::text});
        fields_.back().number = field.value.text == counter;
      }
      documents_ = true;
    }
  }

  Step step(Context& context) override {
    if (context.stopping() || finished()) return Step::done;
    std::size_t most = std::min(context.room(), packets_per_step);
    if (most == 0) return Step::output_full;
    if (schedule_) {
      most = std::min(most, schedule_->due(context.now()));
      if (most == 0) {
        context.wake_after(schedule_->until_next(context.now()));
        return Step::waiting;
      }
    }
    if (count_) {
      most = static_cast<std::size_t>(
          std::min<std::int64_t>(static_cast<std::int64_t>(most), *count_ - next_));
    }
    if (documents_ || filler_ || schedule_) {
      const bool stamp = schedule_ && context.samples_latency();
      for (std::size_t sent = 0; sent < most; ++sent) {
        Packet packet = make(next_++);
        if (stamp) packet.set_due(schedule_->due_at(sent));
        context.out().emit(std::move(packet));
      }
    } else {
      for (Packet& packet : context.out().make(0, most)) packet.set_integer(next_++);
    }
    if (schedule_) schedule_->sent(most);
    return finished() ? Step::done : Step::yield;
  }

 private:
  struct GeneratedField {
    std::string name;
    Template text;
    Value constant;
    bool is_text = false;
    bool number = false;
  };

  bool finished() const { return count_ && next_ >= *count_; }

  Packet make(std::int64_t number) {
    if (documents_) return make_document(number);
    return filler_ ? make_bytes(number) : Packet::integer(number);
  }

  Packet make_bytes(std::int64_t number) {
    scratch_.clear();
    fmt::format_to(std::back_inserter(scratch_), FMT_STRING("{}"), number);
    const std::size_t digits = std::min(scratch_.size(), filler_->size());
    std::memcpy(filler_->data(), scratch_.data(), digits);
    return Packet::bytes(writer_.write(*filler_));
  }

  Packet make_document(std::int64_t number) {
    Packet packet = Packet::document();
    Document& document = packet.edit_document();
    for (const GeneratedField& field : fields_) {
      if (field.number) {
        document.set(field.name, Value::integer(number));
      } else if (field.is_text) {
        scratch_.clear();
        field.text.append(scratch_, number);
        document.set(field.name, document.copy_text(scratch_));
      } else {
        document.set(field.name, document.copy(field.constant));
      }
    }
    return packet;
  }

  std::optional<std::int64_t> count_;
  std::int64_t next_ = 0;
  std::optional<Schedule> schedule_;
  std::optional<std::string> filler_;
  bool documents_ = false;
  DocumentPointer constants_{Document::create()};
  std::vector<GeneratedField> fields_;
  std::string scratch_;
  BytesWriter writer_;
};

void check(const Config& config, Problems& problems) {
  if (config.has("size") && config.has("fields")) {
    problems.error(config.at("fields"),
                   "core/generate makes either bytes (size) or documents (fields): leave one out");
  }
}

const ComponentSpec spec{
    .name = "core/generate",
    .summary = "Makes packets, as many and as fast as asked for",
    .doc =
        "Without options it never ends and sends the numbers 0, 1, 2, ... as fast as the graph "
        "takes them. With `size` it sends bytes that begin with the number, with `fields` "
        "documents.\n\n"
        "With `rate`, each packet has a time when it is due. After a stall the source catches up, "
        "by at most one second's worth of packets; what was due before that is not made up for.",
    .outputs = {{.name = "out", .doc = "Numbers, bytes or documents"}},
    .options = {{.name = "count",
                 .type = OptionType::integer,
                 .doc = "How many packets to send, then end. Without it the source is endless.",
                 .min = 0},
                {.name = "rate",
                 .type = OptionType::rate,
                 .doc = "How many packets to send in a time, such as `1000/s`.",
                 .min = 1e-6,
                 .max = 1e9},
                {.name = "size",
                 .type = OptionType::size,
                 .doc = "Send bytes of this size: the packet's number, filled up with dots.",
                 .min = 0,
                 .max = 1 << 30},
                {.name = "fields",
                 .type = OptionType::value_map,
                 .doc = "Send documents with these fields. `{n}` in a text stands for the packet's "
                        "number; a text that is just `{n}` becomes a number. Put it in quotes."}},
    .pace = [](const Config& config) { return config.has("rate") ? config.rate("rate") : 0; },
    .stateful = true,
    .example = {.graph = R"(name: generate
processes:
  orders:
    component: core/generate
    config: {count: 3, fields: {id: "{n}", user: "user-{n}", paid: true}}
  write: {component: stdout/write}
connections:
  - orders -> write
)",
                .output = R"({"id":0,"user":"user-0","paid":true}
{"id":1,"user":"user-1","paid":true}
{"id":2,"user":"user-2","paid":true}
)"},
    .make = [](const Config& config) -> Instance { return std::make_unique<Generate>(config); },
    .check = check,
};

}  // namespace
}  // namespace weir::components

WEIR_COMPONENT(core, generate, spec)
