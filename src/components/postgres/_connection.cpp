#include "postgres/_connection.hpp"

#include <fmt/format.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <mutex>
#include <optional>
#include <system_error>

namespace weir::components {
namespace {

using boost::asio::ip::tcp;

constexpr std::size_t password_most = 4096;
// A server that does not answer an empty query within this has gone.
constexpr Duration check_timeout = std::chrono::seconds(2);

std::string one_line(std::string_view text) {
  std::string line;
  for (const char c : text) {
    if (c == '\n') {
      if (!line.empty() && line.back() != ' ') line += "; ";
    } else if (c != '\t') {
      line += c;
    }
  }
  while (line.ends_with(' ') || line.ends_with(';')) line.pop_back();
  return line;
}

/// The password, or nothing with what went wrong in `failure`.
std::optional<std::string> read_password(const PgSettings& settings, std::string& failure) {
  if (!settings.password_env.empty()) {
    const char* value = std::getenv(settings.password_env.c_str());
    if (value != nullptr) return value;
    failure =
        fmt::format("the environment variable {} (password_env) is not set", settings.password_env);
    return {};
  }
  struct Close {
    void operator()(std::FILE* file) const noexcept { std::fclose(file); }
  };
  const std::unique_ptr<std::FILE, Close> file(std::fopen(settings.password_file.c_str(), "rbe"));
  std::string text(password_most, '\0');
  if (file != nullptr) text.resize(std::fread(text.data(), 1, text.size(), file.get()));
  if (file == nullptr || std::ferror(file.get()) != 0) {
    failure = fmt::format("the password file {} cannot be read: {}", settings.password_file,
                          std::generic_category().message(errno));
    return {};
  }
  while (text.ends_with('\n') || text.ends_with('\r')) text.pop_back();
  return text;
}

/// Something that waits for a socket and for a deadline, and ends once. Its callbacks come on any
/// thread.
template <class Derived>
class Attempting : public std::enable_shared_from_this<Derived> {
 public:
  explicit Attempting(Reactor& reactor) : reactor_(reactor) {}

 protected:
  /// With the lock.
  void begin_deadline(Duration time) {
    deadline_ = reactor_.make_timer([weak = this->weak_from_this()] {
      if (const auto self = weak.lock()) self->expired();
    });
    deadline_->start(time);
  }
  /// With the lock: calls Derived::ready() once the socket is.
  void wait(int descriptor, bool writable) {
    watch_ = reactor_.watch(descriptor);
    auto ready = [weak = this->weak_from_this()] {
      if (const auto self = weak.lock()) self->ready();
    };
    if (writable) {
      watch_->wait_writable(std::move(ready));
    } else {
      watch_->wait_readable(std::move(ready));
    }
  }
  /// With the lock. True the first time.
  bool end() noexcept {
    watch_.reset();
    if (std::exchange(ended_, true)) return false;
    if (deadline_ != nullptr) deadline_->cancel();
    return true;
  }

  Reactor& reactor_;
  std::mutex mutex_;
  bool ended_ = false;
  std::unique_ptr<Timer> deadline_;
  std::unique_ptr<DescriptorWatch> watch_;
};

class Connecting final : public Attempting<Connecting> {
 public:
  Connecting(std::shared_ptr<const PgSettings> settings, Reactor& reactor,
             ResourceFactory::Made made)
      : Attempting(reactor), settings_(std::move(settings)), made_(std::move(made)) {}
  ~Connecting() { watch_.reset(); }

  void begin() {
    std::unique_lock lock(mutex_);
    begin_deadline(settings_->connect_timeout);
    if (is_path() || reactor_.io() == nullptr) {
      connect({}, lock);
      return;
    }
    resolver_ = std::make_unique<tcp::resolver>(*reactor_.io());
    resolver_->async_resolve(settings_->host, settings_->port,
                             [weak = weak_from_this()](const boost::system::error_code& error,
                                                       const tcp::resolver::results_type& results) {
                               if (const auto self = weak.lock()) self->resolved(error, results);
                             });
  }

  void ready() {
    std::unique_lock lock(mutex_);
    if (!ended_) advance(lock);
  }

  void expired() {
    std::unique_lock lock(mutex_);
    fail(fmt::format("no answer from {} within {} (connect_timeout)", where(),
                     format_duration(settings_->connect_timeout)),
         lock);
  }

 private:
  bool is_path() const { return settings_->host.empty() || settings_->host.front() == '/'; }
  std::string where() const { return fmt::format("{} port {}", settings_->host, settings_->port); }

  void resolved(const boost::system::error_code& error,
                const tcp::resolver::results_type& results) {
    std::unique_lock lock(mutex_);
    if (ended_) return;
    if (error) {
      fail(fmt::format("the host name {} cannot be resolved: {}", settings_->host, error.message()),
           lock);
      return;
    }
    std::vector<std::string> addresses;
    for (const auto& entry : results) {
      addresses.push_back(entry.endpoint().address().to_string());
    }
    connect(addresses, lock);
  }

  // Each address goes with the name, for the check of certificates.
  void connect(const std::vector<std::string>& addresses, std::unique_lock<std::mutex>& lock) {
    auto keywords = settings_->keywords;
    std::string hosts = settings_->host;
    for (std::size_t i = 1; i < addresses.size(); ++i) hosts += "," + settings_->host;
    keywords.emplace_back("host", hosts);
    keywords.emplace_back("port", settings_->port);
    if (!addresses.empty()) {
      keywords.emplace_back("hostaddr", fmt::format("{}", fmt::join(addresses, ",")));
    }
    if (!settings_->password_env.empty() || !settings_->password_file.empty()) {
      std::string failure;
      auto password = read_password(*settings_, failure);
      if (!password) {
        fail(std::move(failure), lock);
        return;
      }
      keywords.emplace_back("password", std::move(*password));
    }
    std::vector<const char*> names;
    std::vector<const char*> values;
    for (const auto& [name, value] : keywords) {
      names.push_back(name.c_str());
      values.push_back(value.c_str());
    }
    names.push_back(nullptr);
    values.push_back(nullptr);
    handle_.reset(PQconnectStartParams(names.data(), values.data(), 0));
    if (handle_ == nullptr || PQstatus(handle_.get()) == CONNECTION_BAD) {
      fail(handle_ == nullptr ? "out of memory" : message_of(handle_.get()), lock);
      return;
    }
    wait(PQsocket(handle_.get()), true);
  }

  void advance(std::unique_lock<std::mutex>& lock) {
    // libpq may close the socket and open another.
    watch_.reset();
    switch (PQconnectPoll(handle_.get())) {
      case PGRES_POLLING_READING: wait(PQsocket(handle_.get()), false); break;
      case PGRES_POLLING_WRITING: wait(PQsocket(handle_.get()), true); break;
      case PGRES_POLLING_OK: succeed(lock); break;
      default: fail(message_of(handle_.get()), lock);
    }
  }

  void succeed(std::unique_lock<std::mutex>& lock) {
    if (PQsetnonblocking(handle_.get(), 1) != 0) {
      fail(message_of(handle_.get()), lock);
      return;
    }
    if (!end()) return;
    auto connection = std::make_unique<PgConnection>(std::move(handle_));
    const auto made = std::move(made_);
    lock.unlock();
    made(std::move(connection), {});
  }

  void fail(std::string why, std::unique_lock<std::mutex>& lock) {
    if (!end()) return;
    handle_.reset();
    const auto made = std::move(made_);
    lock.unlock();
    made(nullptr, std::move(why));
  }

  const std::shared_ptr<const PgSettings> settings_;
  ResourceFactory::Made made_;
  std::unique_ptr<tcp::resolver> resolver_;
  PgHandle handle_;
};

/// Sends an empty query and waits for its answer.
class Checking final : public Attempting<Checking> {
 public:
  Checking(std::shared_ptr<PgConnection> connection, Reactor& reactor,
           ResourceFactory::Checked checked)
      : Attempting(reactor), connection_(std::move(connection)), checked_(std::move(checked)) {}
  ~Checking() { watch_.reset(); }

  void begin() {
    std::unique_lock lock(mutex_);
    PGconn* const connection = connection_->get();
    if (PQconsumeInput(connection) == 0 || PQstatus(connection) != CONNECTION_OK ||
        PQsendQuery(connection, "") == 0 || PQflush(connection) != 0) {
      finish(false, lock);
      return;
    }
    begin_deadline(check_timeout);
    wait(connection_->descriptor(), false);
  }

  void ready() {
    std::unique_lock lock(mutex_);
    if (ended_) return;
    PGconn* const connection = connection_->get();
    watch_.reset();
    if (PQconsumeInput(connection) == 0) {
      finish(false, lock);
      return;
    }
    while (PQisBusy(connection) == 0) {
      const PgResult result(PQgetResult(connection));
      if (result == nullptr) {
        finish(good_, lock);
        return;
      }
      good_ = PQresultStatus(result.get()) == PGRES_EMPTY_QUERY;
    }
    wait(connection_->descriptor(), false);
  }

  void expired() {
    std::unique_lock lock(mutex_);
    finish(false, lock);
  }

 private:
  void finish(bool good, std::unique_lock<std::mutex>& lock) {
    if (!end()) return;
    const auto checked = std::move(checked_);
    lock.unlock();
    checked(good);
  }

  const std::shared_ptr<PgConnection> connection_;
  ResourceFactory::Checked checked_;
  bool good_ = false;
};

}  // namespace

std::string message_of(const PGconn* connection) {
  const std::string text = one_line(PQerrorMessage(connection));
  return text.empty() ? "the connection was lost" : text;
}

ResourceFactory::Attempt connect_postgres(std::shared_ptr<const PgSettings> settings,
                                          Reactor& reactor, ResourceFactory::Made made) {
  auto attempt = std::make_shared<Connecting>(std::move(settings), reactor, std::move(made));
  attempt->begin();
  return attempt;
}

ResourceFactory::Attempt check_postgres(std::shared_ptr<PgConnection> connection, Reactor& reactor,
                                        ResourceFactory::Checked checked) {
  auto attempt = std::make_shared<Checking>(std::move(connection), reactor, std::move(checked));
  attempt->begin();
  return attempt;
}

}  // namespace weir::components
