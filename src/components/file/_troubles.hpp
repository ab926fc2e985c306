// What keeps file/read from reading its files: each said once, and again when it changes, and shown
// for as long as it lasts.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "weir/component.hpp"

namespace weir::components {

/// Used by one thread at a time.
class Troubles {
 public:
  /// `path` cannot be read, for this reason.
  void add(const std::string& path, const std::string& text, Context& context);
  /// Says what is new, all of it at once. At the end of a step.
  void say(Context& context);
  /// It can be read now, or is of no interest any more.
  void remove(const std::string& path, bool readable, Context& context);

  bool contains(const std::string& path) const { return all_.contains(path); }
  bool empty() const noexcept { return all_.empty(); }
  std::size_t size() const noexcept { return all_.size(); }
  /// One sentence for all of them.
  std::string summary() const;

 private:
  std::map<std::string, std::string> all_;
  // Paths of which something new is to be said.
  std::vector<std::string> news_;
};

}  // namespace weir::components
