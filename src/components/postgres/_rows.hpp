// Packets as rows of a table: the statement that writes some of them and its data. The instance
// belongs to one process.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/_path.hpp"
#include "postgres/_columns.hpp"
#include "postgres/_shapes.hpp"
#include "weir/config.hpp"
#include "weir/packet.hpp"

namespace weir::components {

enum class PgMode : std::uint8_t { copy, insert, upsert };

/// A statement for the first `count` of some packets. With COPY, `data` is what is copied; else it
/// is the one parameter.
struct PgStatement {
  std::string sql;
  std::string data;
  std::size_t count = 0;
  bool copies = false;
};

/// What keeps a packet from being a row, whatever the table: the kind of its error, and a text.
struct PgRowFault {
  std::string_view kind;
  std::string_view text;
  explicit operator bool() const noexcept { return !text.empty(); }
};

class PgRows {
 public:
  explicit PgRows(const Config& config);

  bool copies() const noexcept { return mode_ == PgMode::copy; }
  /// The columns come from the documents, so that one may name a column that there is not.
  bool columns_vary() const noexcept { return columns_.empty(); }

  PgRowFault fault(const Packet& packet) const;
  /// The order in which to write a batch of packets without fault.
  std::vector<std::uint32_t> order(std::span<const Packet> packets);
  /// Takes as many of the packets, in this order, as fit into one statement: with the same columns
  /// as the first, and not too large.
  PgStatement make(std::span<const Packet> packets, std::span<const std::uint32_t> order);

  /// Asks for the columns of the table, which COPY must know.
  PgStatement ask_columns() const;
  void take_columns(const PGresult* result) { types_.take(result); }

 private:
  struct Column {
    std::string name;
    FieldPath path;
  };

  std::uint32_t set_of(const Packet& packet);
  void append_json_row(std::string& out, const Packet& packet) const;
  bool append_copy_row(std::string& out, const Packet& packet, std::span<const PgColumnKind> kinds);
  std::string sql(const std::vector<std::string>& columns, bool copies) const;

  PgMode mode_;
  std::string table_;
  std::vector<std::string> conflict_;
  // Empty: all fields of each document.
  std::vector<Column> columns_;
  std::vector<std::string> column_names_;
  PgShapes shapes_;
  PgColumns types_;
};

/// "schema"."name" of schema.name.
std::string quote_table(std::string_view name);
std::string quote_identifier(std::string_view name);

}  // namespace weir::components
