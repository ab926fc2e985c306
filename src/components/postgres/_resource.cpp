// The type of resource `postgres`: a pool of connections to a PostgreSQL server.
#include <algorithm>
#include <string>

#include "postgres/_connection.hpp"
#include "weir/advice.hpp"
#include "weir/config.hpp"
#include "weir/registry.hpp"

namespace weir::components {
namespace {

class Factory final : public ResourceFactory {
 public:
  Factory(std::shared_ptr<const PgSettings> settings, Reactor& reactor)
      : settings_(std::move(settings)), reactor_(reactor) {}
  Attempt make(Made made) override {
    return connect_postgres(settings_, reactor_, std::move(made));
  }
  Attempt check(const std::shared_ptr<Resource>& resource, const Checked& checked) override {
    return check_postgres(std::static_pointer_cast<PgConnection>(resource), reactor_, checked);
  }

 private:
  const std::shared_ptr<const PgSettings> settings_;
  Reactor& reactor_;
};

PgSettings read_settings(const Config& config) {
  PgSettings settings;
  settings.host = config.text("host");
  settings.port = config.text("port");
  settings.connect_timeout = config.duration("connect_timeout");
  if (config.has("password_file")) settings.password_file = config.text("password_file");
  if (config.has("password_env")) settings.password_env = config.text("password_env");
  settings.keywords = {{"user", config.text("user")},
                       {"dbname", config.text("database")},
                       {"application_name", "weir"},
                       {"client_encoding", "UTF8"}};
  for (auto& parameter : config.text_map("parameters")) {
    settings.keywords.push_back(std::move(parameter));
  }
  return settings;
}

/// Keywords that libpq knows.
std::vector<std::string> known_keywords() {
  std::vector<std::string> names;
  PQconninfoOption* const all = PQconndefaults();
  for (const PQconninfoOption* each = all; each != nullptr && each->keyword != nullptr; ++each) {
    names.emplace_back(each->keyword);
  }
  PQconninfoFree(all);
  return names;
}

void check(const Config& config, Problems& problems) {
  if (config.has("password_file") && config.has("password_env")) {
    problems.error(config.at("password_env"),
                   "password_file and password_env exclude each other: keep one");
  }
  const Setting* parameters = config.setting("parameters");
  if (parameters == nullptr) return;
  constexpr std::string_view own[] = {"host",   "hostaddr",        "port",           "user",
                                      "dbname", "connect_timeout", "client_encoding"};
  const std::vector<std::string> known = known_keywords();
  const std::vector<std::string_view> names(known.begin(), known.end());
  for (const SettingField& field : parameters->fields) {
    if (field.name == "password") {
      problems.error(field.at,
                     "a password does not belong into a graph file: set password_file or "
                     "password_env");
    } else if (std::find(std::begin(own), std::end(own), field.name) != std::end(own)) {
      problems.error(field.at, "\"" + field.name + "\" is set by an option of its own, or by weir");
    } else if (std::find(names.begin(), names.end(), field.name) == names.end()) {
      problems.error(field.at,
                     "libpq has no parameter " + quote(field.name) + suggestion(field.name, names));
    }
  }
}

const ResourceSpec spec{
    .name = "postgres",
    .summary = "Connections to a PostgreSQL server",
    .noun = "connection",
    .doc =
        "A password is read anew for each connection, so it can be changed while weir runs. "
        "Without password_file and password_env libpq looks into PGPASSWORD and ~/.pgpass. It "
        "appears in no message, metric or answer of the API.",
    .options = with_pool_options(
        {{.name = "host",
          .type = OptionType::text,
          .doc = "Name or address of the server, or the folder of its Unix socket.",
          .default_value = "127.0.0.1"},
         {.name = "port",
          .type = OptionType::integer,
          .doc = "Port of the server.",
          .default_value = "5432",
          .min = 1,
          .max = 65535},
         {.name = "database",
          .type = OptionType::text,
          .doc = "Name of the database.",
          .default_value = "postgres"},
         {.name = "user",
          .type = OptionType::text,
          .doc = "Who connects.",
          .default_value = "postgres"},
         {.name = "password_file",
          .type = OptionType::text,
          .doc = "File that holds the password."},
         {.name = "password_env",
          .type = OptionType::text,
          .doc = "Environment variable that holds the password."},
         {.name = "connect_timeout",
          .type = OptionType::duration,
          .doc = "How long making a connection may take, the look-up of the name included.",
          .default_value = "10s",
          .min = 0.01,
          .max = 3600},
         {.name = "parameters",
          .type = OptionType::text_map,
          .doc = "Further parameters of libpq, such as sslmode, sslrootcert or "
                 "target_session_attrs."}}),
    .make = [](const Config& config, Reactor& reactor) -> std::unique_ptr<ResourceFactory> {
      return std::make_unique<Factory>(std::make_shared<const PgSettings>(read_settings(config)),
                                       reactor);
    },
    .check = check};

}  // namespace
}  // namespace weir::components

WEIR_RESOURCE(postgres, spec)
