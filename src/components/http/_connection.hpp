// A client's connection to http/listen.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <memory>

#include "http/_server.hpp"

namespace weir::components {

/// Serves one request after the other until the client goes or is to go. Begin the connection at
/// the hub before; it is ended here.
boost::asio::awaitable<void> serve_connection(boost::asio::ip::tcp::socket socket,
                                              std::shared_ptr<HttpHub> hub);

/// Answers a client's first request with 429: there are as many clients as may be.
boost::asio::awaitable<void> refuse_connection(boost::asio::ip::tcp::socket socket);

}  // namespace weir::components
