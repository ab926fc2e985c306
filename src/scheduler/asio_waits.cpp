#include "scheduler/asio_waits.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/steady_timer.hpp>
#include <utility>

namespace weir::scheduler {
namespace {

namespace asio = boost::asio;

class AsioTimer final : public Timer {
 public:
  AsioTimer(asio::io_context& io, std::function<void()> callback)
      : timer_(io), callback_(std::make_shared<std::function<void()>>(std::move(callback))) {}

  void start(Duration delay) override {
    timer_.expires_after(delay);
    timer_.async_wait([callback = callback_](const boost::system::error_code& error) {
      if (!error) (*callback)();
    });
  }
  void cancel() override { timer_.cancel(); }

 private:
  asio::steady_timer timer_;
  std::shared_ptr<std::function<void()>> callback_;
};

class AsioWatch final : public DescriptorWatch {
 public:
  AsioWatch(asio::io_context& io, int descriptor) : descriptor_(io) {
    boost::system::error_code error;
    descriptor_.assign(descriptor, error);
    if (error) throw std::system_error(error.value(), std::generic_category());
  }
  // The descriptor is the component's: it is let go, not closed.
  ~AsioWatch() override { descriptor_.release(); }

  void wait_readable(std::function<void()> callback) override {
    wait(asio::posix::descriptor_base::wait_read, std::move(callback));
  }
  void wait_writable(std::function<void()> callback) override {
    wait(asio::posix::descriptor_base::wait_write, std::move(callback));
  }

 private:
  void wait(asio::posix::descriptor_base::wait_type type, std::function<void()> callback) {
    descriptor_.async_wait(
        type, [callback = std::move(callback)](const boost::system::error_code& error) {
          if (error != asio::error::operation_aborted) callback();
        });
  }

  asio::posix::stream_descriptor descriptor_;
};

}  // namespace

std::unique_ptr<Timer> make_asio_timer(asio::io_context& io, std::function<void()> callback) {
  return std::make_unique<AsioTimer>(io, std::move(callback));
}

std::unique_ptr<DescriptorWatch> make_asio_watch(asio::io_context& io, int descriptor) {
  return std::make_unique<AsioWatch>(io, descriptor);
}

}  // namespace weir::scheduler
