#include "weir/document.hpp"

#include <algorithm>
#include <cstring>
#include <functional>
#include <new>

#include "packet/slab.hpp"

namespace weir {
namespace {

constexpr std::size_t largest_first_block = 4096;
// Further blocks are twice as large as the one before, up to this.
constexpr std::size_t largest_next_block = 8000;
constexpr std::size_t alignment = alignof(std::max_align_t);

constexpr std::size_t aligned(std::size_t bytes) {
  return (bytes + alignment - 1) / alignment * alignment;
}

}  // namespace

Document* Document::create(std::size_t expected) {
  constexpr std::size_t header = aligned(sizeof(Document));
  const unsigned block_class =
      slab::class_of(std::min(header + aligned(expected), largest_first_block));
  auto* block = static_cast<char*>(slab::allocate(block_class));
  auto* document = new (block) Document(block + header, block + slab::size_of(block_class));
  document->block_class_ = block_class;
  document->root_ = Value::map({});
  return document;
}

void Document::destroy() noexcept {
  for (std::uint32_t i = 0; i < std::min(keeps_, inline_keeps); ++i) kept_[i]->release();
  if (more_keeps_ != nullptr) {
    for (std::uint32_t i = inline_keeps; i < keeps_; ++i) more_keeps_[i - inline_keeps]->release();
    delete[] more_keeps_;
  }
  const unsigned block_class = block_class_;
  this->~Document();
  slab::release(block_class, this);
}

bool Document::keeps(const Buffer* buffer) const noexcept {
  Buffer* const* end = kept_ + std::min(keeps_, inline_keeps);
  return std::find(kept_, end, buffer) != end;
}

void Document::reserve_keep() {
  if (keeps_ < keeps_capacity_) return;
  auto** larger = new Buffer*[keeps_capacity_ * 2 - inline_keeps];
  std::copy_n(more_keeps_, keeps_ - inline_keeps, larger);
  delete[] more_keeps_;
  more_keeps_ = larger;
  keeps_capacity_ *= 2;
}

void Document::push_keep(Buffer* buffer) noexcept {
  (keeps_ < inline_keeps ? kept_[keeps_] : more_keeps_[keeps_ - inline_keeps]) = buffer;
  ++keeps_;
}

void Document::keep(Buffer* buffer) {
  if (keeps(buffer)) return;
  reserve_keep();
  buffer->retain();
  push_keep(buffer);
}

void Document::adopt(Bytes&& bytes) {
  reserve_keep();
  push_keep(bytes.release_owner());
}

void* Document::allocate(std::size_t bytes) {
  bytes = aligned(bytes);
  if (bytes > static_cast<std::size_t>(end_ - next_)) {
    const std::size_t usual =
        std::min(2 * static_cast<std::size_t>(end_ - begin_), largest_next_block);
    reserve_keep();
    Buffer* block = Buffer::create(std::max(bytes + alignment, usual));
    push_keep(block);
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

void Document::set_fields(std::span<const Field> fields) {
  const std::span<const Field> old = root_.fields();
  const std::size_t room = std::max<std::size_t>(old.size(), root_capacity_);
  // As in set(), the old fields lie in this document's own arena.
  auto* place = const_cast<Field*>(old.data());
  if (fields.size() > room) place = allocate_array<Field>(fields.size()).data();
  root_capacity_ = static_cast<std::uint32_t>(std::max(fields.size(), room));
  std::copy(fields.begin(), fields.end(), place);
  root_ = Value::map({place, fields.size()});
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

bool Document::in_first_block(const char* text) const noexcept {
  const std::less<const char*> before;
  const char* block = reinterpret_cast<const char*>(this);
  return !before(text, block) && before(text, block + slab::size_of(block_class_));
}

// Texts in the first block of `from` are copied, since that block ends with `from`; the others lie
// in buffers that the copy keeps as well.
Value Document::copy_structure(const Value& value, const Document& from) {
  const auto text_here = [&](std::string_view text) {
    return from.in_first_block(text.data()) ? store(text) : text;
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
  Document* copy = create(size_bytes_);
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
