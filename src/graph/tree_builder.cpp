#include "graph/tree_builder.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "graph/substitute.hpp"
#include "graph/yaml.hpp"
#include "weir/advice.hpp"

namespace weir::graph {
namespace {

constexpr std::string_view text_tag = "tag:yaml.org,2002:str";

}  // namespace

void TreeBuilder::give_up(Location at, std::string text) {
  problems_.error(at, std::move(text));
  throw GiveUp();
}

void TreeBuilder::OnDocumentStart(const YAML::Mark& mark) {
  if (!started_) {
    started_ = true;
    return;
  }
  if (source_.line_starts_with(mark.line, "---")) {
    give_up(place(mark),
            "a second document starts here: a graph file holds one graph, so put this "
            "one in a file of its own");
  }
  give_up(place(mark),
          "not valid YAML: the text goes on after the end of what came before; check "
          "the indentation");
}

void TreeBuilder::OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) {
  Setting value;
  // An empty value has no place of its own, so it gets that of its key.
  const bool has_key = !frames_.empty() && frames_.back().key;
  value.at = has_key ? frames_.back().key->at : place(mark);
  take(std::move(value), {}, anchor, false);
}

void TreeBuilder::OnAlias(const YAML::Mark& mark, YAML::anchor_t anchor) {
  const auto found = anchors_.find(anchor);
  if (found == anchors_.end()) give_up(place(mark), "this alias stands inside what it refers to");
  const Measure& measure = found->second.measure;
  if (frames_.size() + measure.height > depth_max) {
    give_up(place(mark), fmt::format("lists and maps are nested more than {} deep", depth_max));
  }
  // Before the copy, which is what the limit is for.
  count(measure, place(mark));
  take(found->second.value, measure, 0, false);
}

void TreeBuilder::OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                           const std::string& value) {
  const bool merge_key = value == "<<" && tag == "?";
  Setting made = scalar(mark, tag, value);
  const Measure measure{1, made.text.size(), 1};
  count(measure, made.at);
  take(std::move(made), measure, anchor, merge_key);
}

Setting TreeBuilder::scalar(const YAML::Mark& mark, const std::string& tag,
                            const std::string& value) {
  const Location at = place(mark);
  const bool plain = tag == "?" || tag.empty();
  if (!plain && tag != "!" && tag != text_tag) {
    problems_.error(at,
                    fmt::format("the tag {} means nothing in a graph file; remove it", quote(tag)));
  }
  std::string text = unmask_references(value);
  bool substituted = false;
  if (environment_ != nullptr && text.find('$') != std::string::npos) {
    Substituted result = substitute(text, *environment_);
    if (!result.error.empty()) problems_.error(at, std::move(result.error));
    text = std::move(result.text);
    substituted = result.substituted;
  }
  if (plain && substituted) return Setting::substituted_plain(std::move(text), at);
  return plain ? Setting::plain(std::move(text), at) : Setting::quoted_text(std::move(text), at);
}

void TreeBuilder::OnSequenceStart(const YAML::Mark& mark, const std::string& tag,
                                  YAML::anchor_t anchor, YAML::EmitterStyle::value) {
  begin_collection(Setting::Kind::list, mark, tag, anchor);
}

void TreeBuilder::OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                             YAML::EmitterStyle::value) {
  begin_collection(Setting::Kind::map, mark, tag, anchor);
}

void TreeBuilder::begin_collection(Setting::Kind kind, const YAML::Mark& mark,
                                   const std::string& tag, YAML::anchor_t anchor) {
  const Location at = place(mark);
  count({}, at);
  if (frames_.size() >= depth_max) {
    give_up(at, fmt::format("lists and maps are nested more than {} deep", depth_max));
  }
  if (!tag.empty() && tag != "?" && tag != "!") {
    problems_.error(at,
                    fmt::format("the tag {} means nothing in a graph file; remove it", quote(tag)));
  }
  Frame frame;
  frame.value.kind = kind;
  frame.value.at = at;
  frame.anchor = anchor;
  frames_.push_back(std::move(frame));
}

void TreeBuilder::end_collection() {
  Frame frame = std::move(frames_.back());
  frames_.pop_back();
  merge(frame);
  take(std::move(frame.value), frame.measure, frame.anchor, false);
}

void TreeBuilder::merge(Frame& frame) {
  for (const Setting& from : frame.merged) {
    if (from.kind == Setting::Kind::map) {
      merge_map(frame, from);
    } else if (from.kind == Setting::Kind::list) {
      for (const Setting& item : from.items) merge_map(frame, item);
    } else {
      problems_.error(from.at,
                      fmt::format("<< takes a map or a list of maps, not {}", describe(from)));
    }
  }
}

void TreeBuilder::merge_map(Frame& frame, const Setting& from) {
  if (from.kind != Setting::Kind::map) {
    problems_.error(from.at,
                    fmt::format("<< takes a map or a list of maps, not {}", describe(from)));
    return;
  }
  for (const SettingField& field : from.fields) {
    if (frame.names.emplace(field.name, field.at).second) frame.value.fields.push_back(field);
  }
}

void TreeBuilder::count(const Measure& measure, Location at) {
  total_.values += measure.values;
  total_.bytes += measure.bytes;
  if (total_.values > values_max || total_.bytes > text_bytes_max) {
    give_up(at, fmt::format("the file becomes too large, with what its aliases (*name) stand for: "
                            "at most {} values and {} of text are allowed",
                            values_max, "32MiB"));
  }
}

void TreeBuilder::take(Setting value, Measure measure, YAML::anchor_t anchor, bool merge_key) {
  if (anchor != 0) {
    // The kept copy takes memory too.
    count(measure, value.at);
    anchors_[anchor] = {value, measure};
  }
  if (frames_.empty()) {
    root_ = std::move(value);
    return;
  }
  Frame& frame = frames_.back();
  if (frame.value.kind == Setting::Kind::map && !frame.key) {
    take_key(value, merge_key);
    return;
  }
  frame.measure.values += measure.values;
  frame.measure.bytes += measure.bytes;
  frame.measure.height = std::max(frame.measure.height, measure.height + 1);
  if (frame.value.kind == Setting::Kind::list) {
    frame.value.items.push_back(std::move(value));
    return;
  }
  const Key key = std::move(*frame.key);
  frame.key.reset();
  if (key.merge) {
    frame.merged.push_back(std::move(value));
    return;
  }
  const auto [earlier, added] = frame.names.emplace(key.name, key.at);
  if (!added) {
    problems_.error(key.at, fmt::format("duplicate key {}: it is already given at line {}",
                                        quote(key.name), earlier->second.line));
    return;
  }
  frame.value.fields.push_back({key.name, key.at, std::move(value)});
}

void TreeBuilder::take_key(const Setting& value, bool merge_key) {
  if (!value.is_scalar() || value.kind == Setting::Kind::null) {
    give_up(value.at, fmt::format("a key must be a text, not {}", describe(value)));
  }
  frames_.back().measure.bytes += value.text.size();
  frames_.back().measure.values += 1;
  frames_.back().key = Key{value.text, value.at, merge_key};
}

}  // namespace weir::graph
