#include "runtime/health.hpp"

#include <algorithm>

namespace weir::runtime {

void Health::set(const void* unit, std::string_view text, Time now) {
  const std::lock_guard lock(mutex_);
  const auto entry = std::find_if(entries_.begin(), entries_.end(),
                                  [unit](const Entry& each) { return each.unit == unit; });
  if (text.empty()) {
    if (entry != entries_.end()) entries_.erase(entry);
  } else if (entry == entries_.end()) {
    entries_.push_back({unit, std::string(text), now});
  } else {
    // Another text is another part of the same trouble: it began when the first was said.
    entry->text = text;
  }
}

ComponentHealth Health::read(Time now) const {
  const std::lock_guard lock(mutex_);
  ComponentHealth health;
  for (auto entry = entries_.begin(); entry != entries_.end(); ++entry) {
    health.for_s =
        std::max(health.for_s, std::chrono::duration<double>(now - entry->since).count());
    const bool said = std::any_of(entries_.begin(), entry,
                                  [&](const Entry& each) { return each.text == entry->text; });
    if (said) continue;
    if (!health.text.empty()) health.text += "; ";
    health.text += entry->text;
  }
  return health;
}

}  // namespace weir::runtime
