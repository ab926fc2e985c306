// The Out that a component writes to: gathers what a step emits until it is published. Used by the
// lane that owns it.
#pragma once

#include "runtime/batches.hpp"
#include "runtime/output.hpp"
#include "weir/component.hpp"

namespace weir::runtime {

/// What an Emission asks of its process when a packet or a step has failed.
class ErrorPolicy {
 public:
  /// True if the packet was turned into an error document that belongs on the error port; else it
  /// was ended.
  virtual bool handle_failed(Packet& packet, std::string_view kind, std::string_view text) = 0;
  virtual void handle_report(std::string_view kind, std::string_view text) = 0;

 protected:
  ~ErrorPolicy() = default;
};

class Emission final : public Out {
 public:
  Emission(const Output& output, ErrorPolicy& policy);

  Batches& batches() noexcept { return owned_; }
  const Batches& batches() const noexcept { return owned_; }
  /// Exchanges what was emitted for other (usually empty) batches of the same process.
  void swap(Batches& other) noexcept;

 private:
  void grow(detail::PortBatch& batch) override { Batches::grow(batch); }
  void fail_packet(Packet&& packet, std::string_view kind, std::string_view text) override;
  void report_error(std::string_view kind, std::string_view text) override;

  unsigned error_index_;
  ErrorPolicy& policy_;
  Batches owned_;
};

}  // namespace weir::runtime
