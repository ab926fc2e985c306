// Where messages go: standard error, as text or as JSON lines. Standard output belongs to the
// graph.
#pragma once

#include <string>
#include <string_view>

namespace weir::cli {

struct LogOptions {
  /// text or json
  std::string format = "text";
  /// debug, info, warn, error or off
  std::string level = "info";
};

/// Makes spdlog's default logger write as the options say. Before any thread is started.
void set_up_logging(const LogOptions& options);

/// Tells the user something that is laid out in lines, such as a table: as it is in text format,
/// each line as a message of level info in JSON. Silent if the level is above info.
void say(std::string_view text);

}  // namespace weir::cli
