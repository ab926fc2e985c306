#include <cstdint>
#include <string>

#include "core/_payload.hpp"
#include "weir/component.hpp"
#include "weir/config.hpp"
#include "weir/registry.hpp"
#include "weir/text.hpp"

namespace weir::components {
namespace {

/// FNV-1a: the same on every machine and in every version, since which packets meet depends on it.
std::uint64_t stable_hash(std::string_view text) {
  std::uint64_t hash = 14695981039346656037u;
  for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 1099511628211u;
  return hash ^ (hash >> 32);
}

class Split final : public Transform {
 public:
  explicit Split(const Config& config) {
    if (config.has("by")) by_ = config.text("by");
  }

  void process(Packet& packet, Out& out) override {
    const unsigned width = out.width(0);
    if (by_.empty()) {
      out.emit(0, next_, std::move(packet));
      next_ = next_ + 1 < width ? next_ + 1 : 0;
      return;
    }
    if (!has_fields(packet)) return fail_needs_fields(packet, out);
    const auto element = static_cast<unsigned>(hash_of(packet.as_document()) % width);
    out.emit(0, element, std::move(packet));
  }

 private:
  std::uint64_t hash_of(const Document& document) {
    const Value* value = document.find_path(by_);
    if (value == nullptr) return stable_hash({});
    if (value->kind() == ValueKind::text) return stable_hash(value->as_text());
    scratch_.clear();
    append_json(scratch_, *value);
    return stable_hash(scratch_);
  }

  std::string by_;
  unsigned next_ = 0;
  std::string scratch_;
};

const ComponentSpec spec{
    .name = "core/split",
    .summary = "Shares packets out over several outputs",
    .doc =
        "Each packet goes to one output: to each in turn, or with `by` to the one that belongs to "
        "the value of a field, so that packets with the same value meet again. The choice depends "
        "on the value and the number of outputs alone, in every run. Documents without the field "
        "stay together too.",
    .inputs = {{.name = "in", .doc = "Any packets; documents with `by`"}},
    .outputs = {{.name = "out",
                 .doc = "The same packets: `out[0]`, `out[1]`, ...",
                 .array = true,
                 .passes = true}},
    .options =
        {{.name = "by",
          .type = OptionType::text,
          .doc = "The field whose value chooses the output, such as `user` or `request.host`."}},
    .stateful = true,
    .example = {.graph = R"(name: split
processes:
  numbers: {component: core/generate, config: {count: 5}}
  split: {component: core/split}
  even: {component: file/write, config: {path: even.txt}}
  odd: {component: file/write, config: {path: odd.txt}}
connections:
  - numbers -> split
  - split.out[0] -> even
  - split.out[1] -> odd
)",
                .files_after = {{"even.txt", "0\n2\n4\n"}, {"odd.txt", "1\n3\n"}}},
    .make = [](const Config& config) -> Instance { return std::make_unique<Split>(config); },
};

}  // namespace
}  // namespace weir::components

WEIR_COMPONENT(core, split, spec)
