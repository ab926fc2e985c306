// A document: a tree of values whose root is usually a map of ordered fields. Strings are slices of
// the text they were parsed from or of the document's own arena, so reading one copies nothing.
// A Document belongs to the packets that share it; only a single owner may change it (see
// Packet::edit_document). Values are views: valid as long as their document lives and is not
// cleared.
#pragma once

#include <atomic>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <string_view>

#include "weir/buffer.hpp"

namespace weir {

enum class ValueKind : std::uint8_t {
  null,
  boolean,
  integer,
  unsigned_integer,
  real,
  text,
  list,
  map
};

struct Field;

/// One value of a document: 16 bytes, trivially copyable. Lists, maps and texts point into a
/// document.
class Value {
 public:
  constexpr Value() noexcept : integer_(0) {}
  static Value boolean(bool value) noexcept {
    Value result(ValueKind::boolean, 0);
    result.boolean_ = value;
    return result;
  }
  static Value integer(std::int64_t value) noexcept {
    Value result(ValueKind::integer, 0);
    result.integer_ = value;
    return result;
  }
  /// For numbers above the range of int64; smaller ones become `integer`.
  static Value unsigned_integer(std::uint64_t value) noexcept {
    const bool large = value > std::uint64_t{std::numeric_limits<std::int64_t>::max()};
    Value result(large ? ValueKind::unsigned_integer : ValueKind::integer, 0);
    result.unsigned_ = value;
    return result;
  }
  static Value real(double value) noexcept {
    Value result(ValueKind::real, 0);
    result.real_ = value;
    return result;
  }
  /// `text` must outlive the value: it lies in the document's arena, in a buffer that the document
  /// keeps (Document::keep), or is a literal.
  static Value text(std::string_view text) noexcept {
    Value result(ValueKind::text, text.size());
    result.text_ = text.data();
    return result;
  }
  static Value list(std::span<const Value> items) noexcept {
    Value result(ValueKind::list, items.size());
    result.items_ = items.data();
    return result;
  }
  static Value map(std::span<const Field> fields) noexcept;

  ValueKind kind() const noexcept { return kind_; }
  bool is_number() const noexcept {
    return kind_ == ValueKind::integer || kind_ == ValueKind::unsigned_integer ||
           kind_ == ValueKind::real;
  }
  bool as_boolean() const noexcept { return boolean_; }
  std::int64_t as_integer() const noexcept { return integer_; }
  std::uint64_t as_unsigned() const noexcept { return unsigned_; }
  /// Any number as a double; 0 for what is no number.
  double as_real() const noexcept {
    switch (kind_) {
      case ValueKind::integer: return static_cast<double>(integer_);
      case ValueKind::unsigned_integer: return static_cast<double>(unsigned_);
      case ValueKind::real: return real_;
      default: return 0;
    }
  }
  std::string_view as_text() const noexcept {
    return kind_ == ValueKind::text ? std::string_view(text_, size_) : std::string_view();
  }
  std::span<const Value> items() const noexcept {
    if (kind_ != ValueKind::list) return {};
    return {items_, size_};
  }
  std::span<const Field> fields() const noexcept;
  /// The value of a field of a map, or nullptr. The last of equal names wins.
  const Value* find(std::string_view name) const noexcept;
  /// Like find, but a name with dots that is no field itself goes down nested maps:
  /// "request.method".
  const Value* find_path(std::string_view path) const noexcept;

 private:
  Value(ValueKind kind, std::size_t size) noexcept
      : kind_(kind), size_(static_cast<std::uint32_t>(size)), integer_(0) {}

  ValueKind kind_ = ValueKind::null;
  std::uint32_t size_ = 0;
  union {
    bool boolean_;
    std::int64_t integer_;
    std::uint64_t unsigned_;
    double real_;
    const char* text_;
    const Value* items_;
    const Field* fields_;
  };
};

struct Field {
  std::string_view name;
  Value value;
};

inline Value Value::map(std::span<const Field> fields) noexcept {
  Value result(ValueKind::map, fields.size());
  result.fields_ = fields.data();
  return result;
}

inline std::span<const Field> Value::fields() const noexcept {
  if (kind_ != ValueKind::map) return {};
  return {fields_, size_};
}

/// The order of two numbers, exact whatever their kinds. Unordered if one is not a number.
std::partial_ordering compare_numbers(const Value& left, const Value& right) noexcept;

/// Equal kind and content; numbers compare by value whatever their kind.
bool operator==(const Value& left, const Value& right) noexcept;

/// The reference-counted body of a document packet. Not thread-safe while it is being changed.
class Document {
 public:
  /// An empty map, with one reference, from the pool. `expected` are the bytes that will be put
  /// into the arena, as far as they are known; more is possible. Throws std::bad_alloc.
  static Document* create(std::size_t expected = usual_arena);
  /// A copy that can be changed: the structure is copied, texts in shared buffers are not.
  Document* clone() const;

  Document(const Document&) = delete;
  Document& operator=(const Document&) = delete;

  void retain() noexcept { references_.fetch_add(1, std::memory_order_relaxed); }
  void release() noexcept {
    if (references_.load(std::memory_order_acquire) == 1 ||
        references_.fetch_sub(1, std::memory_order_acq_rel) == 1) {
      destroy();
    }
  }
  bool unique() const noexcept { return references_.load(std::memory_order_acquire) == 1; }

  const Value& root() const noexcept { return root_; }
  const Value* find(std::string_view name) const noexcept { return root_.find(name); }
  const Value* find_path(std::string_view path) const noexcept { return root_.find_path(path); }

  void set_root(Value root) noexcept;
  /// Sets a field of the root map, replacing one of that name or adding it at the end; the name is
  /// copied. A root that is no map becomes one. A name with dots is just a name.
  void set(std::string_view name, Value value);
  /// Makes the root a map of these fields, in the place of the old ones if they leave room.
  void set_fields(std::span<const Field> fields);
  /// Removes a field of the root map; false if there is none.
  bool remove(std::string_view name) noexcept;

  /// Keeps `buffer` alive as long as this document, for values that point into it.
  void keep(Buffer* buffer);
  /// Keeps the buffer of `bytes` and takes over its reference, which costs less. If it throws,
  /// `bytes` is as it was.
  void adopt(Bytes&& bytes);
  /// A text value with a copy of `text` in the arena.
  Value copy_text(std::string_view text) { return Value::text(store(text)); }
  /// Copies `text` to the arena.
  std::string_view store(std::string_view text);
  /// Uninitialised room in the arena, aligned for values. Freed with the document.
  void* allocate(std::size_t bytes);
  /// Gives back the unused end of the most recent allocation, so that a caller may reserve
  /// generously.
  void shrink(void* last, std::size_t used) noexcept;
  template <class T>
  std::span<T> allocate_array(std::size_t count) {
    return {static_cast<T*>(allocate(count * sizeof(T))), count};
  }
  /// The room that is left in the arena without a new block. What was written to its front is kept
  /// by allocating it next.
  template <class T>
  std::span<T> free_room() noexcept {
    return {reinterpret_cast<T*>(next_), static_cast<std::size_t>(end_ - next_) / sizeof(T)};
  }
  /// Copies a value of another document, with all that it refers to, into this one's arena.
  Value copy(const Value& value);

  /// Arena bytes in use: what the document adds to memory beside the buffers that it keeps.
  std::size_t size_bytes() const noexcept { return size_bytes_; }

 private:
  static constexpr std::size_t usual_arena = 1900;
  static constexpr std::uint32_t inline_keeps = 2;

  Document(char* arena, char* end) noexcept : next_(arena), end_(end), begin_(arena) {}
  void destroy() noexcept;
  bool keeps(const Buffer* buffer) const noexcept;
  /// Makes room for one more kept buffer.
  void reserve_keep();
  void push_keep(Buffer* buffer) noexcept;
  Value copy_structure(const Value& value, const Document& from);
  bool in_first_block(const char* text) const noexcept;

  // The first cache line has all that is needed to read a document and to end it.
  std::atomic<std::uint32_t> references_{1};
  std::uint32_t root_capacity_ = 0;
  Value root_;
  char* next_;
  char* end_;
  std::size_t size_bytes_ = 0;
  std::uint32_t block_class_ = 0;  // of the block that begins with this document
  std::uint32_t keeps_ = 0;
  Buffer* kept_[inline_keeps];
  Buffer** more_keeps_ = nullptr;
  char* begin_;  // of the block that is being filled
  std::uint32_t keeps_capacity_ = inline_keeps;
};

}  // namespace weir
