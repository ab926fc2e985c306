// The condition of a tap in the first line, and a JSON document behind it.
#include "runtime/tap_filter.hpp"
#include "json/_parser.hpp"
#include "target.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace weir;
  std::string_view text = fuzz::text_of(data, size);
  const std::string_view condition = fuzz::take_line(text);
  try {
    const runtime::TapFilter filter(condition);
    static_cast<void>(filter.matches(Packet::copy_bytes(text)));
    static_cast<void>(filter.matches(Packet::integer(-1)));
    Packet packet = Packet::document();
    Bytes bytes = Bytes::copy(text);
    components::JsonParser parser;
    components::JsonParser::Error error;
    if (parser.parse(bytes.view(), 64, packet.edit_document(), error)) {
      static_cast<void>(filter.matches(packet));
    }
  } catch (const runtime::BadTapFilter& fault) {
    fuzz::require(*fault.what() != '\0', "a fault has a text");
  }
  return 0;
}
