#include "postgres/_batch.hpp"

#include <algorithm>
#include <utility>

namespace weir::components {
namespace {

// Rows that were refused alone, one after the other, before the fault is sought elsewhere.
constexpr unsigned refused_alone_most = 8;

}  // namespace

void PgBatch::begin(PgRows& rows, Out& out) {
  std::size_t good = 0;
  for (Packet& packet : packets_) {
    const PgRowFault fault = rows.fault(packet);
    if (!fault) {
      if (&packets_[good] != &packet) packets_[good] = std::move(packet);
      ++good;
    } else {
      out.fail(std::move(packet), fault.kind, fault.text);
    }
  }
  packets_.resize(good);
  order_ = rows.order(packets_);
  fates_.assign(good, Fate::open);
  settled_ = 0;
  ranges_.clear();
  if (good != 0) ranges_.push_back({0, good});
  aside_.clear();
  begin_attempt();
}

void PgBatch::begin_attempt() noexcept {
  wrote_some_ = false;
  refused_alone_ = 0;
}

bool PgBatch::done() {
  // The others are through: either these are at fault, or now they are written.
  if (ranges_.empty()) ranges_.swap(aside_);
  return ranges_.empty();
}

PgStatement PgBatch::next(PgRows& rows) {
  const Range range = ranges_.front();
  PgStatement statement =
      rows.make(packets_, std::span(order_).subspan(range.begin, range.end - range.begin));
  cut(range.begin + statement.count);
  return statement;
}

// The first range ends here; the rest of it comes next.
void PgBatch::cut(std::size_t at) {
  Range& first = ranges_.front();
  if (at >= first.end) return;
  const Range rest{at, first.end};
  first.end = at;
  ranges_.insert(ranges_.begin() + 1, rest);
}

void PgBatch::written(Out& out) {
  const Range range = ranges_.front();
  ranges_.pop_front();
  wrote_some_ = true;
  refused_alone_ = 0;
  for (std::size_t i = range.begin; i < range.end; ++i) fates_[order_[i]] = Fate::written;
  emit_settled(out);
}

void PgBatch::emit_settled(Out& out) {
  for (; settled_ < packets_.size() && fates_[settled_] != Fate::open; ++settled_) {
    if (fates_[settled_] != Fate::written) continue;
    if (out.connected(0)) {
      out.emit(std::move(packets_[settled_]));
    } else {
      out.end(std::move(packets_[settled_]), Ended::consumed);
    }
  }
}

PgBatch::Next PgBatch::refused(const PgFailure& failure, Out& out) {
  const Range range = ranges_.front();
  const std::size_t count = range.end - range.begin;
  if (count == 1) return refused_alone(failure, out);
  // The row that the server names is alone then; the server decides again.
  if (failure.row && *failure.row < count) {
    cut(range.begin + *failure.row + 1);
    if (*failure.row != 0) cut(range.begin + *failure.row);
  } else {
    cut(range.begin + count / 2);
  }
  return Next::go_on;
}

PgBatch::Next PgBatch::refused_alone(const PgFailure& failure, Out& out) {
  const Range row = ranges_.front();
  ranges_.pop_front();
  if (failure.fate == PgFate::data || wrote_some_) {
    fail_row(out, row.begin, "rejected", failure.text);
    emit_settled(out);
    return Next::go_on;
  }
  aside_.push_back(row);
  const bool last = ranges_.empty();
  if (++refused_alone_ < refused_alone_most && !last) return Next::go_on;
  ranges_.insert(ranges_.end(), aside_.begin(), aside_.end());
  aside_.clear();
  join_ranges();
  begin_attempt();
  return Next::nothing_can_be_written;
}

void PgBatch::join_ranges() {
  std::sort(ranges_.begin(), ranges_.end(),
            [](const Range& left, const Range& right) { return left.begin < right.begin; });
  std::deque<Range> joined;
  for (const Range& range : ranges_) {
    if (!joined.empty() && joined.back().end == range.begin) {
      joined.back().end = range.end;
    } else {
      joined.push_back(range);
    }
  }
  ranges_ = std::move(joined);
}

void PgBatch::fail_row(Out& out, std::size_t place, std::string_view kind, std::string_view text) {
  const std::uint32_t index = order_[place];
  fates_[index] = Fate::gone;
  out.fail(std::move(packets_[index]), kind, text);
}

void PgBatch::fail_rest(Out& out, std::string_view kind, std::string_view why) {
  for (const std::deque<Range>* ranges : {&ranges_, &aside_}) {
    for (const Range& range : *ranges) {
      for (std::size_t i = range.begin; i < range.end; ++i) fail_row(out, i, kind, why);
    }
  }
  ranges_.clear();
  aside_.clear();
  emit_settled(out);
}

void PgBatch::clear() noexcept {
  packets_.clear();
  ranges_.clear();
  aside_.clear();
}

}  // namespace weir::components
