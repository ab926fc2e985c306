// A document: a tree of values whose root is usually a map of ordered fields. Strings are slices of
// the text they were parsed from or of the document's own arena, so reading one copies nothing.
// A Document belongs to the packets that share it; only a single owner may change it (see
// Packet::edit_document). Values are views: valid as long as their document lives and is not
// cleared.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
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
  static Value boolean(bool value) noexcept;
  static Value integer(std::int64_t value) noexcept;
  /// For numbers above the range of int64; smaller ones become `integer`.
  static Value unsigned_integer(std::uint64_t value) noexcept;
  static Value real(double value) noexcept;
  /// `text` must outlive the value: it lies in the document's arena, in a buffer that the document
  /// keeps (Document::keep), or is a literal.
  static Value text(std::string_view text) noexcept;
  static Value list(std::span<const Value> items) noexcept;
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
  double as_real() const noexcept;
  std::string_view as_text() const noexcept {
    return kind_ == ValueKind::text ? std::string_view(text_, size_) : std::string_view();
  }
  std::span<const Value> items() const noexcept;
  std::span<const Field> fields() const noexcept;
  /// The value of a field of a map, or nullptr. The last of equal names wins.
  const Value* find(std::string_view name) const noexcept;
  /// Like find, but a name with dots that is no field itself goes down nested maps:
  /// "request.method".
  const Value* find_path(std::string_view path) const noexcept;

 private:
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

/// Equal kind and content; numbers compare by value whatever their kind.
bool operator==(const Value& left, const Value& right) noexcept;

/// The reference-counted body of a document packet. Not thread-safe while it is being changed.
class Document {
 public:
  /// An empty map, with one reference, from the pool. Throws std::bad_alloc.
  static Document* create();
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
  /// Removes a field of the root map; false if there is none.
  bool remove(std::string_view name) noexcept;

  /// Keeps `buffer` alive as long as this document, for values that point into it.
  void keep(Buffer* buffer);
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
  /// Copies a value of another document, with all that it refers to, into this one's arena.
  Value copy(const Value& value);

  /// Arena bytes in use: what the document adds to memory beside the buffers that it keeps.
  std::size_t size_bytes() const noexcept { return size_bytes_; }

 private:
  Document(char* arena, char* end) noexcept : begin_(arena), next_(arena), end_(end) {}
  void destroy() noexcept;
  Value copy_structure(const Value& value, const Document& from);
  bool in_first_chunk(const char* text) const noexcept;

  static constexpr std::size_t inline_keeps = 4;

  std::atomic<std::uint32_t> references_{1};
  std::uint32_t root_capacity_ = 0;
  Value root_;
  char* begin_;
  char* next_;
  char* end_;
  std::size_t size_bytes_ = 0;
  std::uint32_t keeps_ = 0;
  std::uint32_t keeps_capacity_ = inline_keeps;
  Buffer** more_keeps_ = nullptr;
  Buffer* kept_[inline_keeps] = {};
};

}  // namespace weir
