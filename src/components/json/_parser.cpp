#include "json/_parser.hpp"

#include <simdjson.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstdlib>
#include <cstring>
#include <new>
#include <string>
#include <system_error>

#include "weir/text.hpp"

namespace weir::components {
namespace {

constexpr std::size_t first_capacity = std::size_t{16} * 1024;
constexpr std::size_t largest_text = 0xFFFFFFFF - 1024;  // token positions have 32 bits

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

/// Bytes that may follow a number or a word.
constexpr std::array<bool, 256> value_ends = [] {
  std::array<bool, 256> table{};
  for (const unsigned char c : {' ', '\t', '\n', '\r', ',', ':', '[', ']', '{', '}'})
    table[c] = true;
  return table;
}();

std::size_t first_invalid_utf8(std::string_view text) {
  for (std::size_t at = 0; at < text.size();) {
    const auto lead = static_cast<unsigned char>(text[at]);
    const std::size_t length = lead < 0x80 ? 1 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
    if (length != 1 && !is_utf8(text.substr(at, length))) return at;
    at += length;
  }
  return text.size();
}

/// The first control character inside quotes, or the quote that is never closed.
JsonParser::Error first_bad_quote(std::string_view text) {
  std::size_t opened = 0;
  bool inside = false;
  for (std::size_t at = 0; at < text.size(); ++at) {
    const char c = text[at];
    if (c == '"') {
      inside = !inside;
      opened = at;
    } else if (inside && c == '\\') {
      ++at;
    } else if (inside && static_cast<unsigned char>(c) < 0x20) {
      return {"a control character in a string must be escaped", at};
    }
  }
  return {"the string that begins here has no end", opened};
}

}  // namespace

JsonParser::JsonParser() = default;
JsonParser::~JsonParser() = default;

Value JsonParser::fail(std::string_view what, std::size_t at) {
  failed_ = true;
  error_ = {what, at};
  return {};
}

bool JsonParser::parse(std::string_view text, unsigned max_depth, Document& document,
                       Error& error) {
  text_ = text.data();
  size_ = text.size();
  max_depth_ = max_depth;
  document_ = &document;
  failed_ = false;
  fields_.clear();
  items_.clear();
  Value root;
  if (find_tokens(text)) root = read_value(0);
  if (!failed_ && next_ != last_) fail("there is more text after the value", *next_);
  if (failed_) {
    error = error_;
  } else {
    document.set_root(root);
  }
  return !failed_;
}

bool JsonParser::find_tokens(std::string_view text) {
  if (text.size() > largest_text) fail("the text is larger than 4 GiB", 0);
  if (failed_) return false;
  if (tokens_ == nullptr || tokens_->capacity() < text.size()) {
    const std::size_t capacity =
        std::min(std::max(text.size() + text.size() / 2, first_capacity), largest_text);
    tokens_.reset();
    if (simdjson::get_active_implementation()->create_dom_parser_implementation(capacity, 1,
                                                                                tokens_)) {
      throw std::bad_alloc();
    }
  }
  const auto* bytes = reinterpret_cast<const std::uint8_t*>(text.data());
  switch (tokens_->stage1(bytes, text.size(), simdjson::stage1_mode::regular)) {
    case simdjson::SUCCESS: break;
    case simdjson::EMPTY: fail("there is no value, the text is empty", 0); break;
    case simdjson::UTF8_ERROR: fail("the text is not UTF-8", first_invalid_utf8(text)); break;
    default: {
      const Error bad = first_bad_quote(text);
      fail(bad.what, bad.at);
    }
  }
  next_ = tokens_->structural_indexes.get();
  last_ = next_ + tokens_->n_structural_indexes;
  has_escapes_ = std::memchr(text.data(), '\\', text.size()) != nullptr;
  return !failed_;
}

Value JsonParser::read_value(unsigned depth) {
  const std::size_t at = take();
  switch (char_at(at)) {
    case '{': return read_map(depth + 1);
    case '[': return read_list(depth + 1);
    case '"': return Value::text(read_text(at));
    case 't': return read_word(at, "true", Value::boolean(true));
    case 'f': return read_word(at, "false", Value::boolean(false));
    case 'n': return read_word(at, "null", Value());
    default: return read_number(at);
  }
}

Value JsonParser::read_map(unsigned depth) {
  if (depth > max_depth_) return fail("the value is nested too deeply (see max_depth)", next_[-1]);
  const std::size_t first = fields_.size();
  std::size_t at = take();
  if (char_at(at) == '}') return Value::map({});
  for (;;) {
    if (char_at(at) != '"') return fail("the name of a field in quotes is missing", at);
    const std::string_view name = read_text(at);
    at = take();
    if (failed_) return {};
    if (char_at(at) != ':') return fail("a colon is missing after the name of a field", at);
    const Value value = read_value(depth);
    if (failed_) return {};
    Field& field = fields_.emplace_back();
    field.name = name;
    field.value = value;
    at = take();
    if (char_at(at) == '}') break;
    if (char_at(at) != ',') return fail("a comma or } is missing", at);
    at = take();
  }
  const auto fields = document_->allocate_array<Field>(fields_.size() - first);
  std::memcpy(static_cast<void*>(fields.data()), fields_.data() + first, fields.size_bytes());
  fields_.resize(first);
  return Value::map(fields);
}

Value JsonParser::read_list(unsigned depth) {
  if (depth > max_depth_) return fail("the value is nested too deeply (see max_depth)", next_[-1]);
  const std::size_t first = items_.size();
  if (next_ != last_ && text_[*next_] == ']') {
    ++next_;
    return Value::list({});
  }
  for (;;) {
    const Value item = read_value(depth);
    if (failed_) return {};
    items_.push_back(item);
    const std::size_t at = take();
    if (char_at(at) == ']') break;
    if (char_at(at) != ',') return fail("a comma or ] is missing", at);
  }
  const auto items = document_->allocate_array<Value>(items_.size() - first);
  std::memcpy(static_cast<void*>(items.data()), items_.data() + first, items.size_bytes());
  items_.resize(first);
  return Value::list(items);
}

inline std::string_view JsonParser::read_text(std::size_t at) {
  // Between the closing quote and the next token there is white space alone.
  const char* begin = text_ + at + 1;
  const char* end = text_ + (next_ == last_ ? size_ : *next_) - 1;
  while (*end != '"') --end;
  const std::string_view text(begin, static_cast<std::size_t>(end - begin));
  return has_escapes_ ? resolve_escapes(at, text) : text;
}

std::string_view JsonParser::resolve_escapes(std::size_t at, std::string_view text) {
  if (std::memchr(text.data(), '\\', text.size()) == nullptr) return text;
  const std::size_t room = text.size() + simdjson::SIMDJSON_PADDING;
  auto* start = static_cast<std::uint8_t*>(document_->allocate(room));
  const auto* stop =
      tokens_->parse_string(reinterpret_cast<const std::uint8_t*>(text.data()), start);
  const auto used = stop == nullptr ? 0 : static_cast<std::size_t>(stop - start);
  document_->shrink(start, used);
  const std::string_view resolved(reinterpret_cast<const char*>(start), used);
  // An unpaired surrogate has no UTF-8.
  if (stop == nullptr || !is_utf8(resolved)) fail("an escape in the string is not valid", at);
  return resolved;
}

bool JsonParser::ends_value(const char* place) const {
  return place == text_ + size_ || value_ends[static_cast<unsigned char>(*place)];
}

Value JsonParser::read_word(std::size_t at, std::string_view word, Value value) {
  if (std::string_view(text_ + at, size_ - at).substr(0, word.size()) == word &&
      ends_value(text_ + at + word.size())) {
    return value;
  }
  return fail("a word here must be true, false or null", at);
}

Value JsonParser::read_number(std::size_t at) {
  const char* const begin = text_ + at;
  const char* const end = text_ + size_;
  const bool negative = begin != end && *begin == '-';
  const char* const digits = begin + negative;
  const char* p = digits;
  std::uint64_t whole = 0;
  while (p != end && is_digit(*p)) whole = whole * 10 + static_cast<std::uint64_t>(*p++ - '0');
  if (p == digits) {
    if (at == size_) return fail("the text ends before the value does", at);
    return fail(negative ? "a digit is missing after the minus" : "a value is missing here", at);
  }
  if (*digits == '0' && p - digits > 1) return fail("a number must not begin with 0", at);
  if (p != end && (*p == '.' || *p == 'e' || *p == 'E')) return read_real(begin, p);
  if (!ends_value(p)) return fail("a number has an unexpected character", at + (p - begin));

  // 19 digits always fit; 20 digits fit or have wrapped around to below 10^19.
  const auto count = p - digits;
  const bool fits =
      count < 20 || (count == 20 && *digits == '1' && whole >= 10'000'000'000'000'000'000u);
  constexpr std::uint64_t least = std::uint64_t{1} << 63;
  if (!fits || (negative && whole > least)) {
    return fail("an integer is out of range (64 bits)", at);
  }
  return negative ? Value::integer(static_cast<std::int64_t>(0 - whole))
                  : Value::unsigned_integer(whole);
}

Value JsonParser::read_real(const char* begin, const char* p) {
  const char* const end = text_ + size_;
  const auto at = static_cast<std::size_t>(begin - text_);
  const auto skip_digits = [&] {
    const char* first = p;
    while (p != end && is_digit(*p)) ++p;
    return p != first;
  };
  if (*p == '.') {
    ++p;
    if (!skip_digits()) return fail("a digit is missing after the point", p - text_);
  }
  if (p != end && (*p == 'e' || *p == 'E')) {
    ++p;
    if (p != end && (*p == '+' || *p == '-')) ++p;
    if (!skip_digits()) return fail("a digit is missing in the exponent", p - text_);
  }
  if (!ends_value(p)) return fail("a number has an unexpected character", p - text_);
  double real = 0;
  if (std::from_chars(begin, p, real).ec == std::errc::result_out_of_range) {
    // Too small is 0, as everywhere; too large has no value.
    real = std::strtod(std::string(begin, p).c_str(), nullptr);
  }
  if (!std::isfinite(real)) return fail("a number is out of range (double precision)", at);
  return Value::real(real);
}

}  // namespace weir::components
