#include "packet/pool.hpp"
#include "weir/component.hpp"

namespace weir {

void Out::end(Packet&& packet, Ended why) noexcept {
  detail::PacketAccount& account = *pool::current_account();
  account.reason = why;
  packet = Packet();
  account.reason = Ended::consumed;
}

void Out::fail(Packet&& packet, std::string_view kind, std::string_view text) {
  fail_packet(std::move(packet), kind, text);
}

void Out::report(std::string_view kind, std::string_view text) {
  report_error(kind, text);
}

}  // namespace weir
