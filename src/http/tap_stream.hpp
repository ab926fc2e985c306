// GET /api/v1/tap: packets that pass a port, one message for each that is shown.
#pragma once

#include <functional>
#include <memory>
#include <string_view>

#include "http/message.hpp"
#include "runtime/tap.hpp"

namespace weir::http {

/// Opens a tap; throws runtime::UnknownPort.
using OpenTap = std::function<std::unique_ptr<runtime::Tap>(const runtime::TapRequest&)>;

/// The stream for this query (port, limit, every, where), or the problem with it: 400 for one that
/// is wrong, 404 for a port that is unknown.
Response tap_response(std::string_view query, const OpenTap& open);

}  // namespace weir::http
