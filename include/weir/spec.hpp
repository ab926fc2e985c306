// How a component describes itself. From this one constant come validation, the JSON Schema, the
// reference pages and `weir components`; there is no second place to keep in step.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "weir/setting.hpp"

namespace weir {

class Config;
class Transform;
class Batch;
class Process;

/// What a port carries. `any` fits everything; two different others are an error at load.
enum class PayloadType { any, bytes, document, number };

struct PortSpec {
  std::string_view name;
  std::string_view doc;
  PayloadType type = PayloadType::any;
  /// Must be connected, else the graph is refused.
  bool required = true;
  /// Has elements name[0], name[1], ... as many as the graph connects.
  bool array = false;
  /// An out port that sends what came in, as it is: it carries what the in ports do. Its `type` is
  /// `any` then, and the types that reach the process are held against what takes them.
  bool passes = false;
  /// An in port where every packet matters to the component: a connection into it may not drop.
  bool lossless = false;
};

enum class OptionType {
  boolean,
  integer,
  number,
  text,
  duration,
  size,
  rate,
  word,       // one of `words`
  text_list,  // a list of texts; a single text is a list of one
  text_map,   // a map from name to text
  value_map,  // a map from name to any plain value
  resource,   // the name of one of the graph's resources, of the type that `resource` says
  any         // checked by the component's own `check`, described by `schema`
};

struct OptionSpec {
  std::string_view name;
  OptionType type = OptionType::text;
  std::string_view doc;
  /// As a user would write it; empty for none.
  std::string_view default_value = {};
  bool required = false;
  /// Least and greatest value: of a number, in seconds of a duration, bytes of a size, 1/s of a
  /// rate.
  std::optional<double> min = {};
  std::optional<double> max = {};
  std::vector<std::string_view> words = {};
  /// JSON Schema of an option of type `any`.
  std::string_view schema = {};
  /// The option names something only one process of a graph may have (a file written, an address).
  bool exclusive = false;
  /// No message quotes a value of it. A plain value such as 1234 is a text here too.
  bool secret = false;
  /// The type of resource that an option of type `resource` names: "postgres".
  std::string_view resource = {};
};

/// A whole graph that shows the component at work and is run as a test with the real program.
struct Example {
  std::string_view graph;
  /// What is typed on standard input, and what must come out on standard output.
  std::string_view input = {};
  std::string_view output = {};
  /// Files (name, content) laid in the working folder before, and expected there after.
  std::vector<std::pair<std::string_view, std::string_view>> files_before = {};
  std::vector<std::pair<std::string_view, std::string_view>> files_after = {};
  /// The graph runs until it is stopped, so the example is checked but not run to its end.
  bool endless = false;
};

/// A file that a process reads or writes, for the checks of a whole graph: nobody may write what
/// another writes, nor what feeds it.
struct FileUse {
  /// The path of a file that is written, or what names those that are read, as a user gave it.
  std::string path;
  Location at;
  /// The option that names it.
  std::string_view option;
  /// For files that are read: whether the file of this path, absolute and without symbolic links,
  /// would be read too. Empty for a file that is written.
  std::function<bool(const std::string& path)> reads = {};
};

/// A new instance of a component, at one of the three levels of weir/component.hpp.
using Instance =
    std::variant<std::unique_ptr<Transform>, std::unique_ptr<Batch>, std::unique_ptr<Process>>;

struct ComponentSpec {
  /// area/name, the same as the source path.
  std::string_view name;
  /// One line, no full stop.
  std::string_view summary;
  /// Paragraphs for the reference page (Markdown).
  std::string_view doc = {};
  std::vector<PortSpec> inputs = {};
  std::vector<PortSpec> outputs = {};
  std::vector<OptionSpec> options = {};
  /// Several packets may be handled at once, each by an instance of its own: `make` is then called
  /// as often as the process has units. A Process that is parallel handles one packet at a time, or
  /// those of one receive_batch() together: it has finished with them when it receives again or
  /// returns need_input, and what it emits until then belongs to them.
  bool parallel = false;
  /// Says that with this configuration a parallel component handles one packet at a time after all;
  /// may be null.
  bool (*serial)(const Config&) = nullptr;
  /// It waits outside on behalf of packets and implements Process::expire(), so that a process may
  /// have a `timeout`.
  bool expires = false;
  /// Says that with this configuration process() or step() may block their thread, in a library
  /// that cannot wait otherwise; may be null. The component then runs on threads that are there for
  /// that, one for each unit that is inside a call, and holds up no worker. It need not hurry, but
  /// has to come back: a drain waits for it. What waits by wake_after() and the like does not
  /// block.
  bool (*blocking)(const Config&) = nullptr;
  /// Of a source: how many packets a second it sends at most with this configuration, by itself; 0
  /// for as many as are taken. What it would send while it is held back cannot be measured. May be
  /// null.
  double (*pace)(const Config&) = nullptr;
  /// Keeps something from one packet to the next.
  bool stateful = false;
  /// Packets that an input must be able to hold for the component to go on.
  unsigned least_input = 1;
  Example example = {};
  /// Makes an instance from a checked configuration. Must not touch the outside world: that is for
  /// start(), so that `weir check` has no side effects.
  Instance (*make)(const Config&) = nullptr;
  /// Finds mistakes that the option types cannot express; may be null.
  void (*check)(const Config&, Problems&) = nullptr;
  /// The files that it reads and writes with a configuration that has passed the checks; may be
  /// null. May look at folders and links, and changes nothing.
  std::vector<FileUse> (*files)(const Config&) = nullptr;
};

/// Every component also has an out port of this name, for packets that it could not handle.
inline constexpr std::string_view error_port = "error";

}  // namespace weir
