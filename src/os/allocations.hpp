// How often the program has asked for heap memory. It is counted only in a program that links
// src/counting_new.cpp, as weir does; others, and builds with sanitizers, which have an allocator
// of their own, do not know.
#pragma once

#include <cstdint>
#include <optional>

namespace weir::os {

/// For operator new: counts one. Any thread, at any time of its life; no locked instruction but at
/// the thread's first and last.
void count_allocation() noexcept;

/// What all threads have asked for so far, those that have ended included; nothing if it is not
/// counted. Any thread.
std::optional<std::uint64_t> allocations() noexcept;
/// The share of the calling thread.
std::uint64_t allocations_of_this_thread() noexcept;

}  // namespace weir::os
