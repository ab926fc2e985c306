// How a tap shows a packet: JSON of bounded size, whatever the packet holds.
#pragma once

#include <cstddef>
#include <string>

#include "weir/packet.hpp"

namespace weir::runtime {

/// The members of a JSON object that show the packet, without its braces: see TapNews::packet.
/// Texts, lists and maps are cut off, and that is marked, when they and the attributes come to more
/// than about `bytes_max`. Throws std::bad_alloc and nothing else.
std::string packet_members(const Packet& packet, std::size_t bytes_max);

}  // namespace weir::runtime
