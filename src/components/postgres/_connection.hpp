// A connection to a PostgreSQL server, as pools of type postgres hold it, and how one is made: by
// libpq without blocking. Names are looked up by Asio beforehand, since libpq would block.
#pragma once

#include <libpq-fe.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "weir/resource.hpp"

namespace weir::components {

struct PgFree {
  void operator()(PGconn* connection) const noexcept { PQfinish(connection); }
  void operator()(PGresult* result) const noexcept { PQclear(result); }
};
using PgHandle = std::unique_ptr<PGconn, PgFree>;
using PgResult = std::unique_ptr<PGresult, PgFree>;

/// Used by one thread at a time. It is non-blocking, and between two leases no statement runs.
class PgConnection final : public Resource {
 public:
  explicit PgConnection(PgHandle handle) noexcept : handle_(std::move(handle)) {}
  PGconn* get() const noexcept { return handle_.get(); }
  int descriptor() const noexcept { return PQsocket(handle_.get()); }

 private:
  PgHandle handle_;
};

struct PgSettings {
  /// libpq's keywords with their values, without host and password.
  std::vector<std::pair<std::string, std::string>> keywords;
  std::string host;
  std::string port;
  /// Where the password is read from each time; empty for none.
  std::string password_file;
  std::string password_env;
  Duration connect_timeout{};
};

/// What libpq says last of a connection, in one line.
std::string message_of(const PGconn* connection);

/// See ResourceFactory::make and check; the reactor outlives the attempt.
ResourceFactory::Attempt connect_postgres(std::shared_ptr<const PgSettings> settings,
                                          Reactor& reactor, ResourceFactory::Made made);
ResourceFactory::Attempt check_postgres(std::shared_ptr<PgConnection> connection, Reactor& reactor,
                                        ResourceFactory::Checked checked);

}  // namespace weir::components
