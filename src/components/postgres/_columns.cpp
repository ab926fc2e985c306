#include "postgres/_columns.hpp"

#include <algorithm>

#include "weir/text.hpp"

namespace weir::components {
namespace {

// Domains count as what they are made of. Elements whose texts COPY cannot tell from JSON's make a
// composite.
constexpr std::string_view columns_query = R"(
WITH RECURSIVE resolved(name, identity, type) AS (
  SELECT attname, attidentity, atttypid FROM pg_catalog.pg_attribute
  WHERE attrelid = pg_catalog.to_regclass($1) AND attnum > 0 AND NOT attisdropped
  UNION ALL
  SELECT r.name, r.identity, t.typbasetype FROM resolved r
  JOIN pg_catalog.pg_type t ON t.oid = r.type WHERE t.typtype = 'd')
SELECT r.name, CASE
  WHEN r.identity = 'a' THEN 'i'
  WHEN t.oid IN ('json'::pg_catalog.regtype, 'jsonb'::pg_catalog.regtype) THEN 'j'
  WHEN t.typtype = 'c' THEN 'c'
  WHEN t.typcategory = 'A' AND e.oid IS NOT NULL THEN CASE
    WHEN e.typdelim <> ',' OR e.typtype IN ('c', 'd', 'p') THEN 'c'
    WHEN e.oid IN ('json'::pg_catalog.regtype, 'jsonb'::pg_catalog.regtype) THEN 'J'
    ELSE 'a' END
  ELSE 'p' END
FROM resolved r JOIN pg_catalog.pg_type t ON t.oid = r.type
LEFT JOIN pg_catalog.pg_type e ON e.oid = t.typelem AND t.typelem <> 0
WHERE t.typtype <> 'd')";

PgColumnKind kind_of(char letter) {
  switch (letter) {
    case 'i': return PgColumnKind::insert_only;
    case 'j': return PgColumnKind::json;
    case 'c': return PgColumnKind::composite;
    case 'a': return PgColumnKind::array;
    case 'J': return PgColumnKind::json_array;
    default: return PgColumnKind::plain;
  }
}

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

/// A list that is written as an array with one dimension; the server counts those of others.
bool is_flat(const Value& list) {
  const auto items = list.items();
  return std::none_of(items.begin(), items.end(),
                      [](const Value& item) { return item.kind() == ValueKind::list; });
}

/// The literal of an array: {"1","two",NULL}.
void append_array(std::string& out, const Value& list, PgColumnKind kind) {
  out += '{';
  bool first = true;
  for (const Value& item : list.items()) {
    if (!first) out += ',';
    first = false;
    if (item.kind() == ValueKind::null) {
      out += "NULL";
      continue;
    }
    std::string json;
    const bool raw = item.kind() == ValueKind::text && kind == PgColumnKind::array;
    if (!raw) append_json(json, item);
    out += '"';
    for (const char c : raw ? item.as_text() : std::string_view(json)) {
      if (c == '"' || c == '\\') out += '\\';
      out += c;
    }
    out += '"';
  }
  out += '}';
}

}  // namespace

std::string_view PgColumns::query() noexcept {
  return columns_query;
}

void PgColumns::take(const PGresult* result) {
  kinds_.clear();
  for (int row = 0; row < PQntuples(result); ++row) {
    kinds_[PQgetvalue(result, row, 0)] = kind_of(*PQgetvalue(result, row, 1));
  }
}

PgColumnKind PgColumns::kind(const std::string& column) const {
  const auto found = kinds_.find(column);
  return found == kinds_.end() ? PgColumnKind::plain : found->second;
}

bool append_copy_value(std::string& out, const Value* value, PgColumnKind kind) {
  if (kind == PgColumnKind::insert_only) return false;
  if (value == nullptr || value->kind() == ValueKind::null) {
    out += "\\N";
    return true;
  }
  if (value->kind() == ValueKind::text && kind != PgColumnKind::json) {
    append_escaped(out, value->as_text());
    return true;
  }
  const bool list = value->kind() == ValueKind::list;
  const bool map = value->kind() == ValueKind::map;
  if (!list && !map && value->kind() != ValueKind::text) {
    // As JSON writes them: `true`, not `t`, and 1.0, not 1.
    append_json(out, *value);
    return true;
  }
  std::string text;
  if (kind == PgColumnKind::plain || kind == PgColumnKind::json) {
    append_json(text, *value);
  } else if (kind == PgColumnKind::composite || map || !is_flat(*value)) {
    return false;
  } else {
    append_array(text, *value, kind);
  }
  append_escaped(out, text);
  return true;
}

}  // namespace weir::components
