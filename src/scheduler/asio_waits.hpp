// Timers and descriptor waits of the worker pool, on its Asio context.
#pragma once

#include <memory>

#include "scheduler/executor.hpp"

namespace weir::scheduler {

std::unique_ptr<Timer> make_asio_timer(boost::asio::io_context& io, std::function<void()> callback);
/// Throws std::system_error if the descriptor cannot be waited for.
std::unique_ptr<DescriptorWatch> make_asio_watch(boost::asio::io_context& io, int descriptor);

}  // namespace weir::scheduler
