// Counts packets by the value of a field and sends the counts at the end of every period.

#include <fmt/format.h>

#include <cmath>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "core/_payload.hpp"
#include "weir/component.hpp"
#include "weir/config.hpp"
#include "weir/number.hpp"
#include "weir/registry.hpp"
#include "weir/text.hpp"

namespace weir::components {
namespace {

constexpr std::size_t packets_per_step = 512;
constexpr std::string_view others = "other";

/// Counts of one period, by value, in the order in which the values were first seen.
class Counts {
 public:
  struct Entry {
    Value value;
    std::int64_t count = 0;
  };

  /// `key` tells values apart; `value` is copied when it is new. At most `limit` values are told
  /// apart, the rest is counted together.
  void add(std::string_view key, const Value& value, std::size_t limit) {
    auto found = index_.find(key);
    if (found == index_.end()) {
      const bool full = entries_.size() >= limit;
      if (full && (found = index_.find(others_key)) != index_.end()) {
        ++entries_[found->second].count;
        return;
      }
      index_.emplace(full ? others_key : key, entries_.size());
      entries_.push_back({full ? Value::text(others) : texts_->copy(value), 1});
      return;
    }
    ++entries_[found->second].count;
  }

  const std::vector<Entry>& entries() const { return entries_; }
  bool empty() const { return entries_.empty(); }
  void clear() {
    index_.clear();
    entries_.clear();
    texts_.reset(Document::create());
  }

 private:
  struct Hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const {
      return std::hash<std::string_view>()(text);
    }
  };
  // Unlike any JSON text, which the keys are.
  static constexpr std::string_view others_key = "others";

  std::unordered_map<std::string, std::size_t, Hash, std::equal_to<>> index_;
  std::vector<Entry> entries_;
  DocumentPointer texts_{Document::create()};
};

/// 503 and "503" become "5xx". Nothing for what is no number.
std::optional<std::string> hundreds_of(const Value& value) {
  const Value number = value.kind() == ValueKind::text ? read_number(value.as_text()).value : value;
  if (!number.is_number()) return {};
  const double hundreds = std::floor(number.as_real() / 100);
  return std::abs(hundreds) < 1e15 ? std::optional(fmt::format("{:.0f}xx", hundreds))
                                   : std::nullopt;
}

class Count final : public Process {
 public:
  explicit Count(const Config& config)
      : every_(config.duration("every")),
        hundreds_(config.text("group") == "hundreds"),
        limit_(static_cast<std::size_t>(config.integer("limit"))) {
    if (config.has("by")) by_ = config.text("by");
  }

  Step step(Context& context) override {
    if (!next_) next_ = context.now() + every_;
    if (sending_at_ < sending_.entries().size() && !send(context)) return Step::output_full;
    if (context.now() >= *next_) {
      // Keeps the rhythm after a stall, without a burst of empty periods.
      while (*next_ <= context.now()) *next_ += every_;
      if (!close_period(context)) return Step::output_full;
    }
    for (std::size_t taken = 0; taken < packets_per_step; ++taken) {
      Packet packet = context.receive();
      if (!packet) return at_end_of_input(context);
      take(std::move(packet), context.out());
    }
    return Step::yield;
  }

 private:
  Step at_end_of_input(Context& context) {
    if (!context.ended()) {
      context.wake_after(*next_ - context.now());
      return Step::waiting;
    }
    if (!ended_) {
      ended_ = true;
      const bool nothing_to_add = by_.empty() && total_ == 0 && periods_ != 0;
      if (!nothing_to_add && !close_period(context)) return Step::output_full;
    }
    return Step::done;
  }

  void take(Packet packet, Out& out) {
    if (by_.empty()) {
      ++total_;
    } else {
      if (!has_fields(packet)) return fail_needs_fields(packet, out);
      const Value* value = packet.as_document().find_path(by_);
      count(value == nullptr ? Value() : *value);
    }
    if (out.connected(pass)) out.emit(pass, std::move(packet));
  }

  void count(const Value& value) {
    key_.clear();
    if (hundreds_) {
      if (const auto group = hundreds_of(value)) {
        append_json_text(key_, *group);
        counts_.add(key_, Value::text(*group), limit_);
        return;
      }
    }
    append_json(key_, value);
    counts_.add(key_, value, limit_);
  }

  /// Starts to send the counts; false if there is no room for all of them now.
  bool close_period(Context& context) {
    ++periods_;
    if (by_.empty()) {
      Packet packet = Packet::document();
      packet.edit_document().set("count", Value::integer(total_));
      context.out().emit(std::move(packet));
      total_ = 0;
      return true;
    }
    std::swap(sending_, counts_);
    counts_.clear();
    sending_at_ = 0;
    return send(context);
  }

  bool send(Context& context) {
    const auto& entries = sending_.entries();
    for (std::size_t room = context.room(); sending_at_ < entries.size(); --room, ++sending_at_) {
      if (room == 0) return false;
      Packet packet = Packet::document();
      Document& document = packet.edit_document();
      document.set(by_, document.copy(entries[sending_at_].value));
      document.set("count", Value::integer(entries[sending_at_].count));
      context.out().emit(std::move(packet));
    }
    sending_.clear();
    sending_at_ = 0;
    return true;
  }

  static constexpr unsigned pass = 1;

  std::string by_;
  Duration every_;
  bool hundreds_;
  std::size_t limit_;
  std::optional<Time> next_;
  std::int64_t total_ = 0;
  std::uint64_t periods_ = 0;
  bool ended_ = false;
  Counts counts_;
  Counts sending_;
  std::size_t sending_at_ = 0;
  std::string key_;
};

const ComponentSpec spec{
    .name = "core/count",
    .summary = "Counts packets, by the value of a field if asked",
    .doc =
        "Sends what it counted at the end of every period, and the rest when its input ends. The "
        "counts of a period start at 0, so those of all periods add up to the total.\n\n"
        "Without `by` it sends one document a period: `{\"count\": n}`. With `by` it sends one for "
        "each value seen in the period, in the order of first sight: `{\"status\": 200, \"count\": "
        "n}`; a missing field counts as null.\n\n"
        "The packets counted end here, or go on to the port `pass` if it is connected.",
    .inputs = {{.name = "in", .doc = "Any packets; documents with `by`"}},
    .outputs = {{.name = "out", .doc = "The counts", .type = PayloadType::document},
                {.name = "pass",
                 .doc = "The packets counted, unchanged",
                 .required = false,
                 .passes = true}},
    .options =
        {{.name = "by",
          .type = OptionType::text,
          .doc = "The field to count by, such as `status` or `request.method`."},
         {.name = "group",
          .type = OptionType::word,
          .doc =
              "`hundreds` counts numbers by their hundreds, 503 as `5xx`; what is no number counts "
              "as itself.",
          .default_value = "value",
          .words = {"value", "hundreds"}},
         {.name = "every",
          .type = OptionType::duration,
          .doc = "The length of a period.",
          .default_value = "10s",
          .min = 0.001,
          .max = 31'536'000},
         {.name = "limit",
          .type = OptionType::integer,
          .doc = "The most values told apart in a period; the others count together as `other`.",
          .default_value = "10000",
          .min = 1,
          .max = 10'000'000}},
    .stateful = true,
    .example = {.graph = R"(name: count
processes:
  read: {component: stdin/read}
  parse: {component: json/parse}
  count: {component: core/count, config: {by: status, group: hundreds}}
  write: {component: stdout/write}
connections:
  - read -> parse -> count -> write
)",
                .input = R"({"status":200}
{"status":503}
{"status":204}
)",
                .output = R"({"status":"2xx","count":2}
{"status":"5xx","count":1}
)"},
    .make = [](const Config& config) -> Instance { return std::make_unique<Count>(config); },
};

}  // namespace
}  // namespace weir::components

WEIR_COMPONENT(core, count, spec)
