// The options of http/request, read and checked.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "http/_retry.hpp"
#include "http/_server_options.hpp"
#include "http/_template.hpp"
#include "weir/config.hpp"
#include "weir/spec.hpp"

namespace weir::components {

/// What becomes of an answer.
enum class AnswerForm { document, body, json, field };

struct RequestOptions {
  std::string method;
  Template url;
  std::vector<std::pair<std::string, Template>> headers;
  std::optional<Template> body;

  AnswerForm answer = AnswerForm::document;
  std::string field;
  std::uint64_t answer_max = 0;
  StatusSet success;

  RetryPolicy retry;
  /// The pool to take the requests from, which then has the options of the server; or empty.
  std::string resource;
  ServerOptions server;

  /// The payload is the body where no template is.
  bool sends_payload() const noexcept {
    return !body && (method == "POST" || method == "PUT" || method == "PATCH");
  }
  bool sends_body() const noexcept { return body || sends_payload(); }
};

/// Of a checked configuration.
RequestOptions read_request_options(const Config& config);
/// Finds what the types of the options do not.
void check_request_options(const Config& config, Problems& problems);
/// What the reference page lists.
std::vector<OptionSpec> request_option_specs();

}  // namespace weir::components
