// A fuzz target: one function that takes whatever bytes there are, as libFuzzer calls it. The
// replay program calls the same function with the files of a corpus. What must never be, aborts.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string_view>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace weir::fuzz {

inline std::string_view text_of(const std::uint8_t* data, std::size_t size) {
  return {reinterpret_cast<const char*>(data), size};
}

/// The first byte as a number, 0 if there is none; `text` keeps what is behind it.
inline unsigned take_byte(std::string_view& text) {
  if (text.empty()) return 0;
  const unsigned byte = static_cast<unsigned char>(text.front());
  text.remove_prefix(1);
  return byte;
}

/// The part before the first line end; `text` keeps what is behind it.
inline std::string_view take_line(std::string_view& text) {
  const std::string_view line = text.substr(0, text.find('\n'));
  text.remove_prefix(line.size() == text.size() ? line.size() : line.size() + 1);
  return line;
}

inline void require(bool holds, const char* what) {
  if (holds) return;
  std::fprintf(stderr, "does not hold: %s\n", what);
  std::abort();
}

}  // namespace weir::fuzz
