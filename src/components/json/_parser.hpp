// JSON text to a document. simdjson finds the tokens and checks quotes and UTF-8, 32 or 64 bytes at
// a time; this walks over its token positions and builds values whose texts are slices of the
// input.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "weir/document.hpp"

namespace simdjson::internal {
class dom_parser_implementation;
}

namespace weir::components {

/// Belongs to one thread at a time. Its memory grows to the largest text seen and is used again, so
/// that in steady state parsing allocates nothing but what the document needs.
class JsonParser {
 public:
  struct Error {
    std::string_view what;
    /// Bytes before the place of the mistake.
    std::size_t at = 0;
  };

  JsonParser();
  ~JsonParser();
  JsonParser(const JsonParser&) = delete;
  JsonParser& operator=(const JsonParser&) = delete;

  /// Sets the document's root to the value that `text` holds, or says what is wrong with it. There
  /// must be Buffer::padding readable bytes behind the text. The document's values point into the
  /// text: let the document keep its buffer.
  bool parse(std::string_view text, unsigned max_depth, Document& document, Error& error);

  /// For texts that lie one after the other with line ends alone between them: finds the tokens of
  /// all of them at once, which costs less than for each. `run` reaches from the begin of the first
  /// to the end of the last. After it call parse_next() for them in their order.
  void look_ahead(std::string_view run);
  /// Like parse(), for a text of the run.
  bool parse_next(std::string_view text, unsigned max_depth, Document& document, Error& error);

  /// The run that is best: tokens and text are still in the fastest cache when they are read.
  static constexpr std::size_t usual_run = std::size_t{8} * 1024;

 private:
  bool find_tokens(std::string_view text);
  bool read_document(unsigned max_depth, Document& document, Error& error);
  void explain_tokens(std::string_view text);
  // The readers return an empty value and set `failed_` where the text is wrong. Values are
  // returned rather than written through a reference: they travel in registers then.
  Value read_value(unsigned depth);
  Value read_map(unsigned depth);
  std::size_t read_plain_fields(std::span<Field> place);
  bool read_field(unsigned depth);
  Value read_list(unsigned depth);
  std::string_view read_text(std::size_t at);
  std::string_view resolve_escapes(std::size_t at, std::string_view text);
  Value read_number(std::size_t at);
  Value read_real(const char* begin, const char* end);
  Value read_word(std::size_t at, std::string_view word, Value value);

  bool ends_value(const char* place) const;
  Value fail(std::string_view what, std::size_t at);
  const char* next_escape(const char* from) const;
  /// The place of the next token, which is the text's end after the last.
  std::size_t peek() const { return *next_ < end_ ? *next_ : end_; }
  std::size_t take() {
    const std::size_t at = peek();
    next_ += at < end_;
    return at;
  }
  char char_at(std::size_t at) const { return at < end_ ? base_[at] : '\0'; }

  std::unique_ptr<simdjson::internal::dom_parser_implementation> tokens_;
  int token_error_ = 0;
  // What the tokens were found in: places are counted from its begin.
  const char* base_ = nullptr;
  std::size_t size_ = 0;
  const std::uint32_t* next_ = nullptr;
  std::size_t begin_ = 0;  // of the text
  std::size_t end_ = 0;
  const char* escape_ = nullptr;  // the first backslash that was not passed, or the end of all
  bool run_is_good_ = false;
  unsigned max_depth_ = 0;
  Document* document_ = nullptr;
  bool failed_ = false;
  Error error_;
  // Fields and items of the maps and lists that are still open.
  std::vector<Field> fields_;
  std::vector<Value> items_;
};

}  // namespace weir::components
