#include "os/processor_waits.hpp"

#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <string>
#include <string_view>
#include <system_error>

namespace weir::os {
namespace {

namespace fs = std::filesystem;

// "ran waited slices", in nanoseconds.
Duration delay_of(const fs::path& task) {
  std::ifstream file(task / "schedstat");
  std::int64_t ran = 0;
  std::int64_t waited = 0;
  return file >> ran >> waited ? Duration(waited) : Duration();
}

// "cpu user nice system idle iowait irq softirq steal ...", in ticks.
std::optional<Duration> machine_time(const fs::path& proc) {
  std::ifstream file(proc / "stat");
  std::string name;
  std::int64_t user = 0, nice = 0, system = 0, idle = 0, iowait = 0, irq = 0, softirq = 0,
               steal = 0;
  file >> name >> user >> nice >> system >> idle >> iowait >> irq >> softirq >> steal;
  if (!file || name != "cpu") return {};
  const std::int64_t ticks = user + nice + system + irq + softirq + steal;
  return ticks * Duration(std::chrono::seconds(1)) / std::max(1L, sysconf(_SC_CLK_TCK));
}

// "some avg10=1.00 avg60=0.50 avg300=0.10 total=123", in microseconds.
std::optional<Duration> pressure_of(const fs::path& proc) {
  constexpr std::string_view key = "total=";
  std::ifstream file(proc / "pressure" / "cpu");
  for (std::string word; file >> word && word != "full";) {
    if (word.compare(0, key.size(), key) != 0) continue;
    return std::chrono::microseconds(std::strtoll(word.c_str() + key.size(), nullptr, 10));
  }
  return {};
}

}  // namespace

ProcessorWaits processor_waits(const fs::path& proc) {
  ProcessorWaits waits;
  std::error_code error;
  for (fs::directory_iterator at(proc / "self" / "task", error), end; !error && at != end;
       at.increment(error)) {
    waits.delay += delay_of(at->path());
  }
  waits.machine = machine_time(proc);
  waits.pressure = pressure_of(proc);
  return waits;
}

}  // namespace weir::os
