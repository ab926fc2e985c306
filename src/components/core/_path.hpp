// The name of a field, or a path to one, made ready for being looked up in every packet.
#pragma once

#include <cstring>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "weir/document.hpp"

namespace weir::components {

/// Finds what Value::find_path finds, faster.
class FieldPath {
 public:
  FieldPath() = default;
  explicit FieldPath(std::string path)
      : path_(std::move(path)), has_dots_(path_.find('.') != path_.npos) {}

  bool empty() const noexcept { return path_.empty(); }
  const Value* find(const Value& in) const noexcept {
    if (has_dots_) return in.find_path(path_);
    const std::span<const Field> fields = in.fields();
    // From the end, since the last of equal names counts. Names mostly differ in length already.
    for (std::size_t i = fields.size(); i-- > 0;) {
      const std::string_view name = fields[i].name;
      if (name.size() == path_.size() && std::memcmp(name.data(), path_.data(), name.size()) == 0) {
        return &fields[i].value;
      }
    }
    return nullptr;
  }

 private:
  std::string path_;
  bool has_dots_ = false;
};

}  // namespace weir::components
