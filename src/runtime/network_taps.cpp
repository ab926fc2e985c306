// Taps on the ports of a network, found by their names.
#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <utility>

#include "runtime/network_impl.hpp"
#include "runtime/port_names.hpp"
#include "runtime/tap_listener.hpp"
#include "weir/advice.hpp"

namespace weir::runtime {
namespace {

struct Place {
  ProcessNode* node;
  bool output;
  unsigned index;

  /// Packets may pass it: an initial one too.
  bool connected() const noexcept {
    if (output) return node->output().is_connected(index);
    if (node->input().is_connected(index)) return true;
    const auto& initial = node->model().initial;
    return std::any_of(initial.begin(), initial.end(), [this](const graph::Initial& each) {
      return node->input().index_of(each.port, each.element) == index;
    });
  }
};

std::optional<Place> find_port(Network::Impl& network, std::string_view name) {
  const std::size_t dot = name.find('.');
  ProcessNode* const node = network.find(name.substr(0, dot));
  if (node == nullptr || dot == std::string_view::npos) return {};
  std::optional<Place> found;
  for_each_port(*node, [&](const std::string& port, bool output, unsigned index) {
    if (!found && port == name.substr(dot + 1)) found = Place{node, output, index};
  });
  return found;
}

std::string no_such_port(const Network::Impl& network, std::string_view name) {
  std::vector<std::string> names;
  for (const auto& node : network.nodes) {
    for_each_port(*node, [&](const std::string& port, bool output, unsigned index) {
      if (Place{node.get(), output, index}.connected()) {
        names.push_back(fmt::format("{}.{}", node->model().name, port));
      }
    });
  }
  const std::vector<std::string_view> known(names.begin(), names.end());
  return fmt::format("there is no port {}{}", quote(name), suggestion(name, known));
}

class OpenTap final : public Tap {
 public:
  OpenTap(Network::Impl& network, TapPoint& point, std::shared_ptr<TapListener> listener)
      : network_(network), point_(point), listener_(std::move(listener)) {
    network_.open_taps.fetch_add(1, std::memory_order_relaxed);
  }
  ~OpenTap() override {
    network_.open_taps.fetch_sub(1, std::memory_order_relaxed);
    const std::lock_guard lock(network_.lists);
    if (!point_.remove(*listener_)) network_.bind(point_, false);
  }
  OpenTap(const OpenTap&) = delete;
  OpenTap& operator=(const OpenTap&) = delete;

  void on_news(std::function<void()> wake) override {
    point_.set_wake(*listener_, std::move(wake));
  }
  std::optional<TapNews> next() override { return listener_->next(); }

 private:
  Network::Impl& network_;
  TapPoint& point_;
  std::shared_ptr<TapListener> listener_;
};

}  // namespace

// Makes the port show its packets, or not any more. False if there is no such port now.
bool Network::Impl::bind(TapPoint& point, bool tapped) {
  const std::optional<Place> place = find_port(*this, point.name());
  if (!place) return false;
  TapPoint* const tap = tapped ? &point : nullptr;
  if (place->output) {
    place->node->output().set_tap(place->index, tap);
  } else {
    place->node->input().set_tap(place->index, tap);
  }
  return place->connected();
}

// After the graph has changed.
void Network::Impl::bind_taps() {
  for (const auto& [name, point] : tap_points) {
    const bool tapped = point->has_listeners();
    point->set_there(bind(*point, tapped));
  }
}

std::unique_ptr<Tap> Network::tap(const TapRequest& request) {
  const std::lock_guard lock(impl_->lists);
  const std::optional<Place> place = find_port(*impl_, request.port);
  if (!place) throw UnknownPort(no_such_port(*impl_, request.port));
  if (!place->connected()) {
    throw UnknownPort(
        fmt::format("nothing is connected to {}, so no packet passes it", request.port));
  }
  auto& point = impl_->tap_points[request.port];
  if (point == nullptr) {
    point = std::make_unique<TapPoint>(request.port, impl_->executor, impl_->open_taps);
  }
  auto listener = point->add(request);
  impl_->bind(*point, true);
  return std::make_unique<OpenTap>(*impl_, *point, std::move(listener));
}

}  // namespace weir::runtime
