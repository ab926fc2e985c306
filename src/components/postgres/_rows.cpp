#include "postgres/_rows.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <iterator>

#include "weir/text.hpp"

namespace weir::components {
namespace {

// A statement ends once it has so many bytes.
constexpr std::size_t statement_bytes = std::size_t{8} << 20;

void append_escaped(std::string& out, std::string_view text) {
  std::size_t begin = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (c != '\\' && c != '\n' && c != '\r' && c != '\t') continue;
    out.append(text, begin, i - begin);
    out += '\\';
    out += c == '\n' ? 'n' : c == '\r' ? 'r' : c == '\t' ? 't' : '\\';
    begin = i + 1;
  }
  out.append(text, begin, text.size() - begin);
}

template <class Number>
void append_number(std::string& out, Number number) {
  char digits[40];
  const auto [end, error] = std::to_chars(digits, digits + sizeof digits, number);
  out.append(digits, end);
}

void append_real(std::string& out, double value) {
  if (std::isnan(value)) {
    out += "NaN";
  } else if (std::isinf(value)) {
    out += value > 0 ? "Infinity" : "-Infinity";
  } else {
    append_number(out, value);
  }
}

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

void append_copy_value(std::string& out, const Value* value) {
  if (value == nullptr) {
    out += "\\N";
    return;
  }
  switch (value->kind()) {
    case ValueKind::null: out += "\\N"; break;
    case ValueKind::boolean: out += value->as_boolean() ? 't' : 'f'; break;
    case ValueKind::integer: append_number(out, value->as_integer()); break;
    case ValueKind::unsigned_integer: append_number(out, value->as_unsigned()); break;
    case ValueKind::real: append_real(out, value->as_real()); break;
    case ValueKind::text: append_escaped(out, value->as_text()); break;
    case ValueKind::list:
    case ValueKind::map: {
      std::string json;
      append_json(json, *value);
      append_escaped(out, json);
    }
  }
}

PgRows::PgRows(const Config& config)
    : mode_(config.text("mode") == "copy"     ? PgMode::copy
            : config.text("mode") == "insert" ? PgMode::insert
                                              : PgMode::upsert),
      table_(quote_table(config.text("table"))),
      conflict_(config.text_list("conflict")) {
  for (auto& [name, path] : config.text_map("columns")) {
    columns_.push_back({std::move(name), FieldPath(std::move(path))});
  }
}

std::string_view PgRows::fault(const Packet& packet) const {
  if (packet.kind() != PayloadKind::document) {
    return "a row is made of a document: put json/parse or csv/parse before";
  }
  const Value& root = packet.as_document().root();
  if (root.kind() != ValueKind::map) return "a row is made of a map, and this is a list or a value";
  if (columns_.empty() && root.fields().empty()) return "the document has no fields";
  return {};
}

std::vector<std::string> PgRows::names(const Packet& packet) const {
  std::vector<std::string> list;
  if (columns_.empty()) {
    for (const Field& field : packet.as_document().root().fields()) list.emplace_back(field.name);
  } else {
    for (const Column& column : columns_) list.push_back(column.name);
  }
  return list;
}

bool PgRows::same_columns(const Packet& first, const Packet& other) const {
  if (!columns_.empty()) return true;
  const auto left = first.as_document().root().fields();
  const auto right = other.as_document().root().fields();
  return std::equal(left.begin(), left.end(), right.begin(), right.end(),
                    [](const Field& a, const Field& b) { return a.name == b.name; });
}

void PgRows::append_row(std::string& out, const Packet& packet) const {
  const Value& root = packet.as_document().root();
  if (!copies()) {
    if (columns_.empty()) {
      append_json(out, root);
      return;
    }
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
    return;
  }
  bool first = true;
  const auto append = [&](const Value* value) {
    if (!first) out += '\t';
    first = false;
    append_copy_value(out, value);
  };
  if (columns_.empty()) {
    for (const Field& field : root.fields()) append(&field.value);
  } else {
    for (const Column& column : columns_) append(column.path.find(root));
  }
  out += '\n';
}

PgStatement PgRows::make(std::span<const Packet> packets) const {
  PgStatement statement;
  statement.sql = sql(names(packets.front()));
  for (const Packet& packet : packets) {
    if (statement.count != 0 &&
        (statement.data.size() >= statement_bytes || !same_columns(packets.front(), packet))) {
      break;
    }
    if (!copies()) statement.data += statement.count == 0 ? '[' : ',';
    append_row(statement.data, packet);
    ++statement.count;
  }
  if (!copies()) statement.data += ']';
  return statement;
}

std::string PgRows::sql(const std::vector<std::string>& columns) const {
  const std::string list = list_of(columns);
  if (copies()) return fmt::format("COPY {} ({}) FROM STDIN", table_, list);
  const std::string rows = fmt::format("json_populate_recordset(NULL::{}, $1::json)", table_);
  if (mode_ == PgMode::insert) {
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
