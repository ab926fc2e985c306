#include "http/server.hpp"

#include <atomic>
#include <optional>

#include "client.hpp"

namespace weir::http {
namespace {

using testing::HasSubstr;

/// Answers with the method, the path and the body that it was asked with.
Response echo(const Request& request) {
  if (request.path == "/throw") throw std::runtime_error("on purpose");
  Response response;
  response.content_type = "text/plain";
  response.body = request.method + ' ' + request.path + ' ' + request.query + ' ' + request.body;
  if (request.path == "/large") response.body.assign(64 * 1024 * 1024, 'x');
  return response;
}

ServerOptions any_port() {
  ServerOptions options;
  options.listen = {"127.0.0.1", 0};
  return options;
}

struct Running {
  explicit Running(const ServerOptions& options = any_port()) : server(options) {
    server.start(echo);
  }
  Client client() const { return Client(server.port()); }

  Server server;
};

Answer ask(const Running& running, std::string_view text) {
  Client client = running.client();
  client.send(text);
  return client.receive();
}

TEST(Server, AnswersOnTheFreePortThatItTook) {
  const Running running;
  EXPECT_NE(running.server.port(), 0);
  EXPECT_EQ(running.server.address(), "127.0.0.1");
  const Answer answer = ask(running, get("/some/path?a=b"));
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.body, "GET /some/path a=b ");
  EXPECT_EQ(answer.headers.at("content-type"), "text/plain");
  EXPECT_THAT(answer.headers.at("date"), testing::ContainsRegex("^[A-Z][a-z][a-z], .* GMT$"));
}

TEST(Server, ListensOnIpv6AndOnEveryAddress) {
  for (const char* text : {"[::1]:0", ":0", "[::]:0", "localhost:0", "0.0.0.0:0"}) {
    SCOPED_TRACE(text);
    ServerOptions options;
    options.listen = net::parse_listen(text);
    const Running running(options);
    EXPECT_NE(running.server.port(), 0);
    if (std::string_view(text) == "[::1]:0") continue;  // The client of these tests is IPv4 alone.
    EXPECT_EQ(ask(running, get("/")).status, 200);
  }
}

TEST(Server, APortInUseIsAClearError) {
  const Running running;
  ServerOptions options = any_port();
  options.listen.port = running.server.port();
  try {
    const Server second(options);
    FAIL() << "listened twice";
  } catch (const ListenFailure& failure) {
    EXPECT_THAT(failure.what(), HasSubstr("127.0.0.1:" + std::to_string(options.listen.port) +
                                          ": the port is in use"));
    EXPECT_THAT(failure.what(), HasSubstr("--listen"));
  }
}

TEST(Server, AnAddressThatIsNotThisMachinesIsAClearError) {
  ServerOptions options;
  options.listen = {"192.0.2.1", 0};
  EXPECT_THROW(Server{options}, ListenFailure);
  options.listen = {"no-such-host.invalid", 0};
  EXPECT_THROW(Server{options}, ListenFailure);
}

TEST(Server, KeepsTheConnectionForFurtherRequests) {
  const Running running;
  Client client = running.client();
  for (int i = 0; i < 3; ++i) {
    client.send(get("/" + std::to_string(i)));
    EXPECT_EQ(client.receive().body, "GET /" + std::to_string(i) + "  ");
  }
}

TEST(Server, AnswersPipelinedRequestsInOrder) {
  const Running running;
  Client client = running.client();
  client.send(get("/1") + get("/2") + get("/3"));
  for (const char* expected : {"GET /1  ", "GET /2  ", "GET /3  "}) {
    EXPECT_EQ(client.receive().body, expected);
  }
}

TEST(Server, ClosesWhenAskedTo) {
  const Running running;
  Client client = running.client();
  client.send(get("/", "Host: localhost\r\nConnection: close\r\n"));
  EXPECT_EQ(client.receive().headers.at("connection"), "close");
  EXPECT_TRUE(client.closed());
}

TEST(Server, SpeaksHttp10) {
  const Running running;
  Client client = running.client();
  client.send("GET /old HTTP/1.0\r\n\r\n");
  EXPECT_EQ(client.receive().body, "GET /old  ");
  EXPECT_TRUE(client.closed());
}

TEST(Server, HeadHasTheHeadersOfGetAndNoBody) {
  const Running running;
  Client client = running.client();
  client.send("HEAD /x HTTP/1.1\r\nHost: localhost\r\n\r\n" + get("/next"));
  const Answer head = client.receive(true);
  EXPECT_EQ(head.status, 200);
  EXPECT_EQ(head.headers.at("content-length"), "9");
  EXPECT_EQ(client.receive().body, "GET /next  ") << "the body would stand before it";
}

TEST(Server, ReadsBodiesOfEitherForm) {
  const Running running;
  EXPECT_EQ(ask(running, "POST /p HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello").body,
            "POST /p  hello");
  EXPECT_EQ(ask(running,
                "POST /p HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
                "3\r\nhel\r\n2\r\nlo\r\n0\r\n\r\n")
                .body,
            "POST /p  hello");
}

TEST(Server, SaysContinueToAClientThatWaitsForIt) {
  const Running running;
  Client client = running.client();
  client.send("POST /p HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\n");
  EXPECT_EQ(client.receive().status, 100);
  client.send("hi");
  EXPECT_EQ(client.receive().body, "POST /p  hi");
}

TEST(Server, AnAbsoluteTargetOverrulesTheHost) {
  std::string authority;
  Server server(any_port());
  server.start([&](const Request& request) {
    authority = request.authority + ' ' + request.path;
    return Response{};
  });
  Client client(server.port());
  client.send(get("http://example.org:80/path?q"));
  EXPECT_EQ(client.receive().status, 200);
  EXPECT_EQ(authority, "example.org:80 /path");
}

TEST(Server, RefusesLargeHeaders) {
  const Running running;
  const std::string large(20 * 1024, 'x');
  Client client = running.client();
  client.send("GET / HTTP/1.1\r\nHost: localhost\r\nX-Large: " + large + "\r\n\r\n");
  const Answer answer = client.receive();
  EXPECT_EQ(answer.status, 431);
  EXPECT_EQ(answer.headers.at("content-type"), "application/problem+json");
  EXPECT_TRUE(client.closed());
  EXPECT_EQ(ask(running, get("/" + large)).status, 414);
}

TEST(Server, RefusesLargeBodies) {
  const Running running;
  // By its length, before a byte of it is read.
  EXPECT_EQ(ask(running, "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1048577\r\n\r\n").status,
            413);
  EXPECT_EQ(ask(running, "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1048577\r\n\r\n" +
                             std::string(1048577, 'x'))
                .status,
            413);
  std::string chunk = "200000\r\n" + std::string(0x200000, 'x') + "\r\n0\r\n\r\n";
  EXPECT_EQ(ask(running, "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n" + chunk)
                .status,
            413);
  EXPECT_EQ(ask(running, "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1048576\r\n\r\n" +
                             std::string(1048576, 'x'))
                .status,
            200);
}

TEST(Server, RefusesWhatIsNotHttp) {
  const Running running;
  for (std::string_view text :
       {"nonsense\r\n\r\n", "GET\r\n\r\n", "GET / HTTP/9.9\r\nHost: a\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: a\r\nbad header\r\n\r\n", "GET / HTTP/1.1\r\nHost : a\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: -1\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nxx",
        "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n"
        "\r\n",
        "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n"}) {
    SCOPED_TRACE(text);
    Client client = running.client();
    client.send(text);
    EXPECT_EQ(client.receive().status, 400);
    EXPECT_TRUE(client.closed());
  }
  EXPECT_EQ(ask(running, get("/")).status, 200);
}

TEST(Server, WhatNeverWaitsIsAnsweredWhileTheOtherAnswersAreMade) {
  std::atomic<bool> go_on{false};
  Server server(any_port());
  server.start(
      Service{.answer =
                  [&](const Request& request) {
                    while (request.path == "/slow" && !go_on) ::poll(nullptr, 0, 1);
                    return Response{};
                  },
              .never_waits = [](const Request& request) { return request.path == "/livez"; }});
  Client slow(server.port());
  slow.send(get("/slow"));
  Client probe(server.port());
  probe.send(get("/livez"));
  EXPECT_EQ(probe.receive().status, 200);
  go_on = true;
  EXPECT_EQ(slow.receive().status, 200);
}

TEST(Server, ARequestIsJudgedBeforeItsBodyIsRead) {
  Server server(any_port());
  server.start(Service{.answer = echo, .screen = [](const Request& request, std::size_t& most) {
                         most = 10;
                         return request.path == "/" ? std::optional<Response>()
                                                    : problem(401, "Send a token.");
                       }});
  Client refused(server.port());
  refused.send("POST /secret HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\n");
  EXPECT_EQ(refused.receive().status, 401);
  EXPECT_TRUE(refused.closed());
  Client large(server.port());
  large.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 11\r\n\r\n");
  EXPECT_EQ(large.receive().status, 413);
}

TEST(Server, SurvivesClientsThatLeaveInTheMiddle) {
  const Running running;
  for (std::string_view text : {"", "G", "GET / HTTP/1.1\r\n",
                                "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\nx"}) {
    Client client = running.client();
    client.send(text);
    client.finish();
    EXPECT_TRUE(client.closed());
  }
  { running.client().send(get("/large")); }
  EXPECT_EQ(ask(running, get("/")).status, 200);
}

TEST(Server, AnExceptionBecomesA500) {
  const Running running;
  Client client = running.client();
  client.send(get("/throw") + get("/after"));
  EXPECT_EQ(client.receive().status, 500);
  EXPECT_EQ(client.receive().status, 200);
}

TEST(Server, ClosesARequestThatTakesTooLong) {
  ServerOptions options = any_port();
  options.request_timeout = std::chrono::milliseconds(20);
  const Running running(options);
  Client slow = running.client();
  slow.send("GET / HTTP/1.1\r\nHo");
  EXPECT_TRUE(slow.closed());
  Client slow_body = running.client();
  slow_body.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\nx");
  EXPECT_TRUE(slow_body.closed());
  EXPECT_EQ(ask(running, get("/")).status, 200);
}

TEST(Server, ASlowClientCannotStretchItsTimeByteByByte) {
  ServerOptions options = any_port();
  options.request_timeout = std::chrono::milliseconds(100);
  const Running running(options);
  Client slow = running.client();
  slow.send("GET / HTTP/1.1\r\nX: ");
  // Each byte comes well within the limit, which holds for all of them together.
  for (int sent = 0; slow.send("x"); ++sent) {
    ASSERT_LT(sent, 6000);
    ::poll(nullptr, 0, 10);
  }
}

TEST(Server, ClosesIdleConnections) {
  ServerOptions options = any_port();
  options.idle_timeout = std::chrono::milliseconds(20);
  const Running running(options);
  Client idle = running.client();
  EXPECT_TRUE(idle.closed());
  Client used = running.client();
  used.send(get("/"));
  EXPECT_EQ(used.receive().status, 200);
  EXPECT_TRUE(used.closed());
}

TEST(Server, ClosesAClientThatDoesNotTakeItsAnswer) {
  ServerOptions options = any_port();
  options.write_timeout = std::chrono::milliseconds(20);
  const Running running(options);
  Client client = running.client();
  client.send(get("/large"));
  // Until the server has given up, it neither reads nor closes.
  while (client.send(get("/large"))) {
  }
  EXPECT_EQ(ask(running, get("/")).status, 200);
}

TEST(Server, MakesRoomByClosingTheConnectionThatWaitsLongest) {
  ServerOptions options = any_port();
  options.connections_max = 3;
  const Running running(options);
  std::vector<Client> clients;
  for (int i = 0; i < 3; ++i) {
    clients.push_back(running.client());
    clients.back().send(get("/"));
    EXPECT_EQ(clients.back().receive().status, 200);
  }
  // The first has been used since, so it is the second that has waited longest.
  clients[0].send(get("/"));
  EXPECT_EQ(clients[0].receive().status, 200);
  EXPECT_EQ(ask(running, get("/new")).status, 200);
  EXPECT_TRUE(clients[1].closed());
  for (int i : {0, 2}) {
    clients[static_cast<std::size_t>(i)].send(get("/"));
    EXPECT_EQ(clients[static_cast<std::size_t>(i)].receive().status, 200);
  }
}

TEST(Server, HalfSentRequestsDoNotLockOthersOut) {
  ServerOptions options = any_port();
  options.connections_max = 4;
  const Running running(options);
  std::vector<Client> clients;
  for (int i = 0; i < 50; ++i) {
    clients.push_back(running.client());
    clients.back().send("GET / HTTP/1.1\r\n");
  }
  EXPECT_EQ(ask(running, get("/")).status, 200);
}

TEST(Server, SaysBusyWhenAllConnectionsAreBeingAnswered) {
  ServerOptions options = any_port();
  options.connections_max = 1;
  const Running running(options);
  Client busy = running.client();
  busy.send(get("/large"));
  // The answer is too large for the socket, so it stays under way.
  busy.wait_for_answer();
  Client waiting = running.client();
  EXPECT_EQ(waiting.receive().status, 503);
  EXPECT_EQ(busy.receive().status, 200);
}

TEST(Server, StopsWithConnectionsInEveryState) {
  std::optional<Running> running(std::in_place);
  Client idle = running->client();
  Client half = running->client();
  half.send("GET / HTTP/1.1\r\n");
  Client writing = running->client();
  writing.send(get("/large"));
  Client answered = running->client();
  answered.send(get("/"));
  EXPECT_EQ(answered.receive().status, 200);
  running.reset();
  EXPECT_TRUE(idle.closed());
  EXPECT_TRUE(half.closed());
}

}  // namespace
}  // namespace weir::http
