#include "http/_server_options.hpp"

#include <fmt/format.h>

#include "http/_option_specs.hpp"

namespace weir::components {

void check_server_options(const Config& config, Problems& problems) {
  const auto both = [&](std::string_view one, std::string_view other) {
    if (config.has(one) && config.has(other)) {
      problems.error(config.at(other), fmt::format("give either {} or {}, not both", one, other));
    }
  };
  both("bearer_token", "bearer_token_file");
  both("password", "password_file");
  both("bearer_token", "user");
  both("bearer_token_file", "user");
  if (config.has("user") && !config.has("password") && !config.has("password_file")) {
    problems.error(config.at("user"),
                   "user has no password: give it password_file, or password: \"${NAME}\"");
  }
  for (const std::string_view password : {"password", "password_file"}) {
    if (config.has(password) && !config.has("user")) {
      problems.error(config.at(password), fmt::format("{} has no user: add one", password));
    }
  }
}

ServerOptions read_server_options(const Config& config) {
  ServerOptions options;
  options.timeout = config.duration("timeout");
  options.connect_timeout = config.duration("connect_timeout");

  options.follow_redirects = config.boolean("follow_redirects");
  options.proxy_from_environment = config.boolean("proxy_from_environment");
  options.tls_verify = config.boolean("tls_verify");
  const auto optional = [&](std::string_view name, std::string& into) {
    if (config.has(name)) into = config.text(name);
  };
  optional("ca_file", options.ca_file);
  optional("bearer_token", options.bearer_token);
  optional("bearer_token_file", options.bearer_token_file);
  optional("user", options.user);
  optional("password", options.password);
  optional("password_file", options.password_file);
  return options;
}

std::vector<OptionSpec> server_option_specs() {
  return {
      time_option("timeout", "for one attempt, from its beginning to the end of the answer", "30s"),
      time_option("connect_timeout", "for finding the host and connecting to it", "5s"),
      flag_option("follow_redirects", "follow up to ten redirects, to http and https", "false"),
      flag_option("tls_verify", "check the certificate of the server", "true"),
      text_option("ca_file", "certificates (PEM) to trust instead of those of the system"),
      text_option("bearer_token", "sent as `Authorization: Bearer`; write `\"${NAME}\"`", true),
      text_option("bearer_token_file", "the same, from a file"),
      text_option("user", "for basic authentication", true),
      text_option("password", "for basic authentication; write `\"${NAME}\"`", true),
      text_option("password_file", "the same, from a file"),
      flag_option("proxy_from_environment",
                  "use the proxy that `http_proxy`, `https_proxy` and "
                  "`no_proxy` name",
                  "false"),
  };
}

}  // namespace weir::components
