// The packets of one batch: in which order they are written, what is still to be, and what became
// of each. Pure; belongs to one process.
#pragma once

#include <cstdint>
#include <deque>
#include <span>
#include <string_view>
#include <vector>

#include "postgres/_rows.hpp"
#include "postgres/_statement.hpp"
#include "weir/component.hpp"

namespace weir::components {

/// Ranges of places in the order of writing, each to be a statement. A range that the server
/// refuses is cut until the rows that are at fault are alone. Where its answer leaves it open
/// whether rows are at fault, the others decide: if one of them can be written, those that cannot
/// are.
class PgBatch {
 public:
  /// What is to come of a failure.
  enum class Next : std::uint8_t { go_on, nothing_can_be_written };

  /// Takes in what was received into packets(). What cannot be a row goes to `error` at once.
  void begin(PgRows& rows, Out& out);
  std::vector<Packet>& packets() noexcept { return packets_; }
  /// True if all is written or has gone.
  bool done();
  /// The next statement, which the calls below then speak of.
  PgStatement next(PgRows& rows);

  /// It was carried out: what is written leaves in the order in which it came.
  void written(Out& out);
  /// It was refused for its rows, or perhaps for them.
  Next refused(const PgFailure& failure, Out& out);
  /// All that is left goes to `error`.
  void fail_rest(Out& out, std::string_view kind, std::string_view why);
  void clear() noexcept;

 private:
  enum class Fate : std::uint8_t { open, written, gone };
  struct Range {
    std::size_t begin = 0;
    std::size_t end = 0;
  };

  void begin_attempt() noexcept;
  void cut(std::size_t at);
  Next refused_alone(const PgFailure& failure, Out& out);
  void join_ranges();
  void fail_row(Out& out, std::size_t place, std::string_view kind, std::string_view text);
  void emit_settled(Out& out);

  std::vector<Packet> packets_;
  // The places of the packets in the order of writing, and what became of each packet.
  std::vector<std::uint32_t> order_;
  std::vector<Fate> fates_;
  std::size_t settled_ = 0;  // those before have left
  // Of order_, what is still to be written; the first is under way.
  std::deque<Range> ranges_;
  // Rows that were refused alone, for which the others decide.
  std::deque<Range> aside_;
  bool wrote_some_ = false;
  unsigned refused_alone_ = 0;
};

}  // namespace weir::components
