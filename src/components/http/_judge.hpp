// Whether http/listen takes a request, judged by its head alone.
#pragma once

#include <optional>
#include <string>

#include "http/_problem.hpp"
#include "http/_server.hpp"
#include "net/hosts.hpp"
#include "net/request_head.hpp"

namespace weir::components {

/// The refusal of a request, or nothing. What is refused has not been taken in part.
std::optional<HttpReply> judge(const net::RequestHead& head, const HttpHub& hub,
                               const net::Hosts& hosts);

/// The text of a 413.
std::string too_large(std::uint64_t body_max);

}  // namespace weir::components
