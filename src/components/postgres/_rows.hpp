// Packets as rows of a table: the statement that writes some of them and its data. Pure; the
// instance belongs to one process.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/_path.hpp"
#include "weir/config.hpp"
#include "weir/packet.hpp"

namespace weir::components {

enum class PgMode : std::uint8_t { copy, insert, upsert };

/// A statement for the first `count` of some packets. With COPY, `data` is what is copied; else it
/// is the one parameter, a JSON array.
struct PgStatement {
  std::string sql;
  std::string data;
  std::size_t count = 0;
};

class PgRows {
 public:
  explicit PgRows(const Config& config);

  bool copies() const noexcept { return mode_ == PgMode::copy; }
  /// The columns come from the documents, so that one may name a column that there is not.
  bool columns_vary() const noexcept { return columns_.empty(); }

  /// What keeps a packet from being a row, or nothing.
  std::string_view fault(const Packet& packet) const;
  /// Takes as many of the packets as fit into one statement: with the same columns as the first,
  /// and not too large. All must be without fault.
  PgStatement make(std::span<const Packet> packets) const;

 private:
  struct Column {
    std::string name;
    FieldPath path;
  };

  bool same_columns(const Packet& first, const Packet& other) const;
  std::vector<std::string> names(const Packet& packet) const;
  void append_row(std::string& out, const Packet& packet) const;
  std::string sql(const std::vector<std::string>& columns) const;

  PgMode mode_;
  std::string table_;
  std::vector<std::string> conflict_;
  // Empty: all fields of each document.
  std::vector<Column> columns_;
};

/// "schema"."name" of schema.name.
std::string quote_table(std::string_view name);
std::string quote_identifier(std::string_view name);
/// Appends a value in the text format of COPY.
void append_copy_value(std::string& out, const Value* value);

}  // namespace weir::components
