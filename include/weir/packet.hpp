// The unit of data. A Packet is a move-only handle of 8 bytes to a pooled cell with a payload
// (nothing, bytes, a document, a number, or any C++ object), attributes, an origin and a bracket
// kind. The handle owns the cell: when it dies the packet has come to its end and is counted so. A
// packet is used by one thread at a time; its payload may be shared with other packets and is
// copied on write.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <utility>

#include "weir/buffer.hpp"
#include "weir/detail/cell.hpp"
#include "weir/document.hpp"
#include "weir/units.hpp"

namespace weir {

namespace detail {
inline std::size_t payload_bytes(const PacketCell& cell) noexcept {
  if (cell.kind == PayloadKind::number) [[likely]]
    return 8;
  switch (cell.kind) {
    case PayloadKind::bytes: return cell.bytes.size;
    case PayloadKind::document: return cell.document->size_bytes();
    case PayloadKind::object: return cell.object.type->bytes;
    case PayloadKind::number:
    case PayloadKind::nothing: break;
  }
  return 0;
}
}  // namespace detail

class Packet {
 public:
  /// An empty handle: no packet.
  Packet() noexcept = default;
  Packet(Packet&& other) noexcept : cell_(std::exchange(other.cell_, nullptr)) {}
  Packet& operator=(Packet&& other) noexcept {
    Packet old(std::exchange(cell_, std::exchange(other.cell_, nullptr)));
    return *this;
  }
  Packet(const Packet&) = delete;
  Packet& operator=(const Packet&) = delete;
  ~Packet() {
    if (cell_ != nullptr) detail::release_cell(cell_);
  }

  /// Makers of new packets. They throw std::bad_alloc and nothing else.
  static Packet nothing() { return Packet(detail::allocate_cell()); }
  static Packet bytes(Bytes slice);
  static Packet copy_bytes(std::string_view text) { return bytes(Bytes::copy(text)); }
  static Packet integer(std::int64_t value);
  static Packet real(double value);
  /// A document with an empty map as its root.
  static Packet document();
  /// Takes over one reference of `document`.
  static Packet document(Document* document);
  template <class T>
  static Packet object(T value);

  explicit operator bool() const noexcept { return cell_ != nullptr; }
  PayloadKind kind() const noexcept { return cell_->kind; }

  /// The bytes of a bytes packet; empty for every other kind.
  std::string_view as_bytes() const noexcept {
    return kind() == PayloadKind::bytes ? std::string_view(cell_->bytes.data, cell_->bytes.size)
                                        : std::string_view();
  }
  /// The slice behind a bytes packet, sharing its buffer.
  Bytes bytes_slice() const noexcept { return Bytes(cell_->bytes.owner, as_bytes()); }
  /// The buffer behind a bytes packet; null if it has none, or for every other kind.
  const Buffer* bytes_owner() const noexcept {
    return kind() == PayloadKind::bytes ? cell_->bytes.owner : nullptr;
  }
  /// Moves the slice out of a bytes packet, which is left with nothing.
  Bytes take_bytes() noexcept {
    const std::string_view text = as_bytes();
    cell_->kind = PayloadKind::nothing;
    return Bytes::adopt(cell_->bytes.owner, text);
  }
  bool is_real() const noexcept { return kind() == PayloadKind::number && cell_->real_number; }
  std::int64_t as_integer() const noexcept {
    return cell_->real_number ? static_cast<std::int64_t>(cell_->real) : cell_->integer;
  }
  double as_real() const noexcept {
    return cell_->real_number ? cell_->real : static_cast<double>(cell_->integer);
  }
  /// Only for kind() == document.
  const Document& as_document() const noexcept { return *cell_->document; }
  /// The document for changing it in place; if it is shared it is copied first.
  Document& edit_document();
  /// The object if the payload is of exactly this type, else nullptr.
  template <class T>
  const T* as_object() const noexcept;

  /// Replace the payload in place; attributes, origin and bracket stay.
  void set_nothing() noexcept;
  void set_bytes(Bytes slice) noexcept;
  void set_integer(std::int64_t value) noexcept {
    drop_payload();
    cell_->integer = value;
    cell_->real_number = false;
    cell_->kind = PayloadKind::number;
  }
  void set_real(double value) noexcept {
    drop_payload();
    cell_->real = value;
    cell_->real_number = true;
    cell_->kind = PayloadKind::number;
  }
  /// Takes over one reference.
  void set_document(Document* document) noexcept;

  /// A new packet with the same payload (shared), attributes, origin, input and bracket.
  Packet share() const;

  /// The attribute's text, or an empty view with a null pointer if there is none.
  std::string_view attribute(std::string_view name) const noexcept;
  void set_attribute(std::string_view name, std::string_view value);
  std::size_t attribute_count() const noexcept;
  std::pair<std::string_view, std::string_view> attribute_at(std::size_t index) const noexcept;

  Bracket bracket() const noexcept { return cell_->bracket; }
  void set_bracket(Bracket bracket) noexcept { cell_->bracket = bracket; }
  /// Number of the process that made the packet, 0 if unknown.
  std::uint32_t origin() const noexcept { return cell_->origin; }

  /// Number of what the packet was read from: one file from its beginning to its end, one body, one
  /// standard input. 0 if it was not read, or was made anew. Grows with time: what began later has
  /// a greater number. It stays with the packet through everything that changes it in place.
  std::uint64_t input() const noexcept {
    return cell_->input_mark == detail::InputMark::none ? 0 : cell_->input;
  }
  /// True for the first packet of its input, as long as nobody has ended that one.
  bool begins_input() const noexcept { return cell_->input_mark == detail::InputMark::begins; }
  /// For what reads: `input` is a number from begin_input().
  void set_input(std::uint64_t input, bool begins) noexcept {
    cell_->input = input;
    cell_->input_mark = begins ? detail::InputMark::begins : detail::InputMark::within;
  }
  /// A number for an input that begins now. Thread-safe.
  static std::uint64_t begin_input() noexcept { return detail::next_input(); }

  /// When the packet should leave its source: its latency counts from then, not from when it does.
  /// For sources that send at a rate, where Context::samples_latency().
  void set_due(Time at) noexcept {
    cell_->stamp = static_cast<std::uint64_t>(at.time_since_epoch().count());
  }

  /// Payload size for accounting: bytes of text, 8 for a number, arena bytes of a document.
  std::size_t size_bytes() const noexcept { return detail::payload_bytes(*cell_); }

  /// For the runtime: give up and take over the cell.
  detail::PacketCell* release_to_runtime() noexcept { return std::exchange(cell_, nullptr); }
  static Packet adopt(detail::PacketCell* cell) noexcept { return Packet(cell); }

 private:
  explicit Packet(detail::PacketCell* cell) noexcept : cell_(cell) {}
  void drop_payload() noexcept {
    if (detail::owns_memory(cell_->kind)) detail::clear_payload(cell_);
  }
  void set_object(void* value, const detail::ObjectType* type) noexcept;

  detail::PacketCell* cell_ = nullptr;
};
static_assert(sizeof(Packet) == 8);

namespace detail {
template <class T>
inline constexpr ObjectType object_type{
    [](void* value) noexcept { delete static_cast<T*>(value); },
    [](const void* value) -> void* { return new T(*static_cast<const T*>(value)); }, sizeof(T)};
}  // namespace detail

template <class T>
Packet Packet::object(T value) {
  Packet packet = nothing();
  packet.set_object(new T(std::move(value)), &detail::object_type<T>);
  return packet;
}

template <class T>
const T* Packet::as_object() const noexcept {
  if (kind() != PayloadKind::object || cell_->object.type != &detail::object_type<T>)
    return nullptr;
  return static_cast<const T*>(cell_->object.value);
}

}  // namespace weir
