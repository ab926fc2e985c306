// How many descriptors the program may have, and what they are for. What it can do without, clients
// and followed files, leaves some of them to the rest: outputs, requests, databases, the admin
// server.
#pragma once

#include <cstdint>

namespace weir::os {

struct DescriptorLimit {
  std::uint64_t before = 0;
  std::uint64_t now = 0;
};
/// Raises the soft limit on open files to the hard one.
DescriptorLimit raise_descriptor_limit() noexcept;

/// How many may be open.
std::uint64_t descriptors_most() noexcept;
/// How many of them clients and followed files leave to the rest: a quarter, at most 2048. Whoever
/// lets clients in bounds those that wait in them for a refusal, so that half of them stay free.
std::uint64_t descriptors_kept() noexcept;
/// True if this one is of those that are kept: a client or a followed file gives it back at once.
/// The system gives the lowest free number, so that all before it were open when it was.
bool is_kept_descriptor(int descriptor) noexcept;

}  // namespace weir::os
