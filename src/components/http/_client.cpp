#include "http/_client.hpp"

#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <boost/asio/io_context.hpp>
#include <chrono>
#include <system_error>
#include <utility>

#include "http/_libcurl.hpp"

namespace weir::components {
namespace {

namespace asio = boost::asio;

// libcurl looks for a free connection among all that a client has: with many it takes long.
constexpr unsigned members_most = 16;
// More connections than members: for other hosts, and ones that are about to be closed.
constexpr long connections_most = 4L * members_most;
constexpr int events_at_once = 64;

int make_epoll() {
  const int descriptor = ::epoll_create1(EPOLL_CLOEXEC);
  if (descriptor < 0) throw std::system_error(errno, std::generic_category(), "epoll_create1");
  return descriptor;
}

}  // namespace

HttpClient::HttpClient(asio::io_context& io)
    : multi_(make_curl_multi()), epoll_(io, make_epoll()), timer_(io), io_(io) {
  curl_multi_setopt(multi_, CURLMOPT_SOCKETFUNCTION, &HttpClient::on_socket);
  curl_multi_setopt(multi_, CURLMOPT_SOCKETDATA, this);
  curl_multi_setopt(multi_, CURLMOPT_TIMERFUNCTION, &HttpClient::on_timer);
  curl_multi_setopt(multi_, CURLMOPT_TIMERDATA, this);
  // Unset, it is four times the requests in flight, which are sometimes few: connections would be
  // closed that are needed in a moment.
  curl_multi_setopt(multi_, CURLMOPT_MAXCONNECTS, connections_most);
}

HttpClient::~HttpClient() {
  closed_ = true;
  curl_multi_cleanup(multi_);
}

void HttpClient::adopt(HttpTransfer& transfer) {
  CURL* easy = transfer.easy;
  curl_easy_setopt(easy, CURLOPT_OPENSOCKETFUNCTION, &HttpClient::on_open);
  curl_easy_setopt(easy, CURLOPT_OPENSOCKETDATA, this);
  curl_easy_setopt(easy, CURLOPT_CLOSESOCKETFUNCTION, &HttpClient::on_close);
  curl_easy_setopt(easy, CURLOPT_CLOSESOCKETDATA, this);
  transfer.client_ = this;
}

void HttpClient::start(std::shared_ptr<HttpTransfer> transfer,
                       const std::shared_ptr<Waker>& waker) {
  if (transfer->client_ != this) adopt(*transfer);
  if (transfer->waker_ != waker) transfer->waker_ = waker;
  transfer->done.store(false, std::memory_order_relaxed);
  give({What::start, std::move(transfer)});
}

void HttpClient::cancel(std::shared_ptr<HttpTransfer> transfer) {
  give({What::cancel, std::move(transfer)});
}

void HttpClient::close() {
  give({What::close, nullptr});
}

void HttpClient::give(Order order) {
  {
    const std::lock_guard lock(mutex_);
    orders_.push_back(std::move(order));
    if (std::exchange(driven_, true)) return;
  }
  drive();
}

// Called by whoever has set driven_.
void HttpClient::drive() {
  for (;;) {
    taken_.clear();
    {
      const std::lock_guard lock(mutex_);
      if (orders_.empty()) {
        driven_ = false;
        return;
      }
      taken_.swap(orders_);
    }
    for (Order& order : taken_) obey(order);
    while (std::exchange(due_, false)) {
      int running = 0;
      curl_multi_socket_action(multi_, CURL_SOCKET_TIMEOUT, 0, &running);
    }
    collect();
  }
}

void HttpClient::obey(Order& order) {
  switch (order.what) {
    case What::start: {
      HttpTransfer& transfer = *order.transfer;
      if (curl_multi_add_handle(multi_, transfer.easy) != CURLM_OK) {
        transfer.result = CURLE_OUT_OF_MEMORY;
        transfer.done.store(true, std::memory_order_release);
        transfer.waker_->wake();
        return;
      }
      transfer.kept_ = std::move(order.transfer);
      return;
    }
    case What::cancel:
      if (order.transfer->kept_ == nullptr) return;
      curl_multi_remove_handle(multi_, order.transfer->easy);
      order.transfer->kept_.reset();
      return;
    case What::sockets: return handle_sockets();
    case What::timer:
      timer_runs_ = false;
      due_ = true;
      return;
    case What::close: {
      boost::system::error_code ignored;
      closed_ = true;
      timer_.cancel();
      epoll_.close(ignored);
      return;
    }
  }
}

void HttpClient::wait_for_sockets() {
  epoll_.async_wait(asio::posix::descriptor_base::wait_read,
                    [self = shared_from_this()](const boost::system::error_code& error) {
                      if (!error) self->give({What::sockets, nullptr});
                    });
}

void HttpClient::handle_sockets() {
  if (closed_) return;
  epoll_event events[events_at_once];
  const int count = ::epoll_wait(epoll_.native_handle(), events, events_at_once, 0);
  for (int i = 0; i < count; ++i) {
    const int descriptor = events[i].data.fd;
    Socket& socket = sockets_[static_cast<std::size_t>(descriptor)];
    if (socket.wanted == 0) {
      // Of an idle connection, which the server has closed.
      watch(descriptor, socket, 0);
      continue;
    }
    int what = 0;
    if ((events[i].events & (EPOLLIN | EPOLLHUP)) != 0) what |= CURL_CSELECT_IN;
    if ((events[i].events & EPOLLOUT) != 0) what |= CURL_CSELECT_OUT;
    if ((events[i].events & EPOLLERR) != 0) what |= CURL_CSELECT_ERR;
    int running = 0;
    curl_multi_socket_action(multi_, descriptor, what, &running);
  }
  wait_for_sockets();
}

void HttpClient::want(int descriptor, std::uint32_t events) {
  const auto index = static_cast<std::size_t>(descriptor);
  if (index >= sockets_.size()) sockets_.resize(index + 1);
  Socket& socket = sockets_[index];
  socket.wanted = events;
  // A connection that is idle now is likely to be used again in a moment. Other descriptors are
  // libcurl's own, which are closed without a word.
  if (events == 0 && socket.ours) return;
  if (socket.registered != events) watch(descriptor, socket, events);
}

void HttpClient::watch(int descriptor, Socket& socket, std::uint32_t events) {
  if (closed_) return;
  epoll_event event{};
  event.events = events;
  event.data.fd = descriptor;
  const int how = events == 0              ? EPOLL_CTL_DEL
                  : socket.registered == 0 ? EPOLL_CTL_ADD
                                           : EPOLL_CTL_MOD;
  ::epoll_ctl(epoll_.native_handle(), how, descriptor, &event);
  socket.registered = events;
}

// A timer that runs too early does no harm: libcurl is called once for nothing, and says anew when
// it wants to be called. So it is not set again for every request.
void HttpClient::set_timer(long milliseconds) {
  if (milliseconds < 0 || closed_) return;
  if (milliseconds == 0) {
    due_ = true;
    return;
  }
  const auto at = std::chrono::steady_clock::now() + std::chrono::milliseconds(milliseconds);
  if (timer_runs_ && timer_.expiry() <= at) return;
  timer_runs_ = true;
  timer_.expires_at(at);
  timer_.async_wait([self = shared_from_this()](const boost::system::error_code& error) {
    if (!error) self->give({What::timer, nullptr});
  });
}

void HttpClient::collect() {
  int left = 0;
  while (const CURLMsg* message = curl_multi_info_read(multi_, &left)) {
    if (message->msg != CURLMSG_DONE) continue;
    const CURLcode result = message->data.result;
    HttpTransfer* transfer = nullptr;
    curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &transfer);
    curl_multi_remove_handle(multi_, transfer->easy);
    const std::shared_ptr<HttpTransfer> kept = std::move(transfer->kept_);
    transfer->result = result;
    // From here on it is the process's, which may start it again at once.
    transfer->done.store(true, std::memory_order_release);
    transfer->waker_->wake();
  }
}

int HttpClient::on_socket(CURL*, curl_socket_t descriptor, int what, void* self, void*) {
  std::uint32_t events = 0;
  if (what == CURL_POLL_IN || what == CURL_POLL_INOUT) events |= EPOLLIN;
  if (what == CURL_POLL_OUT || what == CURL_POLL_INOUT) events |= EPOLLOUT;
  static_cast<HttpClient*>(self)->want(descriptor, events);
  return 0;
}

int HttpClient::on_timer(CURLM*, long milliseconds, void* self) {
  static_cast<HttpClient*>(self)->set_timer(milliseconds);
  return 0;
}

curl_socket_t HttpClient::on_open(void* self, curlsocktype, curl_sockaddr* address) {
  const int descriptor =
      ::socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
  if (descriptor < 0) return CURL_SOCKET_BAD;
  auto& sockets = static_cast<HttpClient*>(self)->sockets_;
  const auto index = static_cast<std::size_t>(descriptor);
  if (index >= sockets.size()) sockets.resize(index + 1);
  sockets[index] = Socket{.registered = 0, .wanted = 0, .ours = true};
  return descriptor;
}

int HttpClient::on_close(void* self, curl_socket_t descriptor) {
  // epoll forgets what is closed.
  static_cast<HttpClient*>(self)->sockets_[static_cast<std::size_t>(descriptor)] = Socket{};
  return ::close(descriptor);
}

namespace {

// The clients that have members.
struct Clients {
  std::mutex mutex;
  std::vector<std::shared_ptr<HttpClient>> list;
};

Clients& clients() {
  static Clients all;
  return all;
}

}  // namespace

HttpPlace::HttpPlace(asio::io_context& io) {
  const std::lock_guard lock(clients().mutex);
  auto& list = clients().list;
  const auto found = std::find_if(list.begin(), list.end(), [&](const auto& client) {
    return &client->io_ == &io && client->members_ < members_most;
  });
  if (found != list.end()) {
    client_ = *found;
  } else {
    client_ = list.emplace_back(std::make_shared<HttpClient>(io));
    client_->wait_for_sockets();
  }
  ++client_->members_;
}

HttpPlace::~HttpPlace() {
  const std::lock_guard lock(clients().mutex);
  if (--client_->members_ != 0) return;
  std::erase(clients().list, client_);
  client_->close();
}

}  // namespace weir::components
