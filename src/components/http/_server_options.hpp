// How http/request reaches a server, whatever it asks for there: what all its requests share.
#pragma once

#include <string>
#include <vector>

#include "weir/config.hpp"
#include "weir/spec.hpp"

namespace weir::components {

struct ServerOptions {
  /// For one attempt, and for the part of it until it is connected.
  Duration timeout{};
  Duration connect_timeout{};
  bool follow_redirects = false;
  bool proxy_from_environment = false;
  bool tls_verify = true;
  std::string ca_file;
  std::string bearer_token;
  std::string bearer_token_file;
  std::string user;
  std::string password;
  std::string password_file;
};

/// Of a checked configuration.
ServerOptions read_server_options(const Config& config);
/// Finds what the types of the options do not.
void check_server_options(const Config& config, Problems& problems);
/// What the reference page lists.
std::vector<OptionSpec> server_option_specs();

}  // namespace weir::components
