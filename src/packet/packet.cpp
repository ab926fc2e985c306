#include "weir/packet.hpp"

#include "packet/attributes.hpp"

namespace weir {

Packet Packet::bytes(Bytes slice) {
  Packet packet = nothing();
  packet.set_bytes(std::move(slice));
  return packet;
}

Packet Packet::integer(std::int64_t value) {
  Packet packet = nothing();
  packet.set_integer(value);
  return packet;
}

Packet Packet::real(double value) {
  Packet packet = nothing();
  packet.set_real(value);
  return packet;
}

Packet Packet::document() {
  Packet packet = nothing();
  packet.set_document(Document::create());
  return packet;
}

Packet Packet::document(Document* document) {
  Packet packet = nothing();
  packet.set_document(document);
  return packet;
}

Document& Packet::edit_document() {
  if (!cell_->document->unique()) {
    Document* copy = cell_->document->clone();
    cell_->document->release();
    cell_->document = copy;
  }
  return *cell_->document;
}

void Packet::set_nothing() noexcept {
  detail::clear_payload(cell_);
}

void Packet::set_bytes(Bytes slice) noexcept {
  detail::clear_payload(cell_);
  cell_->bytes.data = slice.view().data();
  cell_->bytes.size = slice.view().size();
  cell_->bytes.owner = slice.release_owner();
  cell_->kind = PayloadKind::bytes;
}

void Packet::set_document(Document* document) noexcept {
  detail::clear_payload(cell_);
  cell_->document = document;
  cell_->kind = PayloadKind::document;
}

void Packet::set_object(void* value, const detail::ObjectType* type) noexcept {
  detail::clear_payload(cell_);
  cell_->object.value = value;
  cell_->object.type = type;
  cell_->kind = PayloadKind::object;
}

Packet Packet::share() const {
  Packet copy = nothing();
  detail::PacketCell& to = *copy.cell_;
  to.bracket = cell_->bracket;
  to.origin = cell_->origin;
  to.stamp = cell_->stamp;
  to.input = cell_->input;
  to.input_mark = cell_->input_mark;
  if (cell_->attributes != nullptr) {
    cell_->attributes->retain();
    to.attributes = cell_->attributes;
  }
  switch (cell_->kind) {
    case PayloadKind::bytes:
      to.bytes = cell_->bytes;
      if (to.bytes.owner != nullptr) to.bytes.owner->retain();
      break;
    case PayloadKind::document:
      to.document = cell_->document;
      to.document->retain();
      break;
    case PayloadKind::number:
      to.real_number = cell_->real_number;
      to.integer = cell_->integer;
      break;
    case PayloadKind::object:
      to.object.value = cell_->object.type->copy(cell_->object.value);
      to.object.type = cell_->object.type;
      break;
    case PayloadKind::nothing: break;
  }
  to.kind = cell_->kind;
  return copy;
}

std::string_view Packet::attribute(std::string_view name) const noexcept {
  if (cell_->attributes == nullptr) return {};
  for (const auto& [key, value] : cell_->attributes->list) {
    if (key == name) return value;
  }
  return {};
}

void Packet::set_attribute(std::string_view name, std::string_view value) {
  detail::AttributeBlock*& block = cell_->attributes;
  if (block == nullptr) {
    block = new detail::AttributeBlock;
  } else if (block->references.load(std::memory_order_acquire) != 1) {
    auto* copy = new detail::AttributeBlock;
    copy->list = block->list;
    block->release();
    block = copy;
  }
  for (auto& [key, old] : block->list) {
    if (key == name) {
      old.assign(value);
      return;
    }
  }
  block->list.emplace_back(name, value);
}

std::size_t Packet::attribute_count() const noexcept {
  return cell_->attributes == nullptr ? 0 : cell_->attributes->list.size();
}

std::pair<std::string_view, std::string_view> Packet::attribute_at(
    std::size_t index) const noexcept {
  const auto& [name, value] = cell_->attributes->list[index];
  return {name, value};
}

}  // namespace weir
