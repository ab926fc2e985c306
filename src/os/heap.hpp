// What the program's allocator knows of the heap: the C library's, or jemalloc if that was loaded
// before it (LD_PRELOAD). Nothing links jemalloc: its interface is looked up while the program
// runs.
#pragma once

#include <cstdint>
#include <string>

namespace weir::os {

/// Bytes that the allocator has handed out and not got back; 0 if it does not tell (sanitizers).
/// Costs a look at each of its arenas. Thread-safe.
std::uint64_t heap_bytes() noexcept;

/// A profile of the heap as jemalloc writes it, for `jeprof`: which call stacks hold how much.
/// Empty if there is none; `why_not` then says how to get one. Thread-safe.
std::string heap_profile(std::string& why_not);

}  // namespace weir::os
