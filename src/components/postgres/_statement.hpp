// One statement that runs on a connection, without blocking: who owns it calls advance() whenever
// the socket is ready. A statement is a transaction of its own.
#pragma once

#include <libpq-fe.h>

#include <cstdint>
#include <optional>
#include <string>

#include "postgres/_connection.hpp"
#include "postgres/_rows.hpp"

namespace weir::components {

/// What the failure of a statement means for its rows.
enum class PgFate : std::uint8_t {
  data,      // some row cannot be written, ever; the others can
  doubtful,  // that, or nothing can be written now: smaller statements show which
  again      // nothing is wrong with the rows
};

struct PgFailure {
  PgFate fate = PgFate::again;
  /// The connection is of no use any more.
  bool lost = false;
  /// Of weir_errors_total: rejected, conflict, destination or connection.
  std::string_view kind;
  std::string text;
  /// With COPY, the row that the server names, counted from 0.
  std::optional<std::size_t> row;
};

class PgRun {
 public:
  enum class State : std::uint8_t { reads, writes, done };

  /// Borrows the connection, which must be at rest, and must go no earlier.
  PgRun(PGconn* connection, PgStatement statement, bool columns_vary);

  /// Goes as far as it can without blocking: then waits to read, or to write and read, or is done.
  State advance();
  /// Once done: the rows that a query answered, or null.
  const PGresult* answer() const noexcept { return answer_.get(); }
  /// Once done: what went wrong, or nothing.
  const std::optional<PgFailure>& failure() const noexcept { return failure_; }

 private:
  State lose();
  bool take(PGresult* result);
  void note_failure(const PGresult* result);

  PGconn* connection_;
  PgStatement statement_;
  bool columns_vary_;
  bool sent_ = false;
  bool copied_ = false;
  PgResult answer_;
  std::optional<PgFailure> failure_;
};

}  // namespace weir::components
