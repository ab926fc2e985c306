#include "cli/top_table.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <numeric>
#include <string_view>
#include <utility>

namespace weir::cli {

namespace {

constexpr std::string_view bold = "\x1b[1m";
constexpr std::string_view inverse = "\x1b[7m";
constexpr std::string_view plain = "\x1b[0m";
constexpr std::string_view keys =
    "q quit  s sort by the next column  r reverse  p pause  up down scroll  ? help";

/// A text without what a terminal would obey, cut after so many characters.
std::string fit(std::string_view text, std::size_t width) {
  std::string out;
  std::size_t shown = 0;
  for (const char c : text) {
    const bool continues = (static_cast<unsigned char>(c) & 0xC0U) == 0x80U;
    if (!continues && ++shown > width) break;
    out += static_cast<unsigned char>(c) < ' ' || c == '\x7f' ? '?' : c;
  }
  return out;
}

/// 3 or 4 digits: "0.52", "41.2k", "7.3M".
std::string short_number(double value) {
  constexpr std::array<std::string_view, 5> units{"", "k", "M", "G", "T"};
  std::size_t unit = 0;
  while (value >= 999.95 && unit + 1 < units.size()) {
    value /= 1000;
    ++unit;
  }
  if (unit == 0 && value == std::floor(value)) return fmt::format("{}", value);
  return fmt::format("{:.{}f}{}", value, value < 10 ? 2 : 1, units[unit]);
}

std::string short_time(double microseconds) {
  if (microseconds < 1) return fmt::format("{:.0f}ns", microseconds * 1000);
  if (microseconds < 1000) return fmt::format("{:.1f}us", microseconds);
  if (microseconds < 1'000'000) return fmt::format("{:.1f}ms", microseconds / 1000);
  return fmt::format("{:.1f}s", microseconds / 1'000'000);
}

std::string percent(double share) {
  return fmt::format("{:.0f}%", share * 100);
}

/// Ten characters, a letter for each state: what takes most of the time is seen at a glance.
std::string bar(const StateShares& shares) {
  constexpr std::string_view letters = "#w.bt+";
  constexpr std::size_t width = 10;
  std::string out;
  double sum = 0;
  for (std::size_t i = 0; i < shares.size(); ++i) {
    sum += shares[i];
    const auto end = static_cast<std::size_t>(std::lround(std::clamp(sum, 0.0, 1.0) * width));
    if (end > out.size()) out.append(end - out.size(), letters[i]);
  }
  out.resize(width, ' ');
  return out;
}

struct Column {
  TopColumn sort;
  std::string_view title;
  std::string (*cell)(const TopProcess& process);
  /// What it is sorted by, the largest first.
  double (*rank)(const TopProcess& process);
  /// The columns with the greatest number are left out first where the terminal is narrow.
  unsigned leave_out;
};

template <std::size_t state>
std::string share_cell(const TopProcess& process) {
  return process.state ? percent((*process.state)[state]) : "-";
}
template <std::size_t state>
double share_rank(const TopProcess& process) {
  return process.state ? (*process.state)[state] : -1;
}

std::string queue_cell(const TopProcess& process) {
  if (!process.queued) return "-";
  return fmt::format("{}/{}", short_number(static_cast<double>(*process.queued)),
                     short_number(static_cast<double>(process.capacity)));
}

std::string concurrency_cell(const TopProcess& process) {
  return process.concurrency_max
             ? fmt::format("{}/{}", process.concurrency, *process.concurrency_max)
             : fmt::to_string(process.concurrency);
}

constexpr std::array columns{
    Column{TopColumn::throughput, "packets/s",
           [](const TopProcess& p) {
             return p.throughput_pps ? short_number(*p.throughput_pps) : std::string("-");
           },
           [](const TopProcess& p) { return p.throughput_pps.value_or(-1); }, 0},
    Column{TopColumn::busy, "busy", share_cell<0>, share_rank<0>, 0},
    Column{TopColumn::waiting, "wait", share_cell<1>, share_rank<1>, 1},
    Column{TopColumn::starved, "starve", share_cell<2>, share_rank<2>, 2},
    Column{TopColumn::blocked, "block", share_cell<3>, share_rank<3>, 1},
    Column{TopColumn::throttled, "thrott", share_cell<4>, share_rank<4>, 5},
    Column{TopColumn::ready, "ready", share_cell<5>, share_rank<5>, 6},
    Column{TopColumn::service, "service",
           [](const TopProcess& p) {
             return p.service_us ? short_time(*p.service_us) : std::string("-");
           },
           [](const TopProcess& p) { return p.service_us.value_or(-1); }, 3},
    Column{TopColumn::concurrency, "units", concurrency_cell,
           [](const TopProcess& p) { return static_cast<double>(p.concurrency); }, 4},
    Column{TopColumn::queue, "queue", queue_cell,
           [](const TopProcess& p) { return p.queued ? static_cast<double>(*p.queued) : -1; }, 2},
    Column{TopColumn::errors, "errors",
           [](const TopProcess& p) { return short_number(static_cast<double>(p.errors)); },
           [](const TopProcess& p) { return static_cast<double>(p.errors); }, 3},
};

std::vector<const TopProcess*> sorted(const TopFigures& figures, const TopLook& look) {
  std::vector<const TopProcess*> rows;
  for (const TopProcess& process : figures.processes) rows.push_back(&process);
  if (look.sort == TopColumn::process) {
    std::ranges::stable_sort(rows, {}, &TopProcess::name);
  } else if (look.sort != TopColumn::graph) {
    const auto column = std::ranges::find(columns, look.sort, &Column::sort);
    std::ranges::stable_sort(rows, [&](const TopProcess* left, const TopProcess* right) {
      return column->rank(*left) > column->rank(*right);
    });
  }
  if (look.reverse) std::ranges::reverse(rows);
  return rows;
}

/// The table as texts: a row of titles, then one for each process.
class Table {
 public:
  Table(const std::vector<const TopProcess*>& rows, const TopLook& look) : look_(look) {
    name_width_ = std::string_view("process").size() + 2;
    for (const TopProcess* row : rows) name_width_ = std::max(name_width_, row->name.size());
    name_width_ = std::min<std::size_t>(name_width_, std::max(10U, look.columns / 3));
    for (const Column& column : columns) {
      std::size_t width = column.title.size() + (column.sort == look.sort ? 1 : 0);
      for (const TopProcess* row : rows) width = std::max(width, column.cell(*row).size());
      widths_.push_back(width);
      shown_.push_back(true);
    }
    bar_ = std::ranges::any_of(rows, [](const TopProcess* row) { return row->state.has_value(); });
    if (look.columns != 0) leave_out();
  }

  std::string titles() const {
    std::string out = fmt::format("  {:<{}}", title("process", TopColumn::process), name_width_);
    for (std::size_t i = 0; i < columns.size(); ++i) {
      if (!shown_[i]) continue;
      out += fmt::format("  {:>{}}", title(columns[i].title, columns[i].sort), widths_[i]);
    }
    if (bar_) out += "  time";
    return out;
  }

  std::string row(const TopProcess& process) const {
    std::string out = fmt::format("{} {:<{}}", process.root ? '>' : ' ',
                                  fit(process.name, name_width_), name_width_);
    for (std::size_t i = 0; i < columns.size(); ++i) {
      if (shown_[i]) out += fmt::format("  {:>{}}", columns[i].cell(process), widths_[i]);
    }
    if (bar_) out += "  " + (process.state ? bar(*process.state) : std::string());
    return out;
  }

 private:
  std::string title(std::string_view name, TopColumn column) const {
    std::string text(name);
    if (column == look_.sort) text += look_.reverse ? '^' : 'v';
    return text;
  }

  std::size_t width() const {
    std::size_t total = 2 + name_width_ + (bar_ ? 12 : 0);
    for (std::size_t i = 0; i < widths_.size(); ++i) total += shown_[i] ? 2 + widths_[i] : 0;
    return total;
  }

  void leave_out() {
    for (unsigned rank = 6; rank > 0 && width() > look_.columns; --rank) {
      for (std::size_t i = columns.size(); i-- > 0 && width() > look_.columns;) {
        if (columns[i].leave_out == rank && columns[i].sort != look_.sort) shown_[i] = false;
      }
      // The bar says what columns that went before it said.
      if (rank == 4 && width() > look_.columns) bar_ = false;
    }
  }

  const TopLook& look_;
  std::size_t name_width_;
  std::vector<std::size_t> widths_;
  std::vector<bool> shown_;
  bool bar_ = false;
};

/// Lines of at most `width` characters, broken at blanks, `most` of them.
std::vector<std::string> wrap(std::string_view text, std::size_t width, std::size_t most) {
  std::vector<std::string> lines;
  while (!text.empty() && lines.size() < most) {
    std::size_t end = text.size();
    if (end > width && lines.size() + 1 < most) {
      end = text.rfind(' ', width);
      if (end == std::string_view::npos || end == 0) end = width;
    }
    lines.push_back(fit(text.substr(0, end), width));
    text.remove_prefix(end);
    text.remove_prefix(std::min(text.find_first_not_of(' '), text.size()));
  }
  return lines;
}

std::string styled(std::string_view line, std::string_view style, const TopLook& look) {
  return look.styled ? fmt::format("{}{}{}", style, line, plain) : std::string(line);
}

std::vector<std::string> help_lines() {
  return {
      "",
      "q       quit",
      "s S     sort by the next or previous column; right and left do the same",
      "r       reverse the order",
      "p       pause, and go on",
      "up down scroll the processes",
      "?       this help, and back",
      "",
      "> marks the process that limits the graph. Shares are of the time of its units:",
      "  #  busy        at work on a processor",
      "  w  waiting     for something outside, on behalf of a packet",
      "  .  starved     no input",
      "  b  blocked     an output is full",
      "  t  throttled   held by its rate",
      "  +  ready       no worker is free",
      "service is busy and waiting for one packet; units are concurrency and what it may become;",
      "queue is what waits before the process, and the capacity for it.",
  };
}

std::string heading(const TopFigures& figures, const TopLook& look) {
  std::string out =
      fmt::format("weir {}  {}  generation {}", figures.graph, figures.phase, figures.generation);
  if (figures.throughput_pps) out += "  " + short_number(*figures.throughput_pps) + " packets/s";
  const std::size_t at = figures.time.find('T');
  constexpr std::size_t time_length = 8;
  if (at != std::string::npos) out += "  " + figures.time.substr(at + 1, time_length) + " UTC";
  if (look.paused) out += "  PAUSED";
  return out;
}

}  // namespace

std::string top_screen(const TopFigures& figures, const TopLook& look) {
  const std::size_t width = look.columns == 0 ? std::string::npos : look.columns;
  std::vector<std::string> lines{styled(fit(heading(figures, look), width), bold, look)};
  constexpr std::size_t verdict_lines = 3;
  for (std::string& line :
       wrap(look.trouble.empty() ? figures.verdict : look.trouble, width, verdict_lines)) {
    lines.push_back(std::move(line));
  }
  if (look.help) {
    for (const std::string& line : help_lines()) lines.push_back(fit(line, width));
  } else {
    const std::vector<const TopProcess*> rows = sorted(figures, look);
    const Table table(rows, look);
    lines.emplace_back();
    lines.push_back(styled(fit(table.titles(), width), bold, look));
    // The keys, and perhaps what says that there are more.
    const std::size_t room = look.rows == 0
                                 ? rows.size()
                                 : look.rows - std::min<std::size_t>(look.rows, lines.size() + 1);
    const bool all = rows.size() <= room;
    const std::size_t shown = all ? rows.size() : std::max<std::size_t>(room, 1) - 1;
    const std::size_t first = std::min(look.scrolled, rows.size() - shown);
    for (std::size_t i = first; i < first + shown; ++i) {
      const std::string line = fit(table.row(*rows[i]), width);
      lines.push_back(rows[i]->root ? styled(line, inverse, look) : line);
    }
    if (!all) {
      lines.push_back(
          fit(fmt::format("  {} above, {} below", first, rows.size() - first - shown), width));
    }
  }
  if (look.rows != 0) {
    lines.resize(std::max(1U, look.rows) - 1);
    lines.push_back(fit(keys, width));
  }
  return fmt::format("{}\n", fmt::join(lines, "\n"));
}

}  // namespace weir::cli
