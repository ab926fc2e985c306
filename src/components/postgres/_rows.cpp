#include "postgres/_rows.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <numeric>

#include "weir/text.hpp"

namespace weir::components {
namespace {

// A statement ends once it has so many bytes.
constexpr std::size_t statement_bytes = std::size_t{8} << 20;

std::string list_of(const std::vector<std::string>& columns) {
  std::vector<std::string> quoted;
  quoted.reserve(columns.size());
  for (const std::string& column : columns) quoted.push_back(quote_identifier(column));
  return fmt::format("{}", fmt::join(quoted, ", "));
}

}  // namespace

std::string quote_identifier(std::string_view name) {
  std::string quoted = "\"";
  for (const char c : name) {
    if (c == '"') quoted += '"';
    quoted += c;
  }
  return quoted + '"';
}

std::string quote_table(std::string_view name) {
  const std::size_t dot = name.find('.');
  if (dot == std::string_view::npos) return quote_identifier(name);
  return quote_identifier(name.substr(0, dot)) + "." + quote_identifier(name.substr(dot + 1));
}

PgRows::PgRows(const Config& config)
    : mode_(config.text("mode") == "copy"     ? PgMode::copy
            : config.text("mode") == "insert" ? PgMode::insert
                                              : PgMode::upsert),
      table_(quote_table(config.text("table"))),
      conflict_(config.text_list("conflict")) {
  for (auto& [name, path] : config.text_map("columns")) {
    column_names_.push_back(name);
    columns_.push_back({std::move(name), FieldPath(std::move(path))});
  }
}

PgRowFault PgRows::fault(const Packet& packet) const {
  if (packet.kind() != PayloadKind::document) {
    return {"type", "a row is made of a document: put json/parse or csv/parse before"};
  }
  const Value& root = packet.as_document().root();
  if (root.kind() != ValueKind::map) {
    return {"type", "a row is made of a map, and this is a list or a value"};
  }
  if (!columns_vary()) return {};
  if (root.fields().empty()) return {"type", "the document has no fields"};
  for (const Field& field : root.fields()) {
    if (!field.name.empty() && field.name.find('\0') == field.name.npos) continue;
    return {"rejected",
            "a field has an empty name or one with a zero byte, which no column can have: take the "
            "fields that you want with columns, or with core/select before"};
  }
  return {};
}

std::vector<std::uint32_t> PgRows::order(std::span<const Packet> packets) {
  shapes_.forget_many();
  if (columns_vary()) return order_by_keys(shapes_, packets, conflict_);
  std::vector<std::uint32_t> order(packets.size());
  std::iota(order.begin(), order.end(), 0U);
  return order;
}

std::uint32_t PgRows::set_of(const Packet& packet) {
  return columns_vary() ? shapes_.of(packet).set : 0;
}

void PgRows::append_json_row(std::string& out, const Packet& packet) const {
  const Value& root = packet.as_document().root();
  if (columns_vary()) return append_json(out, root);
  char before = '{';
  for (const Column& column : columns_) {
    out += before;
    append_json_text(out, column.name);
    out += ':';
    const Value* value = column.path.find(root);
    append_json(out, value != nullptr ? *value : Value());
    before = ',';
  }
  out += '}';
}

// False, with nothing appended, if the row must be inserted instead.
bool PgRows::append_copy_row(std::string& out, const Packet& packet,
                             std::span<const PgColumnKind> kinds) {
  const Value& root = packet.as_document().root();
  const PgShape* shape = columns_vary() ? &shapes_.of(packet) : nullptr;
  const std::size_t begin = out.size();
  for (std::size_t i = 0; i < kinds.size(); ++i) {
    if (i != 0) out += '\t';
    const Value* value =
        shape != nullptr ? &root.fields()[shape->places[i]].value : columns_[i].path.find(root);
    if (append_copy_value(out, value, kinds[i])) continue;
    out.resize(begin);
    return false;
  }
  out += '\n';
  return true;
}

PgStatement PgRows::make(std::span<const Packet> packets, std::span<const std::uint32_t> order) {
  const std::uint32_t set = set_of(packets[order.front()]);
  const std::vector<std::string>& columns = columns_vary() ? shapes_.columns(set) : column_names_;
  std::vector<PgColumnKind> kinds;
  kinds.reserve(columns.size());
  for (const std::string& column : columns) kinds.push_back(types_.kind(column));
  PgStatement statement;
  statement.copies = copies();
  for (const std::uint32_t index : order) {
    const Packet& packet = packets[index];
    if (statement.count != 0 &&
        (statement.data.size() >= statement_bytes || set_of(packet) != set)) {
      break;
    }
    if (statement.copies && !append_copy_row(statement.data, packet, kinds)) {
      if (statement.count != 0) break;
      statement.copies = false;
    }
    if (!statement.copies) {
      statement.data += statement.count == 0 ? '[' : ',';
      append_json_row(statement.data, packet);
    }
    ++statement.count;
  }
  if (!statement.copies) statement.data += ']';
  statement.sql = sql(columns, statement.copies);
  return statement;
}

PgStatement PgRows::ask_columns() const {
  return {.sql = std::string(PgColumns::query()), .data = table_};
}

std::string PgRows::sql(const std::vector<std::string>& columns, bool copies) const {
  const std::string list = list_of(columns);
  if (copies) return fmt::format("COPY {} ({}) FROM STDIN", table_, list);
  const std::string rows = fmt::format("json_populate_recordset(NULL::{}, $1::json)", table_);
  if (mode_ != PgMode::upsert) {
    return fmt::format("INSERT INTO {0} ({1}) SELECT {1} FROM {2}", table_, list, rows);
  }
  // Of several rows with the same key the last counts, as if they came one after the other: a
  // statement may not change a row twice. Rows without a key do not meet.
  std::string keys = list_of(conflict_);
  std::string distinct = keys;
  std::string changes;
  for (const std::string& key : conflict_) {
    distinct += fmt::format(", CASE WHEN {} IS NULL THEN ordinality END", quote_identifier(key));
  }
  for (const std::string& column : columns) {
    if (std::find(conflict_.begin(), conflict_.end(), column) != conflict_.end()) continue;
    fmt::format_to(std::back_inserter(changes), "{0}{1} = EXCLUDED.{1}",
                   changes.empty() ? "" : ", ", quote_identifier(column));
  }
  return fmt::format(
      "INSERT INTO {0} ({1}) SELECT {1} FROM (SELECT DISTINCT ON ({2}) * FROM ROWS FROM ({3}) WITH "
      "ORDINALITY AS weir ORDER BY {2}, ordinality DESC) AS weir ON CONFLICT ({4}) DO {5}",
      table_, list, distinct, rows, keys, changes.empty() ? "NOTHING" : "UPDATE SET " + changes);
}

}  // namespace weir::components
