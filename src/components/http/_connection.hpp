// A client's connection to http/listen.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <memory>

#include "http/_server.hpp"
#include "net/hosts.hpp"

namespace weir::components {

class HttpClient {
 public:
  virtual ~HttpClient() = default;
  /// Serves one request after the other until the client goes or is to go. It is kept until then.
  virtual boost::asio::awaitable<void> serve() = 0;
};

/// Begin the connection at the hub before; it is ended with the object.
std::shared_ptr<HttpClient> make_client(boost::asio::ip::tcp::socket socket,
                                        std::shared_ptr<HttpHub> hub,
                                        std::shared_ptr<const net::Hosts> hosts);

}  // namespace weir::components
