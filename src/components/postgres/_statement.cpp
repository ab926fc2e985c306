#include "postgres/_statement.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <span>

#include "postgres/_connection.hpp"

namespace weir::components {
namespace {

bool starts_with_any(std::string_view state, std::span<const std::string_view> classes) {
  return std::any_of(classes.begin(), classes.end(),
                     [state](std::string_view each) { return state.starts_with(each); });
}

bool starts_with_any(std::string_view state, std::initializer_list<std::string_view> classes) {
  return starts_with_any(state, std::span(classes.begin(), classes.size()));
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

// Classes of SQLSTATE (PostgreSQL's documentation, appendix A).

/// Nothing is wrong with the rows: the connection, the server, its load, the table, a right.
bool is_outside(std::string_view state) {
  return state == "42501" || state == "42P01" || state == "53100" || state == "53300" ||
         starts_with_any(state, {"08", "25", "28", "3D", "3F", "40", "55P03", "57P", "58", "72"});
}

/// Data exceptions, violated constraints and views, a row written twice, what triggers and
/// functions raise, limits; and classes that PostgreSQL does not know, which only a user's RAISE
/// has.
bool is_of_data(std::string_view state) {
  static constexpr std::string_view known[] = {
      "00", "01", "02", "03", "08", "09", "0A", "0B", "0F", "0L", "0P", "0Z", "20", "21", "22",
      "23", "24", "25", "26", "27", "28", "2B", "2D", "2F", "34", "38", "39", "3B", "3D", "3F",
      "40", "42", "44", "53", "54", "55", "57", "58", "72", "F0", "HV", "P0", "XX"};
  return starts_with_any(state,
                         {"09", "20", "21", "22", "23", "27", "38", "39", "44", "54", "P0"}) ||
         !starts_with_any(state, known);
}

/// What only the names of columns can bring about: a name that is none, too long, unknown,
/// repeated, or of a column that is computed.
bool is_of_names(std::string_view state) {
  return state == "42601" || state == "42602" || state == "42622" || state == "42703" ||
         state == "42701" || state == "428C9";
}

PgFailure judge(std::string_view state, bool columns_vary) {
  PgFailure failure;
  if (state.empty() || starts_with_any(state, {"08", "57P"})) {
    failure.kind = "connection";
    failure.lost = true;
  } else if (starts_with_any(state, {"40", "55P03"})) {
    failure.kind = "conflict";
  } else if (is_of_data(state) || (columns_vary && is_of_names(state))) {
    failure.fate = PgFate::data;
    failure.kind = "rejected";
  } else {
    if (!is_outside(state)) failure.fate = PgFate::doubtful;
    failure.kind =
        starts_with_any(state, {"53", "57", "58", "72", "XX"}) ? "connection" : "destination";
  }
  return failure;
}

}  // namespace

PgRun::PgRun(PGconn* connection, PgStatement statement, bool columns_vary)
    : connection_(connection), statement_(std::move(statement)), columns_vary_(columns_vary) {}

PgRun::State PgRun::lose() {
  // What the server said before counts, unless it says nothing of the rows.
  if (!failure_ || failure_->fate != PgFate::data) {
    failure_ = judge({}, columns_vary_);
    failure_->text = message_of(connection_);
  }
  failure_->lost = true;
  return State::done;
}

PgRun::State PgRun::advance() {
  if (!std::exchange(sent_, true)) {
    const char* const data = statement_.data.c_str();
    const int sent = statement_.copies ? PQsendQuery(connection_, statement_.sql.c_str())
                                       : PQsendQueryParams(connection_, statement_.sql.c_str(), 1,
                                                           nullptr, &data, nullptr, nullptr, 0);
    if (sent == 0) return lose();
  }
  for (;;) {
    const int unsent = PQflush(connection_);
    if (unsent < 0) return lose();
    if (PQconsumeInput(connection_) == 0) return lose();
    if (unsent > 0 && PQisBusy(connection_) != 0) return State::writes;
    if (PQisBusy(connection_) != 0) return State::reads;
    PgResult result(PQgetResult(connection_));
    if (result == nullptr) {
      return PQstatus(connection_) == CONNECTION_BAD ? lose() : State::done;
    }
    if (!take(result.get())) return lose();
    if (PQresultStatus(result.get()) == PGRES_TUPLES_OK) answer_ = std::move(result);
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
