// The request that opens a WebSocket (RFC 6455, 4.2.1). Pure functions.
#pragma once

#include <optional>

#include "http/message.hpp"

namespace weir::http {

/// What is answered if the request does not open a WebSocket; nothing if it does.
std::optional<Response> refuse_handshake(const Request& request);

}  // namespace weir::http
