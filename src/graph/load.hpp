// YAML text to a checked graph. Reads nothing but the text and the environment that it is given,
// and starts nothing, so it is safe for `weir check`.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "graph/model.hpp"
#include "weir/registry.hpp"
#include "weir/setting.hpp"

namespace weir::graph {

/// The value of an environment variable, or nothing if it is unset.
using Environment = std::function<std::optional<std::string>(const std::string&)>;

/// The environment of this program.
Environment process_environment();

/// `--set read.path=x`: an option of a process, replaced before validation.
struct Override {
  std::string process;
  std::string option;
  std::string value;
};

/// Parses "process.option=value"; nothing if it is not of that form.
std::optional<Override> parse_override(std::string_view text);

/// What the numbers of a graph are held against.
struct LoadLimits {
  /// Bytes that this program may use. A connection that alone could take more is an error; nothing:
  /// that is not checked.
  std::optional<std::uint64_t> memory;
};

struct Loaded {
  /// Present only if there was no error.
  std::optional<Graph> graph;
  /// All mistakes and warnings, in the order of the file.
  Problems problems;
};

/// Loads a graph from text. `file` is for messages alone.
Loaded load(std::string_view text, const std::string& file, const Registry& registry,
            const Environment& environment, const std::vector<Override>& overrides = {},
            const LoadLimits& limits = {});

/// Reads the file ("-": standard input) and loads it; a file that cannot be read is a problem.
Loaded load_file(const std::string& path, const Registry& registry, const Environment& environment,
                 const std::vector<Override>& overrides = {}, const LoadLimits& limits = {});

/// One line a problem: "file:line:column: error: text" (without the place where there is none).
std::string format(const Problem& problem, const std::string& file);

}  // namespace weir::graph
