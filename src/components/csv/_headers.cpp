#include "csv/_headers.hpp"

#include <algorithm>
#include <utility>

namespace weir::components {
namespace {

constexpr std::size_t inputs_most = 100'000;

}  // namespace

const CsvColumns* CsvHeaders::find(std::uint64_t input) noexcept {
  if (last_ != nullptr && input == last_input_) return last_;
  const auto found = inputs_.find(input);
  if (found == inputs_.end()) return nullptr;
  found->second.used = ++uses_;
  last_input_ = input;
  last_ = found->second.columns.get();
  return last_;
}

void CsvHeaders::set(std::uint64_t input, std::shared_ptr<const CsvColumns> columns) {
  last_ = nullptr;
  inputs_[input] = {std::move(columns), ++uses_};
  if (inputs_.size() > inputs_most) forget_some();
}

// The half that was used longest ago.
void CsvHeaders::forget_some() {
  std::vector<std::uint64_t> uses;
  uses.reserve(inputs_.size());
  for (const auto& [input, entry] : inputs_) uses.push_back(entry.used);
  const auto middle = uses.begin() + static_cast<std::ptrdiff_t>(uses.size() / 2);
  std::nth_element(uses.begin(), middle, uses.end());
  std::erase_if(inputs_, [&](const auto& each) {
    if (each.second.used >= *middle) return false;
    forgotten_ = std::max(forgotten_, each.first + 1);
    return true;
  });
}

}  // namespace weir::components
