#include "net/request_head.hpp"

#include <gmock/gmock.h>

#include <string>

#include "net/body_decoder.hpp"
#include "net/websocket_frames.hpp"

namespace weir::net {
namespace {

/// The status that a head is refused with, byte by byte as it comes; 0 if it is taken.
int refused(const std::string& text) {
  HeadScanner scanner{HeadLimits{}};
  for (std::size_t size = 1; size <= text.size(); ++size) {
    if (const auto refusal = scanner.scan(std::string_view(text).substr(0, size))) {
      return refusal->status;
    }
    if (scanner.size() != 0) break;
  }
  if (scanner.size() == 0) return -1;
  RequestHead head;
  const auto refusal =
      read_head(std::string_view(text).substr(scanner.skipped(), scanner.size()), {}, head);
  return refusal ? refusal->status : 0;
}

std::string with(const std::string& fields) {
  return "POST / HTTP/1.1\r\nHost: a\r\n" + fields + "\r\n";
}

TEST(RequestHead, TakesWhatIsSound) {
  for (const std::string& text :
       {with(""), with("Content-Length: 5\r\n"), with("Transfer-Encoding: chunked\r\n"),
        with("Transfer-Encoding: , CHUNKED\r\n"),
        std::string("\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n"),
        std::string("GET http://a:80/x?y HTTP/1.1\r\nHost: a\r\n\r\n"),
        std::string("GET / HTTP/1.0\r\n\r\n"), std::string("OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n"),
        with("X:\tv\xff \r\n")}) {
    EXPECT_EQ(refused(text), 0) << text;
  }
}

TEST(RequestHead, RefusesWhatTheRfcsSay) {
  for (const std::string& text :
       {std::string("GET / HTTP/1.1\r\n\r\n"),
        with("Host: b\r\n"),
        with("Transfer-Encoding: chunked, identity\r\n"),
        with("Transfer-Encoding: identity\r\n"),
        with("Transfer-Encoding: chunked, chunked\r\n"),
        with("Transfer-Encoding: chunked\r\nContent-Length: 1\r\n"),
        with("Transfer-Encoding: chunked;q=1\r\n"),
        with("Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n"),
        with("Content-Length: 1\r\nContent-Length: 2\r\n"),
        with("Content-Length: +1\r\n"),
        with("Content-Length: 0x1\r\n"),
        with("Content-Length:\r\n"),
        with("Content-Length: 1, 1\r\n"),
        with("X: a\r\n b\r\n"),
        with(" X: a\r\n"),
        with("X : a\r\n"),
        with(": a\r\n"),
        with("X y: a\r\n"),
        with("X: a\rb\r\n"),
        with("X: a\x01\r\n"),
        with(std::string("X: a\0b\r\n", 8)),
        with("X: a\n"),
        std::string("GET  / HTTP/1.1\r\nHost: a\r\n\r\n"),
        std::string("GET / HTTP/2.0\r\nHost: a\r\n\r\n"),
        std::string("GET / http/1.1\r\nHost: a\r\n\r\n"),
        std::string("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"),
        std::string("GET x HTTP/1.1\r\nHost: a\r\n\r\n"),
        std::string("GET /#a HTTP/1.1\r\nHost: a\r\n\r\n"),
        std::string("GET /\xc3\xa4 HTTP/1.1\r\nHost: a\r\n\r\n"),
        std::string("G@T / HTTP/1.1\r\nHost: a\r\n\r\n"),
        std::string("GET / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n"),
        std::string("\x16\x03\x01"),
        std::string("GET /\n"),
        std::string("GET / HTTP/1.1\r\nHost: a@b\r\n\r\n")}) {
    EXPECT_EQ(refused(text), 400) << text;
  }
  EXPECT_EQ(refused(with("Transfer-Encoding: gzip, chunked\r\n")), 501);
  EXPECT_EQ(refused(with("Transfer-Encoding: what\r\n")), 501);
  EXPECT_EQ(refused(with("Expect: something\r\n")), 417);
}

TEST(RequestHead, IsBoundedBeforeItIsWhole) {
  EXPECT_EQ(refused("GET /" + std::string(9000, 'a')), 414);
  EXPECT_EQ(refused("GET / HTTP/1.1\r\nHost: a\r\nX: " + std::string(17000, 'a')), 431);
  std::string many = "GET / HTTP/1.1\r\nHost: a\r\n";
  for (int i = 0; i < 200; ++i) many += "X: y\r\n";
  EXPECT_EQ(refused(many), 431);
  std::string empty;
  for (int i = 0; i < 100; ++i) empty += "\r\n";
  EXPECT_EQ(refused(empty), 400);
}

TEST(RequestHead, IsRefusedForTheSameHoweverItComes) {
  const std::string line(9000, 'a');
  for (const std::string& text : {"GET /" + line + "\nHost: a\r\n\r\n", "\x16" + line + "\r\n",
                                  "GET / HTTP/1.1\r\nHost: a\r\nX: " + line + line + "\n\r\n"}) {
    HeadScanner scanner{HeadLimits{}};
    const auto refusal = scanner.scan(text);
    ASSERT_TRUE(refusal);
    EXPECT_EQ(refusal->status, refused(text));
  }
  // The line feed is one byte too many, whatever follows it.
  HeadScanner scanner{HeadLimits{.line_bytes_max = 15, .bytes_max = 15}};
  const auto refusal = scanner.scan("GET / HTTP/1.1\r\nHost: of.some.length\r\n");
  ASSERT_TRUE(refusal);
  EXPECT_EQ(refusal->status, 431);
}

struct Decoded {
  int status = 0;
  bool done = false;
  std::string content;
};

Decoded decode(const std::string& text, std::uint64_t most = 1000) {
  RequestHead head;
  head.body = RequestHead::Body::chunked;
  BodyLimits limits;
  limits.bytes_max = most;
  BodyDecoder decoder;
  decoder.begin(head, limits);
  Decoded result;
  for (const char c : text) {
    char out[2] = {};
    std::string_view rest(&c, 1);
    while (!rest.empty() && !decoder.done() && !decoder.refusal()) {
      const auto step = decoder.decode({rest.data(), 1}, {out, 1});
      rest.remove_prefix(step.consumed);
      if (step.produced != 0) result.content += out[0];
    }
  }
  result.done = decoder.done();
  if (decoder.refusal()) result.status = decoder.refusal()->status;
  return result;
}

TEST(BodyDecoder, ReadsChunks) {
  const Decoded read = decode("3\r\nabc\r\n002;x=\"y\"\r\nde\r\n0\r\nX: y\r\n\r\n");
  EXPECT_TRUE(read.done);
  EXPECT_EQ(read.content, "abcde");
}

TEST(BodyDecoder, RefusesWhatIsMalformedOrGrowsWithoutEnd) {
  for (const char* text : {"ZZ\r\n", "\r\n", "-1\r\n", "1 \r\n", "1\nx", "1\r\nxy\r\n", "1\r\nx\n",
                           "0x1\r\n", "0\r\n: a\r\n", "0\r\n a: b\r\n", "0\r\nab\r\n"}) {
    EXPECT_EQ(decode(text).status, 400) << text;
  }
  EXPECT_EQ(decode("3;" + std::string(1000, 'a')).status, 413);
  EXPECT_EQ(decode(std::string(1000, '0')).status, 413);
  EXPECT_EQ(decode("ffffffffffffffff\r\n").status, 413);
  EXPECT_EQ(decode("3e9\r\n").status, 413);
  EXPECT_EQ(decode("0\r\nX: " + std::string(5000, 'a')).status, 431);
  std::string wasteful;
  for (int i = 0; i < 200; ++i) wasteful += "1;" + std::string(200, 'a') + "\r\nx\r\n";
  EXPECT_EQ(decode(wasteful).status, 413);
}

FrameReader::Event last_event(FrameReader& reader, std::string_view bytes) {
  auto event = FrameReader::Event::none;
  while (!bytes.empty() && event != FrameReader::Event::wrong) event = reader.read(bytes);
  return event;
}

TEST(WebSocketFrames, RefuseFloodsAndWhatIsMalformed) {
  const auto code = [](std::string_view bytes, int times = 1) {
    FrameReader reader{FrameBounds{}};
    for (int i = 0; i < times; ++i) {
      if (last_event(reader, bytes) == FrameReader::Event::wrong) return int{reader.code()};
    }
    return 0;
  };
  using namespace std::string_view_literals;
  EXPECT_EQ(code("\x89\x80\0\0\0\0"sv), 0);
  EXPECT_EQ(code("\x89\x80\0\0\0\0"sv, 500), 1008) << "pings";
  EXPECT_EQ(code("\x8a\x80\0\0\0\0"sv, 500), 1008) << "pongs";
  EXPECT_EQ(code("\x81\x80\0\0\0\0"sv, 500), 1008) << "messages";
  FrameReader fragments{FrameBounds{}};
  EXPECT_EQ(last_event(fragments, "\x01\x80\0\0\0\0"sv), FrameReader::Event::none);
  for (int i = 0; i < 200; ++i) last_event(fragments, "\x00\x80\0\0\0\0"sv);
  EXPECT_EQ(fragments.code(), 1008);
  for (const std::string_view wrong :
       {"\x89\x00"sv, "\xc9\x80\0\0\0\0"sv, "\x83\x80\0\0\0\0"sv, "\x09\x80\0\0\0\0"sv,
        "\x80\x80\0\0\0\0"sv, "\x89\xfe"sv, "\x88\x81\0\0\0\0x"sv, "\x88\x82\0\0\0\0\x03\xed"sv,
        "\x81\xfe\x00\x01\0\0\0\0"sv}) {
    EXPECT_EQ(code(wrong), 1002);
  }
  EXPECT_EQ(code("\x81\x81\0\0\0\0\xff"sv), 1007);
  EXPECT_EQ(code("\x81\xff\0\0\0\0\0\x10\0\0\0\0\0\0"sv), 1009);
}

TEST(WebSocketFrames, EndOnce) {
  using namespace std::string_view_literals;
  FrameReader reader{FrameBounds{}};
  std::string_view going_away = "\x88\x82\0\0\0\0\x03\xe9\x89\x80\0\0\0\0"sv;
  EXPECT_EQ(reader.read(going_away), FrameReader::Event::close);
  EXPECT_EQ(reader.read(going_away), FrameReader::Event::close);
  EXPECT_EQ(reader.code(), close_code::going_away);
}

}  // namespace
}  // namespace weir::net
