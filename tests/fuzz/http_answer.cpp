// What a server answers http/request, through libcurl and sockets. The first byte chooses
// the method and what becomes of the answer. A redirect leads to a second answer, which is sound.
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "http/_exchange.hpp"
#include "http/_words.hpp"
#include "target.hpp"
#include "weir/component.hpp"
#include "weir/text.hpp"

namespace {

using namespace weir;
using components::AnswerForm;
using components::contains_ignoring_case;

constexpr std::uint64_t answer_max = 2048;
constexpr std::string_view secret = "open-sesame";

/// Plays all servers there are, on the thread that asks them.
class Servers {
 public:
  explicit Servers(std::string_view answer) : answer_(answer) {}
  ~Servers() {
    for (const int socket : sockets_) ::close(socket);
  }
  Servers(const Servers&) = delete;
  Servers& operator=(const Servers&) = delete;

  void serve(CURL* easy) {
    // No host is looked up then, whatever a redirect names.
    curl_easy_setopt(easy, CURLOPT_ABSTRACT_UNIX_SOCKET, listener().name.c_str());
    curl_easy_setopt(easy, CURLOPT_NOPROGRESS, 0L);
    curl_easy_setopt(easy, CURLOPT_XFERINFOFUNCTION, &Servers::on_progress);
    curl_easy_setopt(easy, CURLOPT_XFERINFODATA, this);
    // A handshake with foreign bytes is a matter of OpenSSL alone.
    curl_easy_setopt(easy, CURLOPT_REDIR_PROTOCOLS_STR, "http");
    curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_1_1));
  }

  /// What was asked of each, when all is over.
  std::vector<std::string> requests() {
    accept_all();
    std::vector<std::string> all;
    for (const int socket : sockets_) {
      std::string& request = all.emplace_back();
      char buffer[4096];
      for (ssize_t got = 0; (got = ::recv(socket, buffer, sizeof buffer, MSG_DONTWAIT)) > 0;) {
        request.append(buffer, static_cast<std::size_t>(got));
      }
    }
    return all;
  }

 private:
  struct Listener {
    int socket = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    std::string name;
    Listener() {
      sockaddr_un address{};
      address.sun_family = AF_UNIX;
      auto* any = reinterpret_cast<sockaddr*>(&address);
      // Without a name the system gives one.
      socklen_t size = sizeof address.sun_family;
      const bool good = ::bind(socket, any, size) == 0 && ::listen(socket, 16) == 0 &&
                        ::getsockname(socket, any, &(size = sizeof address)) == 0;
      fuzz::require(good, "the system has sockets");
      name.assign(address.sun_path + 1, size - sizeof address.sun_family - 1);
    }
  };
  static const Listener& listener() {
    static const Listener one;
    return one;
  }

  static int on_progress(void* self, curl_off_t, curl_off_t, curl_off_t, curl_off_t) {
    static_cast<Servers*>(self)->accept_all();
    return 0;
  }

  /// The answers stand ready before the requests.
  void accept_all() {
    for (int socket = 0;
         (socket = ::accept4(listener().socket, nullptr, nullptr, SOCK_CLOEXEC)) >= 0;) {
      const std::string_view answer =
          sockets_.empty() ? answer_ : "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";
      sockets_.push_back(socket);
      // It may be gone already.
      static_cast<void>(::send(socket, answer.data(), answer.size(), MSG_NOSIGNAL | MSG_DONTWAIT));
      ::shutdown(socket, SHUT_WR);
    }
  }

  std::string_view answer_;
  std::vector<int> sockets_;
};

components::RequestOptions options_of(unsigned choice) {
  using components::Template;
  using components::TemplateForm;
  constexpr const char* methods[] = {"GET", "HEAD", "POST", "DELETE"};
  constexpr AnswerForm forms[] = {AnswerForm::document, AnswerForm::body, AnswerForm::json,
                                  AnswerForm::field};
  components::RequestOptions options;
  options.method = methods[choice % 4];
  options.url = Template("http://h/", TemplateForm::url, "url");
  options.answer = forms[choice / 4 % 4];
  options.field = "answer";
  options.answer_max = answer_max;
  options.success.add((choice & 16U) != 0 ? "2xx" : "100-599");
  options.server.timeout = options.server.connect_timeout = std::chrono::seconds(5);
  options.server.follow_redirects = (choice & 32U) != 0;
  options.server.bearer_token = secret;
  return options;
}

void check_text(Value value) {
  fuzz::require(is_utf8(value.as_text()), "texts of documents are UTF-8");
  for (const Value item : value.items()) check_text(item);
  for (const Field& field : value.fields()) {
    fuzz::require(is_utf8(field.name), "names of documents are UTF-8");
    check_text(field.value);
  }
}

void check_requests(const std::vector<std::string>& requests, bool posts) {
  for (std::size_t i = 0; i < requests.size(); ++i) {
    const std::string& request = requests[i];
    if (request.empty()) continue;
    const std::size_t end = request.find("\r\n\r\n");
    fuzz::require(end != request.npos, "a request has an end");
    fuzz::require(end + 4 == request.size() || posts, "an answer adds nothing to a request");
    const bool same_host = contains_ignoring_case(request, "\r\nHost: h\r\n") ||
                           contains_ignoring_case(request, "\r\nHost: h.\r\n");
    fuzz::require(same_host || request.find("\r\nAuthorization: Bearer ") == request.npos,
                  "a secret goes to its host alone");
  }
}

/// Asks for the answer; the payload that it becomes, or nothing.
std::optional<Packet> ask(std::string_view answer, unsigned choice) {
  const components::RequestOptions options = options_of(choice);
  Servers servers(answer);
  std::optional<Packet> got;
  {
    components::HttpTransfer transfer(options.server);
    components::HttpExchange exchange(options);
    exchange.use(transfer);
    servers.serve(transfer.easy);
    Packet packet = Packet::document();
    packet.edit_document().set("k", Value::integer(1));
    exchange.prepare(packet);
    exchange.rewind();
    transfer.result = curl_easy_perform(transfer.easy);
    if (const auto error = exchange.error()) {
      fuzz::require(!error->kind.empty() && !error->text.empty() &&
                        error->text.find(secret) == error->text.npos,
                    "an error says what went wrong, and no secret");
    } else {
      try {
        exchange.read_answer(packet);
        got = std::move(packet);
      } catch (const Failure& failure) {
        fuzz::require(failure.kind() == "response" && *failure.what() != '\0',
                      "what is no answer says why");
      }
    }
    exchange.finish();
  }
  check_requests(servers.requests(), options.sends_body());
  return got;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  constexpr std::string_view sound = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nsound";
  static const std::optional<Packet> expected = ask(sound, 4);
  fuzz::require(expected && expected->as_bytes() == "sound", "a sound answer is read");
  const std::string_view text = fuzz::text_of(data, size);
  if (text.empty() || text.size() > std::size_t{16} * 1024) return 0;
  // What the server knows it may say.
  if (text.find(secret) != text.npos) return 0;
  const auto packet = ask(text.substr(1), static_cast<unsigned char>(text.front()));
  if (!packet) return 0;
  if (packet->kind() == PayloadKind::document) check_text(packet->as_document().root());
  if (packet->kind() == PayloadKind::bytes) {
    fuzz::require(packet->as_bytes().size() <= answer_max, "an answer keeps to its limit");
  }
  return 0;
}
