#include <algorithm>

#include "postgres/_writer.hpp"
#include "weir/component.hpp"
#include "weir/config.hpp"
#include "weir/registry.hpp"

namespace weir::components {
namespace {

void check(const Config& config, Problems& problems) {
  const bool upserts = config.text("mode") == "upsert";
  if (upserts && !config.has("conflict")) {
    problems.error(config.at("mode"),
                   "mode upsert needs the option \"conflict\": the columns of "
                   "the unique key");
  }
  if (!upserts && config.has("conflict")) {
    problems.error(config.at("conflict"),
                   "\"conflict\" belongs to mode upsert: set mode to "
                   "upsert, or remove it");
  }
  const auto columns = config.text_map("columns");
  if (columns.empty()) return;
  for (const std::string& key : config.text_list("conflict")) {
    const bool listed = std::any_of(columns.begin(), columns.end(),
                                    [&key](const auto& column) { return column.first == key; });
    if (!listed) {
      problems.error(config.at("conflict"),
                     "\"conflict\" names the column \"" + key + "\", which \"columns\" lacks");
    }
  }
}

const ComponentSpec spec{
    .name = "postgres/write",
    .summary = "Writes documents as rows of a PostgreSQL table",
    .doc =
        "Packets are written in batches, each in one transaction: those that wait, up to `batch`, "
        "or those that come within `linger`. When a batch is committed its packets go to `out`, or "
        "end as consumed where that is not connected. With `concurrency` above 1 several batches "
        "are under way, each on a connection of the resource.\n\n"
        "**Every packet arrives at least once, or is on `error` with its reason.** If the "
        "connection is lost, or the server is away, in conflict or without the table, the rows are "
        "kept and written again, with growing pauses, for `retry_for`. If a connection is lost "
        "while a batch is committed, nobody knows whether it was, and it is written again: where "
        "rows must not appear twice use `mode: upsert`. If the server refuses a batch for its "
        "rows, it is cut until those at fault are alone: they go to `error` with kind `rejected` "
        "and "
        "the server's text, and the others are written. Where the server's answer does not tell "
        "whether rows are at fault, they are if others of the batch can be written.\n\n"
        "Without `columns`, documents may differ in their keys: those of a batch with the same set "
        "of keys are written together, in the order in which they came, the sets in the order of "
        "their first documents. So rows of a batch may reach the table in another order than that "
        "of "
        "the packets; what leaves `out` keeps the order. With `upsert`, rows that spell the "
        "columns "
        "of `conflict` alike keep their order, so that the last of them counts.\n\n"
        "All modes make the same rows, those of `json_populate_recordset`: texts, numbers and "
        "booleans are read by the type of the column, `1.0` as `1.0`; in columns of type json and "
        "jsonb every value is JSON, a text too; lists become arrays where the column is one, and "
        "JSON otherwise; a field that is missing is NULL, or with keys that differ the default of "
        "its column. The types of columns are asked for once a minute.",
    .inputs = {{.name = "in", .doc = "Documents", .type = PayloadType::document}},
    .outputs = {{.name = "out",
                 .doc = "The same packets, once they are committed",
                 .type = PayloadType::document,
                 .required = false}},
    .options =
        {{.name = "resource",
          .type = OptionType::resource,
          .doc = "The pool of connections.",
          .required = true,
          .resource = "postgres"},
         {.name = "table",
          .type = OptionType::text,
          .doc = "The table, as `name` or `schema.name`, in its own spelling.",
          .required = true},
         {.name = "columns",
          .type = OptionType::text_map,
          .doc = "Columns and the fields that go there, as `column: field` or `column: a.b`. "
                 "Unless set, every field goes to the column of its name."},
         {.name = "mode",
          .type = OptionType::word,
          .doc =
              "`copy` is the fastest; `insert` obeys rules and INSERT privileges alone; `upsert` "
              "replaces rows that have the same key.",
          .default_value = "copy",
          .words = {"copy", "insert", "upsert"}},
         {.name = "conflict",
          .type = OptionType::text_list,
          .doc = "With `upsert`, the columns of the unique key."},
         {.name = "batch",
          .type = OptionType::integer,
          .doc = "Packets in a transaction at most.",
          .default_value = "1000",
          .min = 1,
          .max = 100'000},
         {.name = "linger",
          .type = OptionType::duration,
          .doc = "How long a batch that is not full waits for more.",
          .default_value = "10ms",
          .min = 0,
          .max = 3600},
         {.name = "retry_for",
          .type = OptionType::duration,
          .doc = "How long rows are kept and written again before they go to `error`, the wait for "
                 "a connection to a server that is away included.",
          .default_value = "5m",
          .min = 0},
         {.name = "timeout",
          .type = OptionType::duration,
          .doc = "How long a statement may take before its connection is given up.",
          .default_value = "30s",
          .min = 0.001,
          .max = 86400}},
    .parallel = true,
    .expires = true,
    .example = {.graph = R"(name: keep-events
resources:
  db: {type: postgres, max: 4, config: {host: 127.0.0.1, database: events, user: weir}}
processes:
  read: {component: stdin/read}
  parse: {component: json/parse}
  write: {component: postgres/write, config: {resource: db, table: events}}
  reject: {component: file/write, config: {path: rejected.jsonl}}
connections:
  - read -> parse -> write
  - parse.error -> reject
  - write.error -> reject
)",
                .endless = true},
    .make = [](const Config& config) -> Instance { return make_pg_writer(config); },
    .check = check};

}  // namespace
}  // namespace weir::components

WEIR_COMPONENT(postgres, write, spec)
