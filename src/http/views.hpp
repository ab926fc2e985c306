// A snapshot as the API's JSON. Pure functions.
#pragma once

#include <string>
#include <vector>

#include "runtime/snapshot.hpp"
#include "tuning/decisions.hpp"

namespace weir::http {

/// GET /api/v1/graph.
std::string graph_json(const runtime::NetworkSnapshot& network);

/// GET /api/v1/decisions.
std::string decisions_json(const std::vector<tuning::Decision>& decisions);

}  // namespace weir::http
