#include <utility>

#include "http/_server.hpp"

namespace weir::components {

void HttpHub::hand_over(std::shared_ptr<HttpRequest> request) {
  {
    std::lock_guard lock(mutex_);
    pieces_.push_back(std::move(request));
  }
  waker_->wake();
}

std::shared_ptr<HttpRequest> HttpHub::next_piece() {
  std::lock_guard lock(mutex_);
  if (pieces_.empty()) return nullptr;
  std::shared_ptr<HttpRequest> piece = std::move(pieces_.front());
  pieces_.pop_front();
  return piece;
}

bool HttpHub::begin_request() {
  std::lock_guard lock(mutex_);
  if (refusing_) return false;
  ++active_;
  return true;
}

void HttpHub::end_request() {
  {
    std::lock_guard lock(mutex_);
    --active_;
    if (!refusing_) return;
  }
  waker_->wake();
}

bool HttpHub::begin_connection() {
  const std::lock_guard lock(mutex_);
  if (connections_ >= options_.connections_max) return false;
  ++connections_;
  return true;
}

void HttpHub::end_connection() {
  const std::lock_guard lock(mutex_);
  --connections_;
}

void HttpHub::refuse_new_requests() {
  std::lock_guard lock(mutex_);
  refusing_ = true;
}

bool HttpHub::idle() const {
  std::lock_guard lock(mutex_);
  return active_ == 0 && pieces_.empty();
}

}  // namespace weir::components
