// What the units of a process say keeps them from their work, and since when. Thread-safe.
#pragma once

#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/snapshot.hpp"
#include "weir/units.hpp"

namespace weir::runtime {

class Health {
 public:
  /// `unit` says this from now on; nothing if the text is empty.
  void set(const void* unit, std::string_view text, Time now);
  /// What all of them say, each text once.
  ComponentHealth read(Time now) const;

 private:
  struct Entry {
    const void* unit;
    std::string text;
    Time since;
  };

  mutable std::mutex mutex_;
  std::vector<Entry> entries_;
};

}  // namespace weir::runtime
