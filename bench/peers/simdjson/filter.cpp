// The same job by hand: one thread, the file read in large pieces, simdjson over each of them, the
// wanted fields alone looked at. It has no queues, no metrics and no error handling worth the name:
// what it reaches is the limit for a program that does this on one core.

#include <fcntl.h>
#include <simdjson.h>
#include <unistd.h>

#include <charconv>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <string_view>
#include <vector>

namespace {

constexpr std::size_t piece = std::size_t{1} << 20;

void append_text(std::string& out, std::string_view text) {
  out += '"';
  for (const char c : text) {
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) {
      char escape[8];
      std::snprintf(escape, sizeof escape, "\\u%04x", static_cast<unsigned>(c));
      out += escape;
    } else {
      out += c;
    }
  }
  out += '"';
}

template <class Number>
void append_number(std::string& out, Number value) {
  char text[32];
  out.append(text, std::to_chars(text, text + sizeof text, value).ptr);
}

void write_all(int descriptor, std::string& out) {
  for (std::size_t done = 0; done < out.size();) {
    const ssize_t count = ::write(descriptor, out.data() + done, out.size() - done);
    if (count < 0) std::exit(1);
    done += static_cast<std::size_t>(count);
  }
  out.clear();
}

// Fields are asked for in the order in which they are written, so that each is found at once.
void handle(simdjson::ondemand::object entry, std::string& out) {
  const std::string_view time = entry["time"];
  const std::string_view method = entry["method"];
  const std::string_view uri = entry["uri"];
  const std::int64_t status = entry["status"];
  const double took = entry["request_time"];
  if (status < 500 && took < 0.5) return;
  out += "{\"time\":";
  append_text(out, time);
  out += ",\"status\":";
  append_number(out, status);
  out += ",\"took\":";
  append_number(out, took);
  out += ",\"request\":";
  append_text(out, method);
  out += ",\"uri\":";
  append_text(out, uri);
  out += "}\n";
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3) return 2;
  const int input = ::open(argv[1], O_RDONLY | O_CLOEXEC);
  const int output = ::open(argv[2], O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
  if (input < 0 || output < 0) return 1;
  std::vector<char> buffer(2 * piece + simdjson::SIMDJSON_PADDING);
  std::size_t filled = 0;
  std::string out;
  simdjson::ondemand::parser parser;
  for (;;) {
    const ssize_t count = ::read(input, buffer.data() + filled, piece);
    if (count < 0) return 1;
    filled += static_cast<std::size_t>(count);
    const void* last = ::memrchr(buffer.data(), '\n', filled);
    const std::size_t whole =
        last == nullptr || count == 0
            ? filled
            : static_cast<std::size_t>(static_cast<const char*>(last) - buffer.data()) + 1;
    if (whole != 0) {
      simdjson::ondemand::document_stream entries =
          parser.iterate_many(buffer.data(), whole, 2 * piece);
      for (auto entry : entries) handle(entry.get_object(), out);
    }
    std::memmove(buffer.data(), buffer.data() + whole, filled - whole);
    filled -= whole;
    if (out.size() >= piece || count == 0) write_all(output, out);
    if (count == 0) return 0;
  }
}
