// A list of texts in one piece, for components that write the same field names into every document.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "weir/document.hpp"

namespace weir::components {

/// Names that are copied into a document's arena together, which costs one copy for all of them.
class FieldNames {
 public:
  void add(std::string_view name) {
    text_ += name;
    ends_.push_back(text_.size());
  }
  std::size_t size() const noexcept { return ends_.size(); }

  /// All names in one piece; at() takes it apart.
  std::string_view text() const noexcept { return text_; }
  /// Copies all names into the document; at() takes the result.
  std::string_view store(Document& document) const { return document.store(text_); }
  std::string_view at(std::string_view stored, std::size_t index) const noexcept {
    const std::size_t begin = index == 0 ? 0 : ends_[index - 1];
    return stored.substr(begin, ends_[index] - begin);
  }

 private:
  std::string text_;
  std::vector<std::size_t> ends_;
};

}  // namespace weir::components
