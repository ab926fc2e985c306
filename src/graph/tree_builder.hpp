// Makes a tree of settings from the events of the YAML parser. The parser's own tree is not used:
// it accepts duplicate keys in silence and has no limits.
#pragma once

#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/mark.h>

#include <cstddef>
#include <exception>
#include <map>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "graph/load.hpp"
#include "graph/source.hpp"

namespace weir::graph {

/// Thrown out of the parser when going on makes no sense; the problem has been noted.
class GiveUp : public std::exception {};

/// One per text; used by one thread.
class TreeBuilder final : public YAML::EventHandler {
 public:
  /// Borrows everything. `environment` may be null: then nothing is replaced.
  TreeBuilder(const SourceText& source, const Environment* environment, Problems& problems)
      : source_(source), environment_(environment), problems_(problems) {}

  /// The finished tree; nothing if there was no document.
  std::optional<Setting>& root() noexcept { return root_; }

  void OnDocumentStart(const YAML::Mark& mark) override;
  void OnDocumentEnd() override {}
  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override;
  void OnAlias(const YAML::Mark& mark, YAML::anchor_t anchor) override;
  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                const std::string& value) override;
  void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value style) override;
  void OnSequenceEnd() override { end_collection(); }
  void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value style) override;
  void OnMapEnd() override { end_collection(); }

 private:
  /// What a value adds to the limits.
  struct Measure {
    std::size_t values = 1;
    std::size_t bytes = 0;
    std::size_t height = 1;
  };
  struct Anchored {
    Setting value;
    Measure measure;
  };
  struct Key {
    std::string name;
    Location at;
    bool merge = false;
  };
  /// A list or map that is being read.
  struct Frame {
    Setting value;
    Measure measure;
    YAML::anchor_t anchor = 0;
    /// Set between a key and its value.
    std::optional<Key> key;
    std::unordered_map<std::string, Location> names;
    /// Values of merge keys, which give way to the map's own keys.
    std::vector<Setting> merged;
  };

  Location place(const YAML::Mark& mark) const { return source_.at(mark.line, mark.column); }
  [[noreturn]] void give_up(Location at, std::string text);
  void begin_collection(Setting::Kind kind, const YAML::Mark& mark, const std::string& tag,
                        YAML::anchor_t anchor);
  void end_collection();
  void merge(Frame& frame);
  void merge_map(Frame& frame, const Setting& from);
  void take(Setting value, Measure measure, YAML::anchor_t anchor, bool merge_key);
  void take_key(const Setting& value, bool merge_key);
  void count(const Measure& measure, Location at);
  Setting scalar(const YAML::Mark& mark, const std::string& tag, const std::string& value);

  const SourceText& source_;
  const Environment* environment_;
  Problems& problems_;
  std::optional<Setting> root_;
  bool started_ = false;
  std::vector<Frame> frames_;
  std::map<YAML::anchor_t, Anchored> anchors_;
  Measure total_{0, 0, 0};
};

}  // namespace weir::graph
