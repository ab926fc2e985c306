#include "http/_request_options.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <functional>
#include <stdexcept>

#include "http/_option_specs.hpp"

namespace weir::components {
namespace {

constexpr std::string_view success_default = "2xx";
constexpr std::string_view retry_on_default[] = {"429", "502", "503", "504"};

// Of one option that takes status codes; `wrong` is called with each that is none.
StatusSet read_statuses(const Config& config, std::string_view option,
                        const std::function<void(const Setting&)>& wrong = {}) {
  StatusSet set;
  const Setting* given = config.setting(option);
  if (given == nullptr) {
    if (option == "success") set.add(success_default);
    if (option == "retry_on") {
      for (const std::string_view status : retry_on_default) set.add(status);
    }
    return set;
  }
  const auto add = [&](const Setting& item) {
    if ((!item.is_scalar() || !set.add(item.text)) && wrong) wrong(item);
  };
  if (given->kind == Setting::Kind::list) {
    for (const Setting& item : given->items) add(item);
  } else {
    add(*given);
  }
  return set;
}

bool is_header_name(std::string_view name) {
  constexpr std::string_view others = "!#$%&'*+-.^_`|~";
  return !name.empty() && std::all_of(name.begin(), name.end(), [&](char c) {
    return std::isalnum(static_cast<unsigned char>(c)) != 0 || others.find(c) != others.npos;
  });
}

bool equal_ignoring_case(std::string_view left, std::string_view right) {
  return std::equal(left.begin(), left.end(), right.begin(), right.end(), [](char a, char b) {
    return std::tolower(static_cast<unsigned char>(a)) ==
           std::tolower(static_cast<unsigned char>(b));
  });
}

void check_template(const Config& config, std::string_view option, const std::string& text,
                    const std::string& what, Problems& problems) {
  try {
    const Template ignored(text, TemplateForm::text, what);
  } catch (const std::invalid_argument& error) {
    problems.error(config.at(option), error.what());
  }
}

void check_url(const Config& config, Problems& problems) {
  const std::string url = config.text("url");
  check_template(config, "url", url, "url", problems);
  if (std::string fault = fault_of_whole_url(url); !fault.empty()) {
    problems.error(config.at("url"), std::move(fault));
  }
  // The address itself may come from a packet.
  if (url.starts_with("http://") || url.starts_with("https://") || url.starts_with("{")) return;
  // Not quoted: it may hold a secret.
  problems.error(
      config.at("url"),
      "the url must begin with http:// or https://, such as http://127.0.0.1:8080/items");
}

void check_headers(const Config& config, Problems& problems) {
  for (const auto& [name, value] : config.text_map("headers")) {
    const std::string what = fmt::format("header {}", name);
    check_template(config, "headers", value, what, problems);
    if (!is_header_name(name)) {
      problems.error(config.at("headers"), fmt::format("\"{}\" is no name of a header", name));
    }
    for (const std::string_view own : {"Content-Length", "Transfer-Encoding", "Connection"}) {
      if (equal_ignoring_case(name, own)) {
        problems.error(config.at("headers"),
                       fmt::format("{} is set by http/request itself; remove it", what));
      }
    }
    if (value.find_first_of("\r\n") != value.npos) {
      problems.error(config.at("headers"), fmt::format("{} must not contain a line end", what));
    }
  }
}

// What a resource says of the server cannot be said here too.
void check_resource(const Config& config, Problems& problems) {
  if (!config.has("resource")) return;
  for (const OptionSpec& option : server_option_specs()) {
    if (config.setting(option.name) == nullptr) continue;
    problems.error(config.at(option.name),
                   fmt::format("\"{}\" belongs to the resource: set it in the config of \"{}\" "
                               "under `resources`, or remove it here",
                               option.name, config.text("resource")));
  }
}

}  // namespace

void check_request_options(const Config& config, Problems& problems) {
  check_resource(config, problems);
  check_url(config, problems);
  check_headers(config, problems);
  check_server_options(config, problems);
  if (config.has("body")) check_template(config, "body", config.text("body"), "body", problems);
  for (const std::string_view option : {"success", "retry_on"}) {
    read_statuses(config, option, [&](const Setting& item) {
      problems.error(item.at, fmt::format("option \"{}\" takes status codes such as 404, 2xx or "
                                          "200-299",
                                          option));
    });
  }
  if (config.has("field") && config.text("answer") != "field") {
    problems.error(config.at("field"),
                   "field is where answer: field puts the answer; add that, or remove field");
  }
}

RequestOptions read_request_options(const Config& config) {
  RequestOptions options;
  options.method = config.text("method");
  options.url = Template(config.text("url"), TemplateForm::url, "url");
  for (const auto& [name, value] : config.text_map("headers")) {
    options.headers.emplace_back(name, Template(value, TemplateForm::text, "header " + name));
  }
  if (config.has("body")) {
    options.body = Template(config.text("body"), TemplateForm::text, "body");
  }
  const std::string answer = config.text("answer");
  options.answer = answer == "body"    ? AnswerForm::body
                   : answer == "json"  ? AnswerForm::json
                   : answer == "field" ? AnswerForm::field
                                       : AnswerForm::document;
  options.field = config.has("field") ? config.text("field") : "answer";
  options.answer_max = config.size("answer_limit");
  options.success = read_statuses(config, "success");

  options.retry.retries = static_cast<unsigned>(config.integer("retries"));
  options.retry.first = config.duration("backoff");
  options.retry.most = config.duration("backoff_limit");
  options.retry.retry_after_most = config.duration("retry_after_limit");
  options.retry.statuses = read_statuses(config, "retry_on");
  options.retry.repeatable =
      (options.method != "POST" && options.method != "PATCH") || config.boolean("retry_posts");
  if (config.has("resource")) options.resource = config.text("resource");
  options.server = read_server_options(config);
  return options;
}

std::vector<OptionSpec> request_option_specs() {
  constexpr std::string_view statuses =
      R"({"type":["string","integer","array"],"items":{"type":["string","integer"]}})";
  OptionSpec url =
      text_option("url", "where to send it, with `{field}` for values of the packet", true);
  url.required = true;
  std::vector<OptionSpec> options{
      url,
      {.name = "method",
       .type = OptionType::word,
       .doc = "what to do there",
       .default_value = "GET",
       .words = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"}},
      {.name = "headers",
       .type = OptionType::text_map,
       .doc = "headers of the request, with `{field}` for values of the packet",
       .secret = true},
      text_option(
          "body",
          "the body of the request, with `{field}` for values of the packet; unless given, POST, "
          "PUT and PATCH send the payload: bytes as they are, a document as compact JSON"),
      {.name = "answer",
       .type = OptionType::word,
       .doc = "what leaves `out`: a `document` with `status`, `headers` and `body`, the bytes of "
              "the `body`, the body parsed as `json`, or the request's own document with the body "
              "in a `field`",
       .default_value = "document",
       .words = {"document", "body", "json", "field"}},
      text_option("field", "with `answer: field`: its name; `answer` unless given"),
      {.name = "answer_limit",
       .type = OptionType::size,
       .doc = "greatest size of the body of an answer; a larger one is an error",
       .default_value = "16MiB",
       .min = 1,
       .max = double{1 << 30}},
      {.name = "success",
       .type = OptionType::any,
       .doc = "status codes that are no errors, such as `2xx`, `404` or `[200-299, 404]`; `2xx` "
              "unless given",
       .schema = statuses},
      {.name = "retries",
       .type = OptionType::integer,
       .doc = "how often a request that failed is tried again",
       .default_value = "3",
       .min = 0,
       .max = 1000},
      {.name = "retry_on",
       .type = OptionType::any,
       .doc = "status codes after which a request is tried again; `[429, 502, 503, 504]` unless "
              "given",
       .schema = statuses},
      flag_option("retry_posts",
                  "try POST and PATCH again even if the server may have acted on them already",
                  "false"),
      time_option(
          "backoff",
          "before the first retry it waits a random time up to this, then up to twice as much, "
          "and so on",
          "200ms"),
      time_option("backoff_limit", "the longest of these times", "30s"),
      time_option(
          "retry_after_limit",
          "if the server asks with Retry-After for a longer pause the packet goes to `error`",
          "2m"),
  };
  options.push_back({.name = "resource",
                     .type = OptionType::resource,
                     .doc = "pool of requests that this process shares with others; the options "
                            "below are then those of the resource",
                     .resource = "http"});
  const std::vector<OptionSpec> server = server_option_specs();
  options.insert(options.end(), server.begin(), server.end());
  return options;
}

}  // namespace weir::components
