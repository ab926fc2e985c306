// The packet that a value in a graph file stands for (an initial information packet).
#pragma once

#include "weir/packet.hpp"
#include "weir/setting.hpp"

namespace weir::runtime {

/// Texts become bytes, numbers numbers, lists, maps, booleans and null documents.
Packet packet_of(const Setting& setting);

}  // namespace weir::runtime
