#include <fmt/format.h>

#include <utility>

#include "http/_server.hpp"

namespace weir::components {
namespace {

// With zstd a client chooses how much memory its body needs.
constexpr std::size_t decoder_bytes_most = std::size_t{32} * 1024 * 1024;

}  // namespace

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

bool HttpHub::take_decoder_bytes(std::size_t bytes) {
  const std::lock_guard lock(mutex_);
  if (bytes > decoder_bytes_most - decoder_bytes_) return false;
  decoder_bytes_ += bytes;
  return true;
}

void HttpHub::give_decoder_bytes(std::size_t bytes) {
  const std::lock_guard lock(mutex_);
  decoder_bytes_ -= bytes;
}

void HttpHub::short_of(const std::string& what) {
  const auto before = shortages_.pass();
  if (!before) return;
  warn(fmt::format(
      "a new client cannot be taken: {}; clients get 429 or wait until others have gone ({} more "
      "since the last such message). Raise the limit (ulimit -n, LimitNOFILE= of the service), or "
      "set `connections` lower",
      what, *before));
}

void HttpHub::connection_failed(const std::exception_ptr& failure) {
  const auto before = failures_.pass();
  if (!before) return;
  try {
    std::rethrow_exception(failure);
  } catch (const std::exception& error) {
    warn(
        fmt::format("a connection was closed without an answer, since it could not be served: {}; "
                    "{} more since the last such message",
                    error.what(), *before));
  }
}

void HttpHub::warn(std::string text) {
  {
    const std::lock_guard lock(mutex_);
    warning_ = std::move(text);
  }
  waker_->wake();
}

std::string HttpHub::take_warning() {
  const std::lock_guard lock(mutex_);
  return std::exchange(warning_, {});
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
