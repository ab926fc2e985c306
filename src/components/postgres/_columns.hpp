// What PostgreSQL's catalog says of a table's columns, as far as COPY must know it to write the
// same rows as INSERT does from JSON.
#pragma once

#include <libpq-fe.h>

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>

#include "weir/document.hpp"

namespace weir::components {

enum class PgColumnKind : std::uint8_t {
  plain,       // reads a text, whatever it is
  json,        // json and jsonb: values as JSON, texts in quotes
  array,       // of plain elements
  json_array,  // of json or jsonb
  composite,   // takes maps (or lists of them) that COPY cannot write
  insert_only  // COPY would write what INSERT refuses
};

/// The columns of one table; empty until it was asked for, or if there is no such table.
class PgColumns {
 public:
  /// A query with one parameter, the quoted name of the table, whose answer take() reads.
  static std::string_view query() noexcept;
  void take(const PGresult* result);

  /// `plain` for what is not known.
  PgColumnKind kind(const std::string& column) const;

 private:
  std::unordered_map<std::string, PgColumnKind> kinds_;
};

/// Appends a value in the text format of COPY, as INSERT would read it from JSON; null for a
/// missing one. False, with nothing of use appended, if COPY has no such form: the row must be
/// inserted.
bool append_copy_value(std::string& out, const Value* value, PgColumnKind kind);

}  // namespace weir::components
