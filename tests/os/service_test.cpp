#include "os/service.hpp"

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <filesystem>

namespace weir::os {
namespace {

/// Listens as systemd does.
class Listener {
 public:
  explicit Listener(const std::string& address) : socket_(::socket(AF_UNIX, SOCK_DGRAM, 0)) {
    sockaddr_un name{};
    name.sun_family = AF_UNIX;
    std::memcpy(name.sun_path, address.data(), address.size());
    if (address.front() == '@') name.sun_path[0] = '\0';
    const auto length = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + address.size());
    EXPECT_EQ(::bind(socket_, reinterpret_cast<const sockaddr*>(&name), length), 0);
  }
  ~Listener() { ::close(socket_); }

  /// The next message; empty if none has come.
  std::string next() {
    std::array<char, 256> text;
    const ssize_t size = ::recv(socket_, text.data(), text.size(), MSG_DONTWAIT);
    return size > 0 ? std::string(text.data(), static_cast<std::size_t>(size)) : std::string();
  }

 private:
  int socket_;
};

class Service : public testing::Test {
 protected:
  ~Service() override {
    for (const char* name : {"NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID"}) ::unsetenv(name);
  }
  static void set(const char* name, const std::string& value) { ::setenv(name, value.c_str(), 1); }
};

TEST_F(Service, WithoutAManagerNothingHappens) {
  ServiceManager manager;
  manager.ready();
  manager.stopping();
  EXPECT_EQ(manager.watchdog_interval(), std::nullopt);
}

TEST_F(Service, TellsReadyAliveAndStopping) {
  std::string folder = (std::filesystem::temp_directory_path() / "weir-notify-XXXXXX").string();
  ASSERT_NE(::mkdtemp(folder.data()), nullptr);
  const std::string address = folder + "/socket";
  {
    Listener listener(address);
    set("NOTIFY_SOCKET", address);
    set("WATCHDOG_USEC", "4000000");
    set("WATCHDOG_PID", std::to_string(::getpid()));
    ServiceManager manager;
    EXPECT_EQ(manager.watchdog_interval(), std::chrono::seconds(2));
    manager.ready();
    EXPECT_EQ(listener.next(), "READY=1");
    manager.alive();
    EXPECT_EQ(listener.next(), "WATCHDOG=1");
    manager.stopping();
    EXPECT_EQ(listener.next(), "STOPPING=1");
    EXPECT_EQ(listener.next(), "");
  }
  std::filesystem::remove_all(folder);
}

TEST_F(Service, FindsSocketsInTheAbstractNamespace) {
  const std::string address = "@weir-test-" + std::to_string(::getpid());
  Listener listener(address);
  set("NOTIFY_SOCKET", address);
  ServiceManager manager;
  manager.ready();
  EXPECT_EQ(listener.next(), "READY=1");
}

TEST_F(Service, AWatchdogForAnotherProcessIsNotOurs) {
  set("NOTIFY_SOCKET", "@weir-nobody");
  set("WATCHDOG_USEC", "4000000");
  set("WATCHDOG_PID", "1");
  EXPECT_EQ(ServiceManager().watchdog_interval(), std::nullopt);
}

TEST_F(Service, AManagerThatIsGoneIsNoError) {
  set("NOTIFY_SOCKET", "/nonexistent/socket");
  ServiceManager().ready();
}

TEST_F(Service, NonsenseIsIgnored) {
  set("NOTIFY_SOCKET", "/tmp/" + std::string(200, 'x'));
  set("WATCHDOG_USEC", "soon");
  ServiceManager manager;
  manager.ready();
  EXPECT_EQ(manager.watchdog_interval(), std::nullopt);
}

}  // namespace
}  // namespace weir::os
