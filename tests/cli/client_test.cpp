#include "cli/client.hpp"

#include <atomic>
#include <fstream>
#include <optional>
#include <thread>
#include <vector>

#include "http/handshake.hpp"
#include "http/server.hpp"
#include "http/stream.hpp"

namespace weir::cli {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

/// Sends its messages, and then ends or waits.
class Messages final : public http::Stream {
 public:
  Messages(std::vector<std::string> messages, bool ends)
      : messages_(std::move(messages)), ends_(ends) {}
  void open(std::function<void()>) override {}
  Next next() override {
    if (sent_ == messages_.size()) return {.ended = ends_};
    return {.message = std::make_shared<const std::string>(messages_[sent_++])};
  }

 private:
  std::vector<std::string> messages_;
  bool ends_;
  std::size_t sent_ = 0;
};

http::Response answer(const http::Request& request) {
  http::Response response;
  const std::string* token = request.header("authorization");
  if (request.path == "/echo") {
    response.body = request.method + ' ' + request.query + ' ' + request.body + ' ' +
                    (token == nullptr ? "" : *token);
  } else if (request.path == "/locked") {
    response = http::problem(401, "Send a token.");
  } else if (request.path == "/plain") {
    response.status = 502;
    response.body = "<html>";
  } else if (request.path == "/three") {
    if (auto refusal = http::refuse_handshake(request)) return std::move(*refusal);
    response.stream = std::make_shared<Messages>(std::vector<std::string>{"1", "2", "3"}, true);
  } else if (request.path == "/waiting") {
    if (auto refusal = http::refuse_handshake(request)) return std::move(*refusal);
    response.stream = std::make_shared<Messages>(std::vector<std::string>{"1"}, false);
  } else {
    response = http::problem(404, "There is nothing there.");
  }
  return response;
}

class ClientTest : public testing::Test {
 protected:
  ClientTest() {
    http::ServerOptions options;
    options.listen = {"127.0.0.1", 0};
    server_.emplace(options);
    server_->start(answer);
    options_.url = "http://127.0.0.1:" + std::to_string(server_->port());
  }

  std::string failure(const std::function<void(Client&)>& ask) {
    try {
      Client client(options_);
      ask(client);
    } catch (const ClientFailure& error) {
      status_ = error.status();
      return error.what();
    }
    return "";
  }

  std::optional<http::Server> server_;
  ClientOptions options_;
  int status_ = -1;
};

TEST_F(ClientTest, GetsAndPosts) {
  Client client(options_);
  EXPECT_EQ(client.get("/echo?a=b"), "GET a=b  ");
  EXPECT_EQ(client.post("/echo", "{}"), "POST  {} ");
  EXPECT_EQ(client.url(), options_.url);
}

TEST_F(ClientTest, SendsTheToken) {
  const std::string path = testing::TempDir() + "client-token";
  std::ofstream(path) << "a-long-secret\n";
  options_.token_file = path;
  Client client(options_);
  EXPECT_EQ(client.get("/echo"), "GET   Bearer a-long-secret");
  EXPECT_EQ(failure([](Client& c) { c.get("/locked"); }), "Send a token.");
}

TEST_F(ClientTest, TellsTheDetailOfAProblem) {
  EXPECT_EQ(failure([](Client& client) { client.get("/nothing"); }), "There is nothing there.");
  EXPECT_EQ(status_, 404);
  EXPECT_EQ(failure([](Client& client) { client.follow("/nothing", {}); }),
            "There is nothing there.");
  EXPECT_THAT(failure([](Client& client) { client.get("/locked"); }),
              testing::AllOf(HasSubstr("Send a token."), HasSubstr("--token-file")));
  EXPECT_THAT(failure([](Client& client) { client.get("/plain"); }),
              HasSubstr("502 Error; is --url that of a weir?"));
}

TEST_F(ClientTest, SaysThatNobodyAnswers) {
  server_.reset();
  const auto expected =
      testing::AllOf(HasSubstr("no weir answers at " + options_.url),
                     HasSubstr("connection refused; is it running, and is --url right?"));
  EXPECT_THAT(failure([](Client& client) { client.get("/"); }), expected);
  EXPECT_THAT(failure([](Client& client) { client.follow("/three", {}); }), expected);
  EXPECT_EQ(status_, 0);
  options_.url = "http://no-such-host.invalid:7070";
  EXPECT_THAT(failure([](Client& client) { client.get("/"); }), HasSubstr("is not known"));
}

TEST_F(ClientTest, RefusesAUrlThatIsNone) {
  for (const char* bad : {"", "http://", "ftp://a", "https://localhost:7070", "http://a:b",
                          "http://a/?b", "http://a b"}) {
    options_.url = bad;
    EXPECT_THROW(Client{options_}, BadClientOption) << bad;
  }
  options_.url = "127.0.0.1:" + std::to_string(server_->port()) + "/";
  EXPECT_EQ(Client(options_).get("/echo"), "GET   ") << "the scheme may be left out";
  options_.token_file = "/no/such/file";
  EXPECT_THROW(Client{options_}, BadClientOption);
}

TEST_F(ClientTest, FollowsAStreamToItsEnd) {
  Client client(options_);
  std::vector<std::string> messages;
  int opened = 0;
  client.follow(
      "/three",
      [&](std::string_view message) {
        messages.emplace_back(message);
        return true;
      },
      [&] { ++opened; });
  EXPECT_THAT(messages, ElementsAre("1", "2", "3"));
  EXPECT_EQ(opened, 1);
  messages.clear();
  client.follow("/three", [&](std::string_view message) {
    messages.emplace_back(message);
    return message != "2";
  });
  EXPECT_THAT(messages, ElementsAre("1", "2"));
  EXPECT_EQ(client.get("/echo"), "GET   ") << "still of use";
}

TEST_F(ClientTest, CanBeStopped) {
  Client client(options_);
  std::atomic<bool> seen{false};
  std::thread follower([&] {
    client.follow("/waiting", [&](std::string_view) {
      seen = true;
      seen.notify_all();
      return true;
    });
  });
  seen.wait(false);
  client.stop();
  follower.join();
}

TEST_F(ClientTest, SaysThatTheServerStops) {
  Client client(options_);
  std::atomic<bool> seen{false};
  std::string failure;
  std::thread follower([&] {
    try {
      client.follow("/waiting", [&](std::string_view) {
        seen = true;
        seen.notify_all();
        return true;
      });
    } catch (const ClientFailure& error) {
      failure = error.what();
    }
  });
  seen.wait(false);
  server_.reset();
  follower.join();
  EXPECT_THAT(failure, HasSubstr("has ended the connection"));
}

TEST(PercentEncode, LeavesPlainCharactersAlone) {
  EXPECT_EQ(percent_encode("read.out-1_~"), "read.out-1_~");
  EXPECT_EQ(percent_encode("status>=500 & \xc3\xa4"), "status%3E%3D500%20%26%20%C3%A4");
}

}  // namespace
}  // namespace weir::cli
