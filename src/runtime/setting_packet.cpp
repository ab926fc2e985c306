#include "runtime/setting_packet.hpp"

#include "weir/setting_value.hpp"

namespace weir::runtime {

Packet packet_of(const Setting& setting) {
  switch (setting.kind) {
    case Setting::Kind::text: return Packet::copy_bytes(setting.text);
    case Setting::Kind::integer: return Packet::integer(setting.integer);
    case Setting::Kind::number: return Packet::real(setting.number);
    default: break;
  }
  Packet packet = Packet::document();
  Document& document = packet.edit_document();
  document.set_root(to_value(setting, document));
  return packet;
}

}  // namespace weir::runtime
