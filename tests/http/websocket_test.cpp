#include "http/server.hpp"

#include <atomic>
#include <functional>
#include <mutex>
#include <optional>
#include <vector>

#include "http/handshake.hpp"
#include "http/stream.hpp"
#include "websocket_client.hpp"

namespace weir::http {
namespace {

using testing::HasSubstr;

/// Sends "1", "2", ... as fast as they are taken, up to `last`; then it waits, or ends.
class Counting final : public Stream {
 public:
  Counting(std::uint64_t last, bool ends, std::size_t size, std::atomic<int>& alive)
      : last_(last), ends_(ends), size_(size), alive_(alive) {
    ++alive_;
  }
  ~Counting() override { --alive_; }
  void open(std::function<void()>) override {}
  Next next() override {
    if (sent_ == last_) return {.ended = ends_};
    std::string text = std::to_string(++sent_);
    text.resize(std::max(size_, text.size()), ' ');
    return {.message = std::make_shared<const std::string>(std::move(text))};
  }

 private:
  std::uint64_t last_;
  bool ends_;
  std::size_t size_;
  std::atomic<int>& alive_;
  std::uint64_t sent_ = 0;
};

/// Sends what the test says, when it says it.
class Spoken final : public Stream {
 public:
  struct Mouth {
    std::mutex mutex;
    std::vector<std::string> words;
    std::function<void()> wake;

    void say(std::string word) {
      const std::lock_guard lock(mutex);
      words.push_back(std::move(word));
      if (wake) wake();
    }
  };
  explicit Spoken(Mouth& mouth) : mouth_(mouth) {}
  ~Spoken() override {
    const std::lock_guard lock(mouth_.mutex);
    mouth_.wake = nullptr;
  }
  void open(std::function<void()> wake) override {
    const std::lock_guard lock(mouth_.mutex);
    mouth_.wake = std::move(wake);
  }
  Next next() override {
    const std::lock_guard lock(mouth_.mutex);
    if (mouth_.words.empty()) return {};
    auto word = std::make_shared<const std::string>(std::move(mouth_.words.front()));
    mouth_.words.erase(mouth_.words.begin());
    return {.message = std::move(word)};
  }

 private:
  Mouth& mouth_;
};

class Throwing final : public Stream {
  void open(std::function<void()>) override {}
  Next next() override { throw std::runtime_error("on purpose"); }
};

class WebSockets : public testing::Test {
 protected:
  void start(ServerOptions options = {}) {
    options.listen = {"127.0.0.1", 0};
    server_.emplace(options);
    server_->start([this](const Request& request) { return answer(request); });
  }

  Response answer(const Request& request) {
    Response response;
    if (request.path == "/plain") return response;
    if (auto refusal = refuse_handshake(request)) return std::move(*refusal);
    if (request.path == "/three") response.stream = counting(3, true);
    if (request.path == "/endless") response.stream = counting(UINT64_MAX, false, 65536);
    if (request.path == "/silent") response.stream = counting(0, false);
    if (request.path == "/large") response.stream = counting(1, true, 1'000'000);
    if (request.path == "/spoken") response.stream = std::make_shared<Spoken>(mouth_);
    if (request.path == "/throw") response.stream = std::make_shared<Throwing>();
    return response.stream ? response : problem(404, "There is no such stream.");
  }

  std::shared_ptr<Stream> counting(std::uint64_t last, bool ends, std::size_t size = 0) {
    return std::make_shared<Counting>(last, ends, size, alive_);
  }

  WebSocketClient client() { return WebSocketClient(server_->port()); }
  int status_of(std::string_view path) {
    Client client(server_->port());
    client.send(get(path));
    return client.receive().status;
  }
  void wait_until_none_is_alive() {
    while (alive_ != 0) ASSERT_EQ(status_of("/plain"), 200);
  }

  std::atomic<int> alive_{0};
  Spoken::Mouth mouth_;
  std::optional<Server> server_;
};

TEST_F(WebSockets, SendWhatTheStreamHasAndThenCloseInTheOrdinaryWay) {
  start();
  WebSocketClient three = client();
  const Answer answer = three.open("/three");
  EXPECT_EQ(answer.status, 101);
  // The example of RFC 6455, 1.3.
  EXPECT_EQ(answer.headers.at("sec-websocket-accept"), "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
  for (const char* expected : {"1", "2", "3"}) EXPECT_EQ(three.message(), expected);
  const Frame end = three.receive();
  EXPECT_EQ(end.opcode, Frame::close);
  EXPECT_EQ(end.code(), 1000U);
  three.send(Frame::close, end.payload);
  EXPECT_TRUE(three.raw().closed());
  wait_until_none_is_alive();
}

TEST_F(WebSockets, SendLargeMessagesWhole) {
  start();
  WebSocketClient large = client();
  large.open("/large");
  EXPECT_EQ(large.message().size(), 1'000'000U);
}

TEST_F(WebSockets, SendWhenTheStreamWakesThem) {
  start();
  WebSocketClient spoken = client();
  EXPECT_EQ(spoken.open("/spoken").status, 101);
  for (int i = 0; i < 100; ++i) {
    mouth_.say(std::to_string(i));
    EXPECT_EQ(spoken.message(), std::to_string(i));
  }
}

TEST_F(WebSockets, RefuseBadHandshakesWithAProblem) {
  start();
  struct Case {
    std::string headers;
    int status;
    std::string detail;
  };
  const std::string good(WebSocketClient::handshake_headers);
  const auto with = [&](std::string_view part, std::string_view instead) {
    std::string headers = good;
    return headers.replace(headers.find(part), part.size(), instead);
  };
  for (const Case& each : {
           Case{"", 426, "is a WebSocket"},
           Case{with("Upgrade: websocket\r\n", ""), 426, "is a WebSocket"},
           Case{with("Upgrade: websocket", "Upgrade: h2c"), 426, "is a WebSocket"},
           Case{with("Connection: Upgrade", "Connection: keep-alive"), 426, "is a WebSocket"},
           Case{with("Version: 13", "Version: 8"), 426, "must be 13"},
           Case{with("dGhlIHNhbXBsZSBub25jZQ==", "short"), 400, "Sec-WebSocket-Key"},
           Case{with("dGhlIHNhbXBsZSBub25jZQ==", "dGhlIHNhbXBsZSBub25jZ\x01=="), 400, ""},
           Case{with("Sec-WebSocket-Key", "X-Key"), 400, "Sec-WebSocket-Key"},
           Case{good + "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n", 400, "Sec-WebSocket-Key"},
       }) {
    SCOPED_TRACE(each.headers);
    WebSocketClient bad = client();
    const Answer answer = bad.open("/three", each.headers);
    EXPECT_EQ(answer.status, each.status);
    EXPECT_EQ(answer.headers.at("content-type"), "application/problem+json");
    EXPECT_THAT(answer.body, HasSubstr(each.detail));
    if (each.status == 426) {
      EXPECT_EQ(answer.headers.at("upgrade"), "websocket");
      EXPECT_EQ(answer.headers.at("sec-websocket-version"), "13");
    }
  }
  EXPECT_EQ(alive_, 0);
}

TEST_F(WebSockets, AcceptWhatBrowsersAndProxiesWrite) {
  start();
  WebSocketClient browser = client();
  EXPECT_EQ(browser
                .open("/three",
                      "upgrade: WebSocket\r\nConnection: keep-alive, Upgrade\r\n"
                      "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Extensions: "
                      "permessage-deflate; client_max_window_bits\r\n"
                      "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n")
                .status,
            101);
  EXPECT_EQ(browser.message(), "1");
}

TEST_F(WebSockets, ARefusalOfTheHandlerIsAnOrdinaryAnswer) {
  start();
  WebSocketClient lost = client();
  EXPECT_EQ(lost.open("/nothing").status, 404);
  EXPECT_EQ(lost.open("/three").status, 101) << "on the same connection";
}

TEST_F(WebSockets, AReaderThatStopsHoldsUpNobody) {
  ServerOptions options;
  options.write_timeout = std::chrono::hours(1);
  start(options);
  std::vector<WebSocketClient> stopped;
  for (int i = 0; i < 20; ++i) {
    stopped.push_back(client());
    EXPECT_EQ(stopped.back().open("/endless").status, 101);
  }
  WebSocketClient spoken = client();
  spoken.open("/spoken");
  for (int i = 0; i < 200; ++i) {
    EXPECT_EQ(status_of("/plain"), 200);
    mouth_.say("hello");
    EXPECT_EQ(spoken.message(), "hello");
  }
  stopped.clear();
  wait_until_none_is_alive();
}

TEST_F(WebSockets, AReaderThatStopsForTooLongIsCutOff) {
  ServerOptions options;
  options.write_timeout = std::chrono::milliseconds(20);
  start(options);
  WebSocketClient stopped = client();
  EXPECT_EQ(stopped.open("/endless").status, 101);
  wait_until_none_is_alive();
  EXPECT_TRUE(stopped.raw().closed());
}

TEST_F(WebSockets, AClientThatGivesNoSignOfLifeIsCutOff) {
  ServerOptions options;
  options.idle_timeout = std::chrono::milliseconds(20);
  start(options);
  WebSocketClient silent = client();
  EXPECT_EQ(silent.open("/silent").status, 101);
  EXPECT_EQ(silent.receive().opcode, Frame::ping);
  wait_until_none_is_alive();
}

TEST_F(WebSockets, AnswerPingsAndIgnoreMessages) {
  start();
  WebSocketClient silent = client();
  silent.open("/silent");
  silent.send(Frame::text, "hello?");
  silent.send(Frame::ping, "there?");
  const Frame pong = silent.receive();
  EXPECT_EQ(pong.opcode, Frame::pong);
  EXPECT_EQ(pong.payload, "there?");
  EXPECT_EQ(alive_, 1);
  silent.send(Frame::close, "\x03\xe8");
  EXPECT_EQ(silent.receive().code(), 1000U);
  wait_until_none_is_alive();
}

TEST_F(WebSockets, CloseOnClientsThatSendTooMuch) {
  start();
  WebSocketClient chatty = client();
  chatty.open("/silent");
  for (int i = 0; i < 200; ++i) chatty.send(Frame::text, "hello?");
  EXPECT_EQ(chatty.receive().code(), 1008U);
  WebSocketClient large = client();
  large.open("/silent");
  large.send(Frame::text, std::string(10'000, 'x'));
  EXPECT_EQ(large.receive().code(), 1009U);
  WebSocketClient broken = client();
  broken.open("/silent");
  broken.raw().send(std::string_view("\xff\x80\0\0\0\0", 6));
  EXPECT_EQ(broken.receive().code(), 1002U);
}

TEST_F(WebSockets, CloseWhenTheirStreamFails) {
  start();
  WebSocketClient failing = client();
  EXPECT_EQ(failing.open("/throw").status, 101);
  EXPECT_EQ(failing.receive().code(), 1011U);
}

TEST_F(WebSockets, AreBoundedAndTakeNoRoomFromOrdinaryRequests) {
  ServerOptions options;
  options.websockets_max = 5;
  options.connections_max = 2;
  start(options);
  std::vector<WebSocketClient> open;
  for (int i = 0; i < 5; ++i) {
    open.push_back(client());
    EXPECT_EQ(open.back().open("/silent").status, 101);
  }
  const Answer refused = client().open("/silent");
  EXPECT_EQ(refused.status, 503);
  EXPECT_THAT(refused.body, HasSubstr("5 WebSockets are open"));
  EXPECT_EQ(status_of("/plain"), 200);
  open.pop_back();
  while (client().open("/three").status != 101) EXPECT_EQ(status_of("/plain"), 200);
}

TEST_F(WebSockets, AreToldWhenTheServerStops) {
  start();
  WebSocketClient listening = client();
  listening.open("/silent");
  WebSocketClient stopped = client();
  stopped.open("/endless");
  server_.reset();
  EXPECT_EQ(alive_, 0);
  const Frame end = listening.receive();
  EXPECT_EQ(end.opcode, Frame::close);
  EXPECT_EQ(end.code(), 1001U);
}

}  // namespace
}  // namespace weir::http
