#include "net/deadline.hpp"

namespace weir::net {
namespace {

constexpr Duration again = std::chrono::milliseconds(100);

}  // namespace

void Deadline::set(Clock::time_point moment) {
  expired_ = false;
  at_ = moment;
  if (at_ < timer_at_) wait();
}

void Deadline::wait() {
  timer_at_ = at_;
  if (at_ == never) return;
  timer_.expires_at(at_);
  timer_.async_wait([weak = weak_from_this()](const boost::system::error_code& cancelled) {
    if (cancelled) return;
    if (const auto self = weak.lock()) self->tick();
  });
}

void Deadline::tick() {
  if (Clock::now() < at_) return wait();
  expired_ = true;
  boost::system::error_code ignored;
  socket_.cancel(ignored);
  // Who was between two operations begins the next one, and would wait without an end.
  at_ = Clock::now() + again;
  wait();
}

}  // namespace weir::net
