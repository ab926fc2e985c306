// What the targets of src/net share: bounds that short inputs reach, and what holds of a refusal.
#pragma once

#include <string>

#include "net/body_decoder.hpp"
#include "net/limits.hpp"
#include "net/refusal.hpp"
#include "net/response.hpp"
#include "pieces.hpp"
#include "target.hpp"

namespace weir::fuzz {

inline constexpr net::HeadLimits small_head{
    .line_bytes_max = 48, .bytes_max = 160, .fields_max = 4, .empty_lines_max = 2};
inline constexpr net::BodyLimits small_body{.bytes_max = 64,
                                            .chunk_line_bytes_max = 24,
                                            .chunk_waste_max = 48,
                                            .trailer_bytes_max = 40,
                                            .trailer_fields_max = 2};

inline void check_refusal(const net::Refusal& refusal) {
  require(refusal.status >= 400 && net::reason_phrase(refusal.status) != "Error",
          "a refusal has a status that weir knows");
  require(refusal.detail.size() > 1 && refusal.detail.find_first_of("\r\n") == std::string::npos,
          "a refusal says what is wrong");
}

/// A body as it was read.
struct BodyRead {
  std::size_t consumed = 0;
  std::string content;
};

/// Gives the text to the decoder in pieces, with as little room as the cuts say.
inline BodyRead read_body(net::BodyDecoder& decoder, std::string_view text, Cuts cuts) {
  BodyRead read;
  std::string room;
  std::size_t come = 0;
  while (!decoder.done() && !decoder.refusal()) {
    if (come == read.consumed) {
      if (come == text.size()) break;
      come += cuts.next(text.size() - come);
    }
    const std::string_view piece = text.substr(read.consumed, come - read.consumed);
    room.resize(cuts.next(4096));
    const net::BodyDecoder::Step step =
        decoder.decode({piece.data(), piece.size()}, {room.data(), room.size()});
    require(step.consumed <= piece.size() && step.produced <= room.size(),
            "a decoder stays within what it is given");
    require(step.consumed != 0, "a decoder goes on");
    read.consumed += step.consumed;
    read.content.append(room, 0, step.produced);
  }
  if (decoder.refusal()) check_refusal(*decoder.refusal());
  return read;
}

}  // namespace weir::fuzz
