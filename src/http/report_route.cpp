#include "http/report_route.hpp"

#include <stdexcept>

#include "diagnosis/words.hpp"
#include "http/query.hpp"

namespace weir::http {

namespace {

Response as_json(const diagnosis::Report& report, int status = 200) {
  Response response;
  response.status = status;
  response.body = report_json(report);
  return response;
}

Response as_text(const diagnosis::Report& report) {
  Response response;
  response.content_type = "text/plain; charset=utf-8";
  response.body = diagnosis::in_words(report);
  return response;
}

}  // namespace

Response answer_report(diagnosis::Reporter& reporter, const graph::Graph& graph,
                       const Request& request) {
  const std::optional<Query> query = parse_query(request.query);
  const bool text = query == Query{{"format", "text"}};
  if (!text && query != Query() && query != Query{{"format", "json"}}) {
    return problem(400, "The query of /api/v1/report is format=json or format=text, or none.");
  }
  const auto answer = [text](const diagnosis::Report& report, int status = 200) {
    return text ? as_text(report) : as_json(report, status);
  };
  if (request.method == "GET" || request.method == "HEAD") return answer(reporter.report());
  if (request.method != "POST") return not_with_this_method(request, "GET, HEAD, POST");
  try {
    const ReportRequest asked = read_report_request(request.body, graph);
    if (!asked.verify) return answer(reporter.what_if(asked.changes));
    const std::string why_not = reporter.verify();
    return why_not.empty() ? answer(reporter.report(), 202) : problem(409, why_not);
  } catch (const std::invalid_argument& error) {
    return problem(400, error.what());
  }
}

}  // namespace weir::http
