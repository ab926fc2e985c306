#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <new>
#include <string>
#include <string_view>
#include <vector>

#include "core/_fields.hpp"
#include "core/_payload.hpp"
#include "csv/_headers.hpp"
#include "weir/component.hpp"
#include "weir/config.hpp"
#include "weir/registry.hpp"

namespace weir::components {
namespace {

/// One value of a line. `escaped` ones contain doubled quotes.
struct Cell {
  std::string_view text;
  bool escaped = false;
};

class Parse final : public Transform {
 public:
  explicit Parse(const Config& config)
      : delimiter_(config.text("delimiter").front()),
        quote_(config.text("quote").front()),
        header_(config.boolean("header")),
        number_names_(config.text_list("numbers")) {
    if (config.has("columns")) given_ = make_columns(config.text_list("columns"));
  }

  void process(Packet& packet, Out& out) override {
    if (packet.kind() != PayloadKind::bytes) return fail_needs_bytes(packet, out);
    Bytes bytes = packet.bytes_slice();
    if (bytes.owner() == nullptr) bytes = Bytes::copy(bytes.view());
    std::string_view line = bytes.view();
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (line.empty()) return out.end(std::move(packet), Ended::consumed);
    const CsvColumns* columns = header_ ? headers_.find(packet.input()) : given_.get();
    if (columns == nullptr) {
      read_header(packet, line);
      return out.end(std::move(packet), Ended::consumed);
    }
    if (!columns->fault.empty()) throw Failure("parse", columns->fault);
    require_utf8(line, "the line");
    split(line);
    if (cells_.size() != columns->names.size()) {
      throw Failure("parse", fmt::format("the line has {} values, but there are {} columns",
                                         cells_.size(), columns->names.size()));
    }
    packet.set_document(make_document(bytes, *columns).release());
  }

 private:
  std::shared_ptr<const CsvColumns> make_columns(const std::vector<std::string>& names) const {
    auto columns = std::make_shared<CsvColumns>();
    for (const std::string& name : names) {
      columns->names.add(name);
      columns->numbers.push_back(std::find(number_names_.begin(), number_names_.end(), name) !=
                                 number_names_.end());
    }
    return columns;
  }

  // The first line of a file or body. One that cannot be read is not to be mistaken for the next.
  void read_header(const Packet& packet, std::string_view line) {
    if (!packet.begins_input() && headers_.may_be_forgotten(packet.input())) {
      throw Failure("parse",
                    "the columns of its file are no longer known: too many files have come "
                    "since its first line");
    }
    if (given_ != nullptr) return headers_.set(packet.input(), given_);
    if (line.starts_with("\xEF\xBB\xBF")) line.remove_prefix(3);
    try {
      require_utf8(line, "it");
      split(line);
    } catch (const Failure& failure) {
      auto wrong = std::make_shared<CsvColumns>();
      wrong->fault = fmt::format("the first line does not name the columns: {}", failure.what());
      headers_.set(packet.input(), wrong);
      throw Failure("parse", wrong->fault);
    }
    std::vector<std::string> names;
    for (const Cell& cell : cells_) names.push_back(plain(cell));
    headers_.set(packet.input(), make_columns(names));
  }

  void split(std::string_view line) {
    cells_.clear();
    for (std::size_t at = 0;;) {
      Cell cell;
      if (at < line.size() && line[at] == quote_) {
        at = read_quoted(line, at + 1, cell);
      } else {
        const std::size_t end = std::min(line.find(delimiter_, at), line.size());
        cell.text = line.substr(at, end - at);
        at = end;
      }
      cells_.push_back(cell);
      if (at == line.size()) return;
      if (line[at] != delimiter_) {
        throw Failure("parse",
                      fmt::format("after a value in quotes the delimiter \"{}\" or the end "
                                  "of the line must follow (byte {})",
                                  delimiter_, at + 1));
      }
      ++at;
    }
  }

  /// Reads from behind the opening quote and returns the place behind the closing one.
  std::size_t read_quoted(std::string_view line, std::size_t begin, Cell& cell) const {
    for (std::size_t at = begin; (at = line.find(quote_, at)) != std::string_view::npos; at += 2) {
      if (at + 1 == line.size() || line[at + 1] != quote_) {
        cell.text = line.substr(begin, at - begin);
        return at + 1;
      }
      cell.escaped = true;
    }
    throw Failure("parse",
                  fmt::format("the quote at byte {} is not closed on this line; values with "
                              "line breaks are not supported",
                              begin));
  }

  std::string plain(const Cell& cell) const {
    std::string text;
    for (std::size_t i = 0; i < cell.text.size(); ++i) {
      text += cell.text[i];
      if (cell.escaped && cell.text[i] == quote_) ++i;
    }
    return text;
  }

  DocumentPointer make_document(const Bytes& bytes, const CsvColumns& columns) const {
    DocumentPointer document(Document::create());
    document->keep(bytes.owner());
    const std::string_view names = columns.names.store(*document);
    const auto fields = document->allocate_array<Field>(cells_.size());
    for (std::size_t i = 0; i < cells_.size(); ++i) {
      const std::string_view name = columns.names.at(names, i);
      new (&fields[i]) Field{name, value_of(cells_[i], name, columns.numbers[i], *document)};
    }
    document->set_root(Value::map(fields));
    return document;
  }

  Value value_of(const Cell& cell, std::string_view name, bool number, Document& document) const {
    if (!number) return cell.escaped ? document.copy_text(plain(cell)) : Value::text(cell.text);
    return parse_number(cell.text, "the value of column ", name);
  }

  char delimiter_;
  char quote_;
  bool header_;
  std::vector<std::string> number_names_;
  // The columns that the configuration names; null if the first line does.
  std::shared_ptr<const CsvColumns> given_;
  CsvHeaders headers_;
  std::vector<Cell> cells_;
};

void check(const Config& config, Problems& problems) {
  for (const char* option : {"delimiter", "quote"}) {
    if (config.text(option).size() != 1) {
      problems.error(config.at(option),
                     fmt::format("{} must be a single byte, such as \",\", \";\" "
                                 "or \"\\t\"",
                                 option));
    }
  }
  if (config.has("columns") ? config.text_list("columns").empty() : !config.boolean("header")) {
    problems.error(
        config.at("columns"),
        "the names of the columns are unknown: list them under columns, or take them from "
        "the first line with header: true");
  }
}

const ComponentSpec spec{
    .name = "csv/parse",
    .summary = "Parses lines of comma-separated values into documents",
    .doc =
        "Each packet is a line (RFC 4180): values may stand in quotes, with quotes inside doubled. "
        "A value cannot contain a line break. The first line names the columns, unless `columns` "
        "and `header: false` say otherwise; each file that file/read reads and each body that "
        "http/listen takes has a first line of its own. All values are texts but those of the "
        "columns listed under `numbers`, where an empty value is null. Empty lines are passed "
        "over, also before the first.\n\n"
        "A line with more or fewer values than there are columns, a quote that is not closed, a "
        "number that is none or an integer beyond 64 bits, or a line that is not UTF-8 goes to "
        "`error` with kind `parse`. If that is the line that names the columns, all that follow "
        "in its file or body do too.",
    // One line names the columns.
    .inputs =
        {{.name = "in", .doc = "Lines of text", .type = PayloadType::bytes, .lossless = true}},
    .outputs = {{.name = "out", .doc = "A document for each line", .type = PayloadType::document}},
    .options = {{.name = "delimiter",
                 .type = OptionType::text,
                 .doc = "What stands between two values.",
                 .default_value = ","},
                {.name = "quote",
                 .type = OptionType::text,
                 .doc = "What stands around values that contain the delimiter.",
                 .default_value = "\""},
                {.name = "header",
                 .type = OptionType::boolean,
                 .doc = "The first line is not data. It names the columns if `columns` does not.",
                 .default_value = "true"},
                {.name = "columns",
                 .type = OptionType::text_list,
                 .doc = "The names of the columns."},
                {.name = "numbers",
                 .type = OptionType::text_list,
                 .doc = "The columns whose values are numbers."}},
    .stateful = true,
    .example = {.graph = R"(name: csv
processes:
  read: {component: stdin/read}
  parse: {component: csv/parse, config: {numbers: [price]}}
  write: {component: stdout/write}
connections:
  - read -> parse -> write
)",
                .input = "item,price\n\"bolt, M4\",0.25\nnut,\n",
                .output = R"({"item":"bolt, M4","price":0.25}
{"item":"nut","price":null}
)"},
    .make = [](const Config& config) -> Instance { return std::make_unique<Parse>(config); },
    .check = check,
};

}  // namespace
}  // namespace weir::components

WEIR_COMPONENT(csv, parse, spec)
