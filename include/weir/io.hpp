// For components that talk to the network with Asio: the I/O context of the worker pool. Handlers run
// on worker threads, at the same time as the process's step(): guard what they share, and use
// Context::waker() to have step() called.
#pragma once

namespace boost::asio {
class io_context;
}

namespace weir {
class Context;

/// The pool's I/O context; it outlives the network. Null in simulations, which have no network.
boost::asio::io_context* io_context(Context& context) noexcept;

}  // namespace weir
