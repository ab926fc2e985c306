// Runs one component without the engine: packets in, packets out, a virtual clock, and descriptors
// that are really polled. For unit tests of components.
#pragma once

#include <gtest/gtest.h>

#include <atomic>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "packet/pool.hpp"
#include "weir/component.hpp"
#include "weir/config.hpp"
#include "weir/registry.hpp"

namespace weir::testing {

/// A setting as it would come from YAML: "5" is an integer, "true" a boolean, "x" a text.
class Given {
 public:
  Given(const char* scalar) : setting_(Setting::plain(scalar)) {}
  Given(const std::string& scalar) : setting_(Setting::plain(scalar)) {}
  Given(Setting setting) : setting_(std::move(setting)) {}
  Setting take() const { return setting_; }

 private:
  Setting setting_;
};

Setting quoted(std::string text);
Setting list(std::initializer_list<Given> items);
Setting map(std::initializer_list<std::pair<std::string, Given>> fields);

/// What is wrong with a configuration, a line each; warnings too.
std::vector<std::string> problems_of(std::string_view component, const Setting& config);

/// A document of one value, parsed from JSON by the component json/parse.
Packet document(std::string_view json);
/// The payload as it would be written to a file.
std::string text_of(const Packet& packet);

struct FailedPacket {
  std::string kind;
  std::string text;
  Packet packet;
};

/// Gathers what a component emits, a list for each element of each port.
class RecordingOut final : public Out {
 public:
  RecordingOut(const std::vector<unsigned>& widths, const std::vector<bool>& connected);
  ~RecordingOut();

  /// Moves what was emitted since the last call to the lists.
  void collect();
  std::vector<Packet>& packets(unsigned port, unsigned element) {
    return lists_[firsts_[port] + element];
  }
  std::size_t pending() const;

  std::vector<FailedPacket> failed;
  std::vector<std::pair<std::string, std::string>> reports;

 private:
  void grow(detail::PortBatch& batch) override;
  void fail_packet(Packet&& packet, std::string_view kind, std::string_view text) override;
  void report_error(std::string_view kind, std::string_view text) override;

  std::vector<unsigned> firsts_;
  std::vector<detail::PortBatch> owned_;
  std::vector<std::vector<Packet>> lists_;
};

struct HarnessOptions {
  /// Elements of array ports, by port name; 2 where nothing is said.
  std::map<std::string, unsigned> widths = {};
  /// Out ports without a connection.
  std::set<std::string> unconnected = {};
};

class Harness final : public Context {
 public:
  explicit Harness(std::string_view component, const Setting& config = map({}),
                   HarnessOptions options = {});
  ~Harness();

  /// Calls start(); run() and step() do so by themselves.
  void start();
  void send(Packet packet, unsigned element = 0);
  void send_bytes(std::string_view text, unsigned element = 0);
  void end_input();
  /// One call to step() of a Process.
  Step step();
  /// Runs until the component is done, or has to wait for packets, room, time or others.
  void run();
  /// Lets the virtual time pass, and runs whenever a wake-up is due.
  void run_for(Duration duration);
  /// All of it: sends the packets, ends the input, runs to the end.
  void run_with(std::vector<Packet> packets);

  bool done() const { return done_; }
  /// Takes what came out of a port.
  std::vector<Packet> take(std::string_view port = "out", unsigned element = 0);
  std::vector<std::string> texts(std::string_view port = "out", unsigned element = 0);
  std::vector<FailedPacket>& failed() { return out_->failed; }
  std::vector<std::pair<std::string, std::string>>& reports() { return out_->reports; }
  /// Packets that ended inside the component.
  std::uint64_t ended_packets(Ended why) const {
    return account_.ended[static_cast<std::size_t>(why)];
  }
  bool logged(std::string_view part) const;
  std::size_t times_logged(std::string_view part) const;

  /// What room() answers, less what is emitted in a step.
  std::size_t room_limit = 1'000'000;
  bool stop_asked = false;
  bool latency_sampled = false;
  /// What the component said last of its state.
  std::string state;
  /// How often its waker was called.
  std::atomic<unsigned> woken{0};
  Time clock{};
  std::optional<Time> timer;

  Packet receive(unsigned port, unsigned element) override;
  std::size_t available(unsigned port) const override;
  bool ended(unsigned port) const override;
  unsigned width(unsigned port) const override;
  Out& out() override { return *out_; }
  std::size_t room() const override;
  bool stopping() const override { return stop_asked; }
  Time now() const override;
  void spin(Duration time) override { clock += time; }
  bool samples_latency() const override { return latency_sampled; }
  void wake_after(Duration delay) override { timer = clock + delay; }
  void wake_when_readable(int descriptor) override;
  void wake_when_writable(int descriptor) override;
  void forget(int descriptor) override;
  std::shared_ptr<Waker> waker() override { return waker_; }
  void report_state(std::string_view text) override { state = text; }
  std::string_view process_name() const override { return "test"; }
  void log(LogLevel level, std::string_view text) override;

  /// What now() adds to the clock each time that it is asked.
  Duration clock_step{};

 private:
  void run_packets();
  void run_process();
  /// Takes away the waits for descriptors that are ready; true if there were any.
  bool descriptor_ready();

  class CountingWaker final : public Waker {
   public:
    explicit CountingWaker(std::atomic<unsigned>& woken) : woken_(woken) {}
    void wake() noexcept override { ++woken_; }
    bool output_full() const noexcept override { return false; }

   private:
    std::atomic<unsigned>& woken_;
  };

  const ComponentSpec& spec_;
  std::shared_ptr<Waker> waker_ = std::make_shared<CountingWaker>(woken);
  Setting config_;
  detail::PacketAccount account_;
  Instance instance_;
  std::unique_ptr<RecordingOut> out_;
  std::vector<std::deque<Packet>> inputs_;
  std::set<std::pair<int, bool>> waits_;
  std::vector<std::string> log_;
  bool started_ = false;
  bool input_ended_ = false;
  bool done_ = false;
};

/// An empty folder of its own for each test, removed at the end.
class Folder {
 public:
  Folder();
  ~Folder();
  std::string path(std::string_view name) const;
  void write(std::string_view name, std::string_view content) const;
  void append(std::string_view name, std::string_view content) const;
  std::string read(std::string_view name) const;

 private:
  std::string path_;
};

}  // namespace weir::testing
