// A libcurl handle, set up for what all requests to a server share.
#pragma once

#include <curl/curl.h>

#include <atomic>
#include <memory>

#include "http/_server_options.hpp"
#include "weir/component.hpp"

namespace weir::components {

class HttpClient;

/// Does one request after the other. It belongs to its owner, and to a client from
/// HttpClient::start() until `done`.
struct HttpTransfer {
  /// Reads secrets from their files. Throws Failure of kind `io`.
  explicit HttpTransfer(const ServerOptions& options);
  ~HttpTransfer();
  HttpTransfer(const HttpTransfer&) = delete;
  HttpTransfer& operator=(const HttpTransfer&) = delete;

  CURL* const easy;
  CURLcode result = CURLE_OK;
  std::atomic<bool> done{true};

 private:
  friend class HttpClient;
  // Whose sockets it uses.
  HttpClient* client_ = nullptr;
  std::shared_ptr<Waker> waker_;
  // Keeps it, and what its callbacks use, while a client has it.
  std::shared_ptr<HttpTransfer> kept_;
};

}  // namespace weir::components
