#include "runtime/tap_listener.hpp"

#include <algorithm>
#include <utility>

#include "runtime/tap_json.hpp"

namespace weir::runtime {
namespace {

// The bounds that tap.hpp promises: for one tap, and for all of a network.
constexpr double shown_a_second = 100;
constexpr double shown_a_second_all = 2'000;
constexpr double looked_at_a_second = 10'000;
constexpr double looked_at_a_second_all = 100'000;
constexpr std::size_t news_max = 256;
constexpr std::size_t news_bytes_max = 1024 * 1024;
constexpr std::size_t packet_bytes_max = 16 * 1024;

std::size_t size_of(const TapNews& news) noexcept {
  return news.packet == nullptr ? 0 : news.packet->size();
}

}  // namespace

void Allowance::refill(Time now, double rate) noexcept {
  const graph::Rate wanted{rate, static_cast<std::uint64_t>(std::max(1.0, rate))};
  if (!bucket_) {
    bucket_.emplace(wanted, now);
  } else if (wanted != rate_) {
    bucket_->set_rate(wanted, now);
  }
  rate_ = wanted;
  left_ = bucket_->tokens(now);
}

std::shared_ptr<const std::string> BatchView::members(std::size_t index) {
  if (made_ == nullptr || last_ != index) {
    made_ = std::make_shared<const std::string>(packet_members(packets_[index], packet_bytes_max));
    last_ = index;
  }
  return made_;
}

bool TapListener::look(BatchView& batch, std::uint64_t passed, Time now, unsigned open) {
  const std::size_t count = batch.packets().size();
  const double taps = std::max(1U, open);
  shown_.refill(now, std::min(shown_a_second, shown_a_second_all / taps));
  if (request_.where.empty()) {
    const std::uint64_t every = request_.every;
    for (std::uint64_t i = (every - (passed - first_) % every) % every; i < count && shown_.left();
         i += every) {
      show(batch, i, passed + i);
    }
    return shown_.left();
  }
  looked_at_.refill(now, std::min(looked_at_a_second, looked_at_a_second_all / taps));
  for (std::size_t i = 0; i < count && shown_.left() && looked_at_.left(); ++i) {
    looked_at_.use();
    if (wanted(batch.packets()[i])) show(batch, i, passed + i);
  }
  return shown_.left() && looked_at_.left();
}

bool TapListener::wanted(const Packet& packet) noexcept {
  const bool matches = std::ranges::all_of(
      request_.where, [&](const TapFilter& filter) { return filter.matches(packet); });
  return matches && matched_++ % request_.every == 0;
}

void TapListener::show(BatchView& batch, std::size_t index, std::uint64_t position) {
  // Counted as skipped if it cannot be pushed.
  TapNews news{std::chrono::system_clock::now(), batch.members(index), position - told_};
  shown_.use();
  push(std::move(news));
}

void TapListener::port_gone() {
  push({std::chrono::system_clock::now(), nullptr, 0});
}

void TapListener::push(TapNews news) {
  const bool gone = news.packet == nullptr;
  std::unique_lock lock(mutex_, std::defer_lock);
  // The reader holds it for a moment only, but it may have lost its processor.
  if (gone) {
    lock.lock();
  } else if (!lock.try_lock()) {
    return;
  }
  const std::size_t size = size_of(news);
  const std::uint64_t told = gone ? 0 : news.skipped + 1;
  news_.push_back(std::move(news));
  bytes_ += size;
  told_ += told;
  while (news_.size() > news_max || (bytes_ > news_bytes_max && news_.size() > 1)) {
    const TapNews& oldest = news_.front();
    bytes_ -= size_of(oldest);
    news_[1].skipped += oldest.skipped + (oldest.packet == nullptr ? 0 : 1);
    news_.pop_front();
  }
  const bool wake = std::exchange(waits_, false) && wake_ != nullptr;
  lock.unlock();
  if (wake) wake_();
}

std::optional<TapNews> TapListener::next() {
  const std::lock_guard lock(mutex_);
  waits_ = news_.empty();
  if (waits_) return {};
  TapNews news = std::move(news_.front());
  news_.pop_front();
  bytes_ -= size_of(news);
  return news;
}

}  // namespace weir::runtime
