// The table of `weir top` as lines of text. Pure functions.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "cli/top_figures.hpp"

namespace weir::cli {

enum class TopColumn : std::uint8_t {
  graph,  // the order of the graph
  process,
  throughput,
  busy,
  waiting,
  starved,
  blocked,
  throttled,
  ready,
  service,
  concurrency,
  queue,
  errors
};
inline constexpr unsigned top_columns = 13;

/// How it is to be shown.
struct TopLook {
  unsigned columns = 80;
  /// 0 for as many as it takes.
  unsigned rows = 0;
  TopColumn sort = TopColumn::graph;
  bool reverse = false;
  /// Rows of processes that are left out at the top.
  std::size_t scrolled = 0;
  bool paused = false;
  bool help = false;
  /// The root is shown inverse, and what matters in bold.
  bool styled = false;
  /// Said in place of the verdict: the connection is lost, say.
  std::string trouble = {};
};

/// The screen, each line ended with a line feed and no wider than `columns`. With `rows`, the last
/// line names the keys.
std::string top_screen(const TopFigures& figures, const TopLook& look);

}  // namespace weir::cli
