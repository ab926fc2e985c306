#include "runtime/setting_packet.hpp"

namespace weir::runtime {
namespace {

Value value_of(const Setting& setting, Document& document) {
  switch (setting.kind) {
    case Setting::Kind::null: return {};
    case Setting::Kind::boolean: return Value::boolean(setting.boolean);
    case Setting::Kind::integer: return Value::integer(setting.integer);
    case Setting::Kind::number: return Value::real(setting.number);
    case Setting::Kind::text: return document.copy_text(setting.text);
    case Setting::Kind::list: {
      const auto items = document.allocate_array<Value>(setting.items.size());
      for (std::size_t i = 0; i < items.size(); ++i) {
        new (&items[i]) Value(value_of(setting.items[i], document));
      }
      return Value::list(items);
    }
    case Setting::Kind::map: {
      const auto fields = document.allocate_array<Field>(setting.fields.size());
      for (std::size_t i = 0; i < fields.size(); ++i) {
        new (&fields[i]) Field{document.store(setting.fields[i].name),
                               value_of(setting.fields[i].value, document)};
      }
      return Value::map(fields);
    }
  }
  return {};
}

}  // namespace

Packet packet_of(const Setting& setting) {
  switch (setting.kind) {
    case Setting::Kind::text: return Packet::copy_bytes(setting.text);
    case Setting::Kind::integer: return Packet::integer(setting.integer);
    case Setting::Kind::number: return Packet::real(setting.number);
    default: break;
  }
  Packet packet = Packet::document();
  Document& document = packet.edit_document();
  document.set_root(value_of(setting, document));
  return packet;
}

}  // namespace weir::runtime
