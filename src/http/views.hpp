// A snapshot as the API's JSON. Pure functions.
#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "runtime/snapshot.hpp"
#include "tuning/decisions.hpp"

namespace weir::http {

/// GET /api/v1/graph.
std::string graph_json(const runtime::NetworkSnapshot& network);

/// GET /api/v1/decisions.
std::string decisions_json(const std::vector<tuning::Decision>& decisions);

/// RFC 3339, in UTC, with milliseconds.
std::string moment(std::chrono::system_clock::time_point time);

}  // namespace weir::http
