#include "json/_parser.hpp"

#include <simdjson.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <new>
#include <span>

#include "weir/number.hpp"
#include "weir/text.hpp"

namespace weir::components {
namespace {

constexpr std::size_t first_capacity = std::size_t{16} * 1024;
constexpr std::size_t largest_text = 0xFFFFFFFF - 1024;  // token positions have 32 bits

// A name, a colon, a value, and a comma or brace.
constexpr unsigned tokens_in_field = 4;

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

/// Numbers with at most this many digits are exact as integers and as doubles.
constexpr std::ptrdiff_t usual_digits = 15;
constexpr std::array<double, 16> powers_of_ten = {1e0, 1e1, 1e2,  1e3,  1e4,  1e5,  1e6,  1e7,
                                                  1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15};

/// Reads a number without an exponent that has few digits, which most have; false if it is another,
/// or none. There must be a byte behind it that is no digit.
inline bool read_usual_number(const char* p, Value& value) {
  const bool negative = *p == '-';
  p += negative;
  const char* const digits = p;
  std::uint64_t whole = 0;
  while (is_digit(*p)) whole = whole * 10 + static_cast<std::uint64_t>(*p++ - '0');
  if (p == digits || (*digits == '0' && p - digits > 1)) return false;
  if (*p != '.') {
    const auto integer = static_cast<std::int64_t>(whole);
    value = Value::integer(negative ? -integer : integer);
    return p - digits <= usual_digits && value_ends[static_cast<unsigned char>(*p)];
  }
  const char* const point = p++;
  while (is_digit(*p)) whole = whole * 10 + static_cast<std::uint64_t>(*p++ - '0');
  const std::ptrdiff_t decimals = p - point - 1;
  if (decimals == 0 || p - digits - 1 > usual_digits) return false;
  // Both are exact, so that one division rounds correctly (Clinger, PLDI 1990).
  const double real =
      static_cast<double>(whole) / powers_of_ten[static_cast<std::size_t>(decimals)];
  value = Value::real(negative ? -real : real);
  return value_ends[static_cast<unsigned char>(*p)];
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
  error_ = {what, at - begin_};
  return {};
}

inline std::string_view JsonParser::read_text(std::size_t at) {
  // Between the closing quote and the next token there is white space alone.
  const char* begin = base_ + at + 1;
  const char* end = base_ + peek() - 1;
  while (*end != '"') --end;
  const std::string_view text(begin, static_cast<std::size_t>(end - begin));
  return end > escape_ ? resolve_escapes(at, text) : text;
}

[[gnu::always_inline]] inline Value JsonParser::read_value(unsigned depth) {
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

bool JsonParser::parse(std::string_view text, unsigned max_depth, Document& document,
                       Error& error) {
  run_is_good_ = false;
  failed_ = false;
  begin_ = 0;
  end_ = text.size();
  if (text.size() > largest_text) {
    fail("the text is larger than 4 GiB", 0);
  } else if (!find_tokens(text)) {
    explain_tokens(text);
  }
  if (!failed_) return read_document(max_depth, document, error);
  error = error_;
  return false;
}

void JsonParser::look_ahead(std::string_view run) {
  run_is_good_ = run.size() <= largest_text && find_tokens(run);
}

// A run is good only if each of its texts is, as far as tokens go: a string that is not closed
// cannot reach into the next text, since a line end in a string is an error too.
bool JsonParser::parse_next(std::string_view text, unsigned max_depth, Document& document,
                            Error& error) {
  if (!run_is_good_) return parse(text, max_depth, document, error);
  failed_ = false;
  begin_ = static_cast<std::size_t>(text.data() - base_);
  end_ = begin_ + text.size();
  while (*next_ < begin_) ++next_;
  return read_document(max_depth, document, error);
}

bool JsonParser::read_document(unsigned max_depth, Document& document, Error& error) {
  max_depth_ = max_depth;
  document_ = &document;
  fields_.clear();
  items_.clear();
  Value root;
  if (*next_ < end_) {
    root = read_value(0);
    if (!failed_ && *next_ < end_) fail("there is more text after the value", *next_);
  } else {
    fail("there is no value, the text is empty", begin_);
  }
  if (failed_) {
    error = error_;
  } else {
    document.set_root(root);
  }
  return !failed_;
}

void JsonParser::explain_tokens(std::string_view text) {
  switch (token_error_) {
    case simdjson::EMPTY: fail("there is no value, the text is empty", 0); break;
    case simdjson::UTF8_ERROR: fail("the text is not UTF-8", utf8_prefix(text)); break;
    default: {
      const Error bad = first_bad_quote(text);
      fail(bad.what, bad.at);
    }
  }
}

bool JsonParser::find_tokens(std::string_view text) {
  if (tokens_ == nullptr || tokens_->capacity() < text.size()) {
    const std::size_t capacity =
        std::min(std::max(text.size() + text.size() / 2, first_capacity), largest_text);
    tokens_.reset();
    if (simdjson::get_active_implementation()->create_dom_parser_implementation(capacity, 1,
                                                                                tokens_)) {
      throw std::bad_alloc();
    }
  }
  base_ = text.data();
  size_ = text.size();
  token_error_ = tokens_->stage1(reinterpret_cast<const std::uint8_t*>(text.data()), text.size(),
                                 simdjson::stage1_mode::regular);
  if (token_error_ != simdjson::SUCCESS) return false;
  next_ = tokens_->structural_indexes.get();
  // The array has room for some more: with these, looking at the next few needs no care.
  std::fill_n(tokens_->structural_indexes.get() + tokens_->n_structural_indexes, tokens_in_field,
              static_cast<std::uint32_t>(size_));
  escape_ = next_escape(base_);
  return true;
}

const char* JsonParser::next_escape(const char* from) const {
  const char* end = base_ + size_;
  const void* found = std::memchr(from, '\\', static_cast<std::size_t>(end - from));
  return found == nullptr ? end : static_cast<const char*>(found);
}

Value JsonParser::read_map(unsigned depth) {
  if (depth > max_depth_) return fail("the value is nested too deeply (see max_depth)", next_[-1]);
  if (char_at(peek()) == '}') {
    ++next_;
    return Value::map({});
  }
  const std::size_t first = fields_.size();
  do {
    // A map of plain fields alone is written where it stays.
    const std::span<Field> place = document_->free_room<Field>();
    const std::size_t count = read_plain_fields(place);
    if (count != 0 && char_at(next_[-1]) == '}') {
      if (fields_.size() == first) return Value::map(document_->allocate_array<Field>(count));
      fields_.insert(fields_.end(), place.begin(), place.begin() + count);
      break;
    }
    fields_.insert(fields_.end(), place.begin(), place.begin() + count);
    if (!read_field(depth)) return {};
  } while (char_at(next_[-1]) == ',');
  const auto fields = document_->allocate_array<Field>(fields_.size() - first);
  std::memcpy(static_cast<void*>(fields.data()), fields_.data() + first, fields.size_bytes());
  fields_.resize(first);
  return Value::map(fields);
}

// Reads fields as long as they are well-formed, their values are texts or usual numbers, and there
// is room for them; passes over none of what it did not read. Returns how many.
std::size_t JsonParser::read_plain_fields(std::span<Field> place) {
  // Copies that the compiler can keep in registers.
  const char* const base = base_;
  const char* const escape = escape_;
  const std::size_t end = end_;
  const std::uint32_t* next = next_;
  Field* field = place.data();
  Field* const last = field + place.size();
  // The tokens of a field: name, colon, value, and the comma or brace behind it.
  while (field != last && next[3] < end) {
    const char* const name = base + next[0];
    const char* const colon = base + next[1];
    const char* const begin = base + next[2];
    const char* const behind = base + next[3];
    if (*name != '"' || *colon != ':' || (*behind != ',' && *behind != '}')) break;
    const char* name_end = colon - 1;
    while (*name_end != '"') --name_end;
    Value value;
    if (*begin == '"') {
      const char* text_end = behind - 1;
      while (*text_end != '"') --text_end;
      if (text_end > escape) break;
      value = Value::text({begin + 1, text_end});
    } else if (name_end > escape || !read_usual_number(begin, value)) {
      break;
    }
    new (field++) Field{{name + 1, name_end}, value};
    next += tokens_in_field;
    if (*behind == '}') break;
  }
  next_ = next;
  return static_cast<std::size_t>(field - place.data());
}

/// Reads a field and what follows it; false if one of them is wrong.
bool JsonParser::read_field(unsigned depth) {
  std::size_t at = take();
  if (char_at(at) != '"') return fail("the name of a field in quotes is missing", at), false;
  const std::string_view name = read_text(at);
  at = take();
  if (failed_) return false;
  if (char_at(at) != ':') return fail("a colon is missing after the name of a field", at), false;
  const Value value = read_value(depth);
  if (failed_) return false;
  fields_.push_back({name, value});
  at = take();
  if (char_at(at) == ',' || char_at(at) == '}') return true;
  return fail("a comma or } is missing", at), false;
}

Value JsonParser::read_list(unsigned depth) {
  if (depth > max_depth_) return fail("the value is nested too deeply (see max_depth)", next_[-1]);
  const std::size_t first = items_.size();
  if (char_at(peek()) == ']') {
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

std::string_view JsonParser::resolve_escapes(std::size_t at, std::string_view text) {
  if (escape_ < text.data()) escape_ = next_escape(text.data());
  if (escape_ >= text.data() + text.size()) return text;
  escape_ = next_escape(text.data() + text.size());
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
  return place == base_ + end_ || value_ends[static_cast<unsigned char>(*place)];
}

Value JsonParser::read_word(std::size_t at, std::string_view word, Value value) {
  if (std::string_view(base_ + at, end_ - at).substr(0, word.size()) == word &&
      ends_value(base_ + at + word.size())) {
    return value;
  }
  return fail("a word here must be true, false or null", at);
}

Value JsonParser::read_number(std::size_t at) {
  const char* const begin = base_ + at;
  const char* const end = base_ + end_;
  const bool negative = begin != end && *begin == '-';
  const char* const digits = begin + negative;
  const char* p = digits;
  std::uint64_t whole = 0;
  while (p != end && is_digit(*p)) whole = whole * 10 + static_cast<std::uint64_t>(*p++ - '0');
  if (p == digits) {
    if (at == end_) return fail("the text ends before the value does", at);
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
  const char* const end = base_ + end_;
  const auto at = static_cast<std::size_t>(begin - base_);
  const auto skip_digits = [&] {
    const char* first = p;
    while (p != end && is_digit(*p)) ++p;
    return p != first;
  };
  if (*p == '.') {
    ++p;
    if (!skip_digits()) return fail("a digit is missing after the point", p - base_);
  }
  if (p != end && (*p == 'e' || *p == 'E')) {
    ++p;
    if (p != end && (*p == '+' || *p == '-')) ++p;
    if (!skip_digits()) return fail("a digit is missing in the exponent", p - base_);
  }
  if (!ends_value(p)) return fail("a number has an unexpected character", p - base_);
  const NumberText real = weir::read_number({begin, p});
  if (real.fault != NumberFault::none) {
    return fail("a number is out of range (double precision)", at);
  }
  return real.value;
}

}  // namespace weir::components
