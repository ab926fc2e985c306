// Where the server makes the answers that may take long. For server.cpp and websocket.cpp.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <utility>

namespace weir::http {

/// Calls `make` on the pool's thread and answers what it returns, or throws what it throws; the
/// coroutine that awaits it goes on where it was.
template <class Make>
auto on_second_thread(boost::asio::thread_pool& pool, Make make)
    -> boost::asio::awaitable<decltype(make())> {
  using Result = decltype(make());
  co_return co_await boost::asio::co_spawn(
      pool,
      [make = std::move(make)]() mutable -> boost::asio::awaitable<Result> { co_return make(); },
      boost::asio::use_awaitable);
}

}  // namespace weir::http
