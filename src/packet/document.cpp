#include "weir/document.hpp"

#include <algorithm>
#include <cstring>
#include <functional>
#include <new>

#include "packet/slab.hpp"

namespace weir {
namespace {

// A first block that holds the document of a usual log line without a second one.
constexpr std::size_t first_block = 2048;
constexpr std::size_t next_block = 8192;
constexpr std::size_t alignment = alignof(std::max_align_t);

constexpr std::size_t aligned(std::size_t bytes) {
  return (bytes + alignment - 1) / alignment * alignment;
}

}  // namespace

Document* Document::create() {
  std::size_t bytes = first_block;
  char* block = static_cast<char*>(slab::allocate_bytes(bytes));
  auto* document = new (block) Document(block + aligned(sizeof(Document)), block + bytes);
  document->root_ = Value::map({});
  return document;
}

void Document::destroy() noexcept {
  for (std::uint32_t i = 0; i < std::min<std::uint32_t>(keeps_, inline_keeps); ++i) {
    kept_[i]->release();
  }
  for (std::uint32_t i = inline_keeps; i < keeps_; ++i) more_keeps_[i - inline_keeps]->release();
  delete[] more_keeps_;
  this->~Document();
  slab::release_bytes(this, first_block);
}

void Document::keep(Buffer* buffer) {
  const std::uint32_t in_line = std::min<std::uint32_t>(keeps_, inline_keeps);
  if (std::find(kept_, kept_ + in_line, buffer) != kept_ + in_line) return;
  if (keeps_ == keeps_capacity_) {
    auto** larger = new Buffer*[keeps_capacity_ * 2 - inline_keeps];
    std::copy_n(more_keeps_, keeps_ - inline_keeps, larger);
    delete[] more_keeps_;
    more_keeps_ = larger;
    keeps_capacity_ *= 2;
  }
  (keeps_ < inline_keeps ? kept_[keeps_] : more_keeps_[keeps_ - inline_keeps]) = buffer;
  ++keeps_;
  buffer->retain();
}

void* Document::allocate(std::size_t bytes) {
  bytes = aligned(bytes);
  if (bytes > static_cast<std::size_t>(end_ - next_)) {
    Buffer* block = Buffer::create(std::max(bytes + alignment, next_block));
    try {
      keep(block);
    } catch (...) {
      block->release();
      throw;
    }
    block->release();
    begin_ = block->data();
    next_ = begin_ + (aligned(reinterpret_cast<std::uintptr_t>(begin_)) -
                      reinterpret_cast<std::uintptr_t>(begin_));
    end_ = begin_ + block->capacity();
  }
  char* result = next_;
  next_ += bytes;
  size_bytes_ += bytes;
  return result;
}

void Document::shrink(void* last, std::size_t used) noexcept {
  char* end = static_cast<char*>(last) + aligned(used);
  if (end <= next_ && end >= begin_) {
    size_bytes_ -= static_cast<std::size_t>(next_ - end);
    next_ = end;
  }
}

std::string_view Document::store(std::string_view text) {
  if (text.empty()) return "";
  char* place = static_cast<char*>(allocate(text.size()));
  std::memcpy(place, text.data(), text.size());
  return {place, text.size()};
}

void Document::set_root(Value root) noexcept {
  root_ = root;
  root_capacity_ = 0;
}

void Document::set(std::string_view name, Value value) {
  const std::span<const Field> old = root_.fields();
  for (auto field = old.rbegin(); field != old.rend(); ++field) {
    if (field->name == name) {
      // The arena is this document's own, so its fields may be changed through the view.
      const_cast<Field&>(*field).value = value;
      return;
    }
  }
  const std::size_t size = old.size();
  auto* fields = const_cast<Field*>(old.data());
  if (size == root_capacity_ || root_.kind() != ValueKind::map || root_capacity_ == 0) {
    const std::size_t capacity = std::max<std::size_t>(8, size * 2);
    fields = allocate_array<Field>(capacity).data();
    std::copy(old.begin(), old.end(), fields);
    root_capacity_ = static_cast<std::uint32_t>(capacity);
  }
  new (&fields[size]) Field{store(name), value};
  root_ = Value::map({fields, size + 1});
}

bool Document::remove(std::string_view name) noexcept {
  const std::span<const Field> old = root_.fields();
  auto* begin = const_cast<Field*>(old.data());
  auto* end = begin + old.size();
  auto* kept = std::remove_if(begin, end, [&](const Field& field) { return field.name == name; });
  if (kept == end) return false;
  root_ = Value::map({begin, static_cast<std::size_t>(kept - begin)});
  return true;
}

bool Document::in_first_chunk(const char* text) const noexcept {
  const std::less<const char*> before;
  const char* block = reinterpret_cast<const char*>(this);
  return !before(text, block) && before(text, block + first_block);
}

// Texts in the first block of `from` are copied, since that block ends with `from`; the others lie
// in buffers that the copy keeps as well.
Value Document::copy_structure(const Value& value, const Document& from) {
  const auto text_here = [&](std::string_view text) {
    return from.in_first_chunk(text.data()) ? store(text) : text;
  };
  switch (value.kind()) {
    case ValueKind::text: return Value::text(text_here(value.as_text()));
    case ValueKind::list: {
      const auto items = value.items();
      const auto copy = allocate_array<Value>(items.size());
      for (std::size_t i = 0; i < items.size(); ++i) {
        new (&copy[i]) Value(copy_structure(items[i], from));
      }
      return Value::list(copy);
    }
    case ValueKind::map: {
      const auto fields = value.fields();
      const auto copy = allocate_array<Field>(fields.size());
      for (std::size_t i = 0; i < fields.size(); ++i) {
        new (&copy[i]) Field{text_here(fields[i].name), copy_structure(fields[i].value, from)};
      }
      return Value::map(copy);
    }
    default: return value;
  }
}

Document* Document::clone() const {
  Document* copy = create();
  try {
    for (std::uint32_t i = 0; i < keeps_; ++i) {
      copy->keep(i < inline_keeps ? kept_[i] : more_keeps_[i - inline_keeps]);
    }
    copy->root_ = copy->copy_structure(root_, *this);
  } catch (...) {
    copy->release();
    throw;
  }
  return copy;
}

Value Document::copy(const Value& value) {
  switch (value.kind()) {
    case ValueKind::text: return copy_text(value.as_text());
    case ValueKind::list: {
      const auto items = value.items();
      const auto copied = allocate_array<Value>(items.size());
      for (std::size_t i = 0; i < items.size(); ++i) new (&copied[i]) Value(copy(items[i]));
      return Value::list(copied);
    }
    case ValueKind::map: {
      const auto fields = value.fields();
      const auto copied = allocate_array<Field>(fields.size());
      for (std::size_t i = 0; i < fields.size(); ++i) {
        new (&copied[i]) Field{store(fields[i].name), copy(fields[i].value)};
      }
      return Value::map(copied);
    }
    default: return value;
  }
}

}  // namespace weir
