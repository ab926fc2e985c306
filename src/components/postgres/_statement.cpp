#include "postgres/_statement.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "postgres/_connection.hpp"

namespace weir::components {
namespace {

bool starts_with_any(std::string_view state, std::initializer_list<std::string_view> classes) {
  return std::any_of(classes.begin(), classes.end(),
                     [state](std::string_view each) { return state.starts_with(each); });
}

std::string_view field(const PGresult* result, int code) {
  const char* text = PQresultErrorField(result, code);
  return text == nullptr ? std::string_view() : std::string_view(text);
}

/// "COPY t, line 17, column n": 16.
std::optional<std::size_t> row_of(std::string_view context) {
  constexpr std::string_view word = ", line ";
  const std::size_t at = context.find(word);
  if (!context.starts_with("COPY ") || at == std::string_view::npos) return {};
  std::size_t line = 0;
  const char* const begin = context.data() + at + word.size();
  std::from_chars(begin, context.data() + context.size(), line);
  if (line == 0) return {};
  return line - 1;
}

/// Classes of SQLSTATE (PostgreSQL's documentation, appendix A).
PgFailure judge(std::string_view state, bool columns_vary) {
  PgFailure failure;
  // Data exceptions, violated constraints and views, a row written twice, limits, RAISE; and a
  // column that only this row has.
  if (starts_with_any(state, {"21", "22", "23", "44", "54", "P0"}) ||
      (columns_vary && (state == "42703" || state == "42701"))) {
    failure.fate = PgFate::data;
    failure.kind = "rejected";
  } else if (starts_with_any(state, {"40", "55"})) {
    failure.kind = "conflict";
  } else if (starts_with_any(state, {"42", "3", "28", "0A"})) {
    failure.kind = "destination";
  } else {
    failure.kind = "connection";
    failure.lost = state.empty() || starts_with_any(state, {"08", "57P"});
  }
  return failure;
}

}  // namespace

PgRun::PgRun(PGconn* connection, PgStatement statement, bool copies, bool columns_vary)
    : connection_(connection),
      statement_(std::move(statement)),
      copies_(copies),
      columns_vary_(columns_vary) {}

PgRun::State PgRun::lose() {
  // What the server said before counts, unless it says nothing of the rows.
  if (!failure_ || failure_->fate == PgFate::again) {
    failure_ = judge({}, columns_vary_);
    failure_->text = message_of(connection_);
  }
  failure_->lost = true;
  return State::done;
}

PgRun::State PgRun::advance() {
  if (!std::exchange(sent_, true)) {
    const char* const data = statement_.data.c_str();
    const int sent = copies_ ? PQsendQuery(connection_, statement_.sql.c_str())
                             : PQsendQueryParams(connection_, statement_.sql.c_str(), 1, nullptr,
                                                 &data, nullptr, nullptr, 0);
    if (sent == 0) return lose();
  }
  for (;;) {
    const int unsent = PQflush(connection_);
    if (unsent < 0) return lose();
    if (PQconsumeInput(connection_) == 0) return lose();
    if (unsent > 0 && PQisBusy(connection_) != 0) return State::writes;
    if (PQisBusy(connection_) != 0) return State::reads;
    const PgResult result(PQgetResult(connection_));
    if (result == nullptr) {
      return PQstatus(connection_) == CONNECTION_BAD ? lose() : State::done;
    }
    if (!take(result.get())) return lose();
  }
}

// False if the connection was lost.
bool PgRun::take(PGresult* result) {
  switch (PQresultStatus(result)) {
    case PGRES_COPY_IN:
      if (std::exchange(copied_, true)) return false;
      return PQputCopyData(connection_, statement_.data.data(),
                           static_cast<int>(statement_.data.size())) == 1 &&
             PQputCopyEnd(connection_, nullptr) == 1;
    case PGRES_COMMAND_OK:
    case PGRES_TUPLES_OK:
    case PGRES_EMPTY_QUERY: return true;
    default: note_failure(result); return PQstatus(connection_) != CONNECTION_BAD;
  }
}

void PgRun::note_failure(const PGresult* result) {
  if (failure_) return;
  const std::string_view state = field(result, PG_DIAG_SQLSTATE);
  failure_ = judge(state, columns_vary_);
  if (state.empty()) {
    failure_->text = message_of(connection_);
    return;
  }
  failure_->text = fmt::format("{} ({})", field(result, PG_DIAG_MESSAGE_PRIMARY), state);
  for (const char more : {PG_DIAG_MESSAGE_DETAIL, PG_DIAG_MESSAGE_HINT}) {
    const std::string_view text = field(result, more);
    if (!text.empty()) failure_->text += fmt::format("; {}", text);
  }
  const std::string_view context = field(result, PG_DIAG_CONTEXT);
  if (!context.empty()) failure_->text += fmt::format("; {}", context.substr(0, 200));
  failure_->row = row_of(context);
}

}  // namespace weir::components
