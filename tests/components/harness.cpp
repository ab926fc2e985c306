#include "harness.hpp"

#include <poll.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <stdexcept>

#include "weir/text.hpp"

namespace weir::testing {
namespace {

const ComponentSpec& find(std::string_view component) {
  const ComponentSpec* spec = Registry::builtin().find(component);
  if (spec == nullptr) throw std::invalid_argument("no component " + std::string(component));
  return *spec;
}

}  // namespace

Setting quoted(std::string text) {
  return Setting::quoted_text(std::move(text));
}

Setting list(std::initializer_list<Given> items) {
  Setting setting;
  setting.kind = Setting::Kind::list;
  for (const Given& item : items) setting.items.push_back(item.take());
  return setting;
}

Setting map(std::initializer_list<std::pair<std::string, Given>> fields) {
  Setting setting;
  setting.kind = Setting::Kind::map;
  for (const auto& [name, value] : fields) setting.fields.push_back({name, {}, value.take()});
  return setting;
}

std::vector<std::string> problems_of(std::string_view component, const Setting& config) {
  Problems problems;
  Config(find(component), config).validate(problems);
  std::vector<std::string> texts;
  for (const Problem& problem : problems.list()) texts.push_back(problem.text);
  return texts;
}

Packet document(std::string_view json) {
  Harness parse("json/parse");
  parse.send_bytes(json);
  parse.run();
  auto packets = parse.take();
  if (packets.size() != 1) throw std::invalid_argument("not JSON: " + std::string(json));
  return std::move(packets.front());
}

std::string text_of(const Packet& packet) {
  std::string text;
  append_payload(text, packet);
  return text;
}

RecordingOut::RecordingOut(const std::vector<unsigned>& widths,
                           const std::vector<bool>& connected) {
  for (std::size_t port = 0; port < widths.size(); ++port) {
    firsts_.push_back(static_cast<unsigned>(owned_.size()));
    for (unsigned element = 0; element < widths[port]; ++element) {
      owned_.push_back({nullptr, 0, 0, connected[port]});
    }
  }
  firsts_.push_back(static_cast<unsigned>(owned_.size()));
  lists_.resize(owned_.size());
  first_ = firsts_.data();
  batches_ = owned_.data();
}

RecordingOut::~RecordingOut() {
  collect();
  for (const detail::PortBatch& batch : owned_) delete[] batch.items;
}

void RecordingOut::collect() {
  for (std::size_t i = 0; i < owned_.size(); ++i) {
    detail::PortBatch& batch = owned_[i];
    for (std::uint32_t k = 0; k < batch.size; ++k) {
      Packet packet = Packet::adopt(batch.items[k]);
      if (batch.connected) {
        lists_[i].push_back(std::move(packet));
      } else {
        end(std::move(packet), Ended::filtered);
      }
    }
    batch.size = 0;
  }
}

std::size_t RecordingOut::pending() const {
  std::size_t total = 0;
  for (const detail::PortBatch& batch : owned_) total += batch.size;
  return total;
}

void RecordingOut::grow(detail::PortBatch& batch) {
  const std::uint32_t capacity = batch.capacity == 0 ? 16 : batch.capacity * 2;
  auto** items = new detail::PacketCell*[capacity];
  std::copy_n(batch.items, batch.size, items);
  delete[] batch.items;
  batch.items = items;
  batch.capacity = capacity;
}

void RecordingOut::fail_packet(Packet&& packet, std::string_view kind, std::string_view text) {
  failed.push_back({std::string(kind), std::string(text), std::move(packet)});
}

void RecordingOut::report_error(std::string_view kind, std::string_view text) {
  reports.emplace_back(kind, text);
}

Harness::Harness(std::string_view component, const Setting& config, HarnessOptions options)
    : spec_(find(component)), config_(config) {
  for (const std::string& problem : problems_of(component, config_)) {
    throw std::invalid_argument(problem);
  }
  const auto width_of = [&](const PortSpec& port) {
    const auto given = options.widths.find(std::string(port.name));
    return !port.array ? 1u : given != options.widths.end() ? given->second : 2u;
  };
  std::vector<unsigned> widths;
  std::vector<bool> connected;
  for (const PortSpec& port : spec_.outputs) {
    widths.push_back(width_of(port));
    connected.push_back(!options.unconnected.contains(std::string(port.name)));
  }
  out_ = std::make_unique<RecordingOut>(widths, connected);
  if (!spec_.inputs.empty()) inputs_.resize(width_of(spec_.inputs.front()));
  instance_ = spec_.make(Config(spec_, config_));
}

Harness::~Harness() {
  const pool::AccountScope scope(account_);
  if (auto* process = std::get_if<std::unique_ptr<Process>>(&instance_)) (*process)->stop();
}

void Harness::start() {
  if (std::exchange(started_, true)) return;
  std::visit([this](auto& component) { component->start(*this); }, instance_);
}

void Harness::send(Packet packet, unsigned element) {
  inputs_.at(element).push_back(std::move(packet));
}

void Harness::send_bytes(std::string_view text, unsigned element) {
  send(Packet::copy_bytes(text), element);
}

void Harness::end_input() {
  input_ended_ = true;
}

Step Harness::step() {
  const pool::AccountScope scope(account_);
  start();
  const Step result = std::get<std::unique_ptr<Process>>(instance_)->step(*this);
  out_->collect();
  done_ = done_ || result == Step::done;
  return result;
}

void Harness::run() {
  if (std::holds_alternative<std::unique_ptr<Process>>(instance_)) {
    run_process();
  } else {
    run_packets();
  }
}

void Harness::run_process() {
  for (int steps = 0; !done_; ++steps) {
    if (steps == 1'000'000) throw std::runtime_error("the component does not come to rest");
    switch (step()) {
      case Step::done: return;
      case Step::yield: break;
      case Step::output_full: return;
      case Step::waiting:
        if (!descriptor_ready()) return;
        break;
      case Step::need_input:
        if (available(0) == 0) return;
    }
  }
}

void Harness::run_packets() {
  const pool::AccountScope scope(account_);
  start();
  auto* transform = std::get_if<std::unique_ptr<Transform>>(&instance_);
  std::vector<Packet> batch;
  for (auto& input : inputs_) {
    std::move(input.begin(), input.end(), std::back_inserter(batch));
    input.clear();
  }
  if (transform != nullptr) {
    for (Packet& packet : batch) {
      try {
        (*transform)->process(packet, *out_);
        if (packet && !spec_.outputs.empty()) out_->emit(std::move(packet));
      } catch (const Failure& failure) {
        out_->fail(std::move(packet), failure.kind(), failure.what());
      }
    }
    (*transform)->flush(*out_);
    if (input_ended_) (*transform)->finish(*out_);
  } else {
    auto& component = *std::get<std::unique_ptr<Batch>>(instance_);
    component.process(batch, *out_);
    if (input_ended_) component.finish(*out_);
  }
  batch.clear();
  out_->collect();
  done_ = input_ended_;
}

void Harness::run_for(Duration duration) {
  const Time end = clock + duration;
  run();
  while (!done_ && timer && *timer <= end) {
    clock = std::max(clock, *timer);
    timer.reset();
    run();
  }
  clock = std::max(clock, end);
}

void Harness::run_with(std::vector<Packet> packets) {
  for (Packet& packet : packets) send(std::move(packet));
  end_input();
  run();
}

std::vector<Packet> Harness::take(std::string_view port, unsigned element) {
  for (unsigned i = 0; i < spec_.outputs.size(); ++i) {
    if (spec_.outputs[i].name == port) return std::exchange(out_->packets(i, element), {});
  }
  throw std::invalid_argument("no port " + std::string(port));
}

std::vector<std::string> Harness::texts(std::string_view port, unsigned element) {
  std::vector<std::string> texts;
  for (const Packet& packet : take(port, element)) texts.push_back(text_of(packet));
  return texts;
}

bool Harness::logged(std::string_view part) const {
  return times_logged(part) != 0;
}

std::size_t Harness::times_logged(std::string_view part) const {
  return static_cast<std::size_t>(std::count_if(
      log_.begin(), log_.end(),
      [part](const std::string& line) { return line.find(part) != std::string::npos; }));
}

Packet Harness::receive(unsigned, unsigned element) {
  auto& input = inputs_.at(element);
  if (input.empty()) return {};
  Packet packet = std::move(input.front());
  input.pop_front();
  return packet;
}

std::size_t Harness::available(unsigned) const {
  std::size_t total = 0;
  for (const auto& input : inputs_) total += input.size();
  return total;
}

bool Harness::ended(unsigned port) const {
  return input_ended_ && available(port) == 0;
}

unsigned Harness::width(unsigned) const {
  return static_cast<unsigned>(inputs_.size());
}

std::size_t Harness::room() const {
  return room_limit - std::min(room_limit, out_->pending());
}

Time Harness::now() const {
  auto& self = const_cast<Harness&>(*this);
  self.clock += clock_step;
  return clock;
}

void Harness::wake_when_readable(int descriptor) {
  if (!waits_.emplace(descriptor, false).second) throw std::logic_error("a second wait");
}

void Harness::wake_when_writable(int descriptor) {
  if (!waits_.emplace(descriptor, true).second) throw std::logic_error("a second wait");
}

void Harness::forget(int descriptor) {
  waits_.erase({descriptor, false});
  waits_.erase({descriptor, true});
}

void Harness::log(LogLevel, std::string_view text) {
  log_.emplace_back(text);
}

bool Harness::descriptor_ready() {
  return std::erase_if(waits_, [](const auto& wait) {
           pollfd wanted{wait.first, static_cast<short>(wait.second ? POLLOUT : POLLIN), 0};
           return ::poll(&wanted, 1, 0) > 0;
         }) != 0;
}

Folder::Folder() {
  std::string pattern = (std::filesystem::temp_directory_path() / "weir-test-XXXXXX").string();
  if (::mkdtemp(pattern.data()) == nullptr) throw std::runtime_error("no folder for the test");
  path_ = pattern;
}

Folder::~Folder() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

std::string Folder::path(std::string_view name) const {
  return path_ + "/" + std::string(name);
}

void Folder::write(std::string_view name, std::string_view content) const {
  std::ofstream(path(name), std::ios::binary | std::ios::trunc) << content;
}

void Folder::append(std::string_view name, std::string_view content) const {
  std::ofstream(path(name), std::ios::binary | std::ios::app) << content;
}

std::string Folder::read(std::string_view name) const {
  std::ifstream file(path(name), std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

}  // namespace weir::testing
