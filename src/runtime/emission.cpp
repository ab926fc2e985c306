#include "runtime/emission.hpp"

#include <utility>

namespace weir::runtime {

Emission::Emission(const Output& output, ErrorPolicy& policy)
    : error_index_(output.error_index()), policy_(policy), owned_(output.elements()) {
  output.mark_connected(owned_);
  first_ = output.firsts();
  batches_ = owned_.data();
}

void Emission::swap(Batches& other) noexcept {
  owned_.swap(other);
  batches_ = owned_.data();
}

void Emission::fail_packet(Packet&& packet, std::string_view kind, std::string_view text) {
  Packet failed(std::move(packet));
  if (policy_.handle_failed(failed, kind, text)) push(error_index_, std::move(failed));
}

void Emission::report_error(std::string_view kind, std::string_view text) {
  policy_.handle_report(kind, text);
}

}  // namespace weir::runtime
