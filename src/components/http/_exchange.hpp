// One unit's requests: made of packets, sent by the client, their answers read.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "http/_answer.hpp"
#include "http/_request_options.hpp"
#include "http/_retry.hpp"
#include "http/_transfer.hpp"
#include "weir/packet.hpp"

namespace weir::components {

/// How an attempt went wrong.
struct ExchangeError {
  std::string kind;
  std::string text;
  Attempt attempt;
};

/// Used by its process while no transfer is under way for it, and by the client while one is.
class HttpExchange {
 public:
  /// The options must outlive it.
  explicit HttpExchange(const RequestOptions& options);
  HttpExchange(const HttpExchange&) = delete;
  HttpExchange& operator=(const HttpExchange&) = delete;

  /// What it sends its requests with from now on; must outlive their ends.
  void use(HttpTransfer& transfer);
  /// Makes the request. Throws Failure of kind `request` or `type` if the packet lacks what it
  /// needs. The packet may go before the exchange is over.
  void prepare(const Packet& packet);
  /// Before each attempt.
  void rewind();
  /// What went wrong, or nothing if the answer is a success.
  std::optional<ExchangeError> error() const;
  /// After the last attempt: lets go of what was sent.
  void finish() noexcept;
  /// Puts the answer into the packet. Throws Failure of kind `response` or `type`.
  void read_answer(Packet& packet) { answer_.put_into(packet); }

 private:
  struct ListFree {
    void operator()(curl_slist* list) const noexcept { curl_slist_free_all(list); }
  };
  using List = std::unique_ptr<curl_slist, ListFree>;
  struct UrlFree {
    void operator()(CURLU* url) const noexcept { curl_url_cleanup(url); }
  };

  void name_method();
  void follow();
  void set_url(const Packet& packet);
  void set_headers(const Packet& packet);
  void set_body(const Packet& packet);
  std::string_view content_type(const Packet& packet) const;
  ExchangeError transport_error() const;
  long number(CURLINFO what) const;

  static std::size_t on_body(char* data, std::size_t one, std::size_t count, void* self);
  static int on_connected(void* self, char*, char*, int, int);

  const RequestOptions& options_;
  HttpTransfer* transfer_ = nullptr;
  // Parsed here, so that libcurl need not parse it for every request.
  std::unique_ptr<CURLU, UrlFree> url_{curl_url()};
  bool url_set_ = false;
  bool url_given_ = false;  // to the handle
  std::vector<FilledPlace> places_;
  std::string text_;
  std::string body_;
  Bytes bytes_;  // the body, if it is the packet's own
  List headers_;
  List headers_without_body_;
  // Headers are made once if they are the same for all packets.
  bool headers_set_ = false;
  std::string content_type_;
  // Under way.
  HttpAnswer answer_;
  bool became_get_ = false;
  bool repeated_ = false;
  bool sent_before_ = false;
  long redirects_ = 0;
  char message_[CURL_ERROR_SIZE] = {};
};

}  // namespace weir::components
