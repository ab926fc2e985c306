// A snapshot as the API's JSON and as the start page. Pure functions.
#pragma once

#include <chrono>
#include <string>
#include <string_view>
#include <vector>

#include "http/message.hpp"
#include "metrics/table.hpp"
#include "runtime/snapshot.hpp"
#include "tuning/decisions.hpp"

namespace weir::http {

/// GET /api/v1/graph.
std::string graph_json(const runtime::NetworkSnapshot& network);

/// GET /api/v1/decisions.
std::string decisions_json(const std::vector<tuning::Decision>& decisions);

/// RFC 3339, in UTC, with milliseconds.
std::string moment(std::chrono::system_clock::time_point time);

/// GET /: a page that works without JavaScript, with the policy headers that keep it so.
Response start_page(const runtime::NetworkSnapshot& network, const metrics::Program& program);

/// Text with what HTML reads as markup escaped; safe in quoted attributes too.
std::string escape_html(std::string_view text);

}  // namespace weir::http
