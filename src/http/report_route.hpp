// GET and POST /api/v1/report.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "diagnosis/reporter.hpp"
#include "http/message.hpp"
#include "metrics/table.hpp"

namespace weir::http {

/// The report as the API's JSON.
std::string report_json(const diagnosis::Report& report);

/// What /metrics tells of it.
metrics::Diagnosis report_metrics(const diagnosis::Reporter& reporter);

/// What a POST asks for: a what-if, or that a change is verified.
struct ReportRequest {
  std::vector<diagnosis::Change> changes;
  bool verify = false;
};

/// Reads the body of a POST. Throws std::invalid_argument with what is wrong.
ReportRequest read_report_request(std::string_view body, const graph::Graph& graph);

/// The answer; of a GET in words for `?format=text`.
Response answer_report(diagnosis::Reporter& reporter, const graph::Graph& graph,
                       const Request& request);

}  // namespace weir::http
