#include "file/_troubles.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace weir::components {
namespace {

constexpr std::size_t said_at_once = 10;

}  // namespace

void Troubles::add(const std::string& path, const std::string& text, Context& context) {
  std::string& known = all_[path];
  if (known == text) return;
  known = text;
  if (std::find(news_.begin(), news_.end(), path) == news_.end()) news_.push_back(path);
  context.report_state(summary());
}

void Troubles::say(Context& context) {
  if (news_.empty()) return;
  std::string text;
  std::size_t said = 0;
  for (const std::string& path : news_) {
    if (said == said_at_once) break;
    if (said++ != 0) text += "; ";
    text += all_.at(path);
  }
  if (news_.size() > said) text += fmt::format("; and {} more", news_.size() - said);
  news_.clear();
  context.out().report("io", text);
}

void Troubles::remove(const std::string& path, bool readable, Context& context) {
  if (all_.erase(path) == 0) return;
  std::erase(news_, path);
  if (readable) context.log(LogLevel::info, fmt::format("{} can be read now", path));
  context.report_state(summary());
}

std::string Troubles::summary() const {
  if (all_.empty()) return {};
  const std::string& first = all_.begin()->second;
  return all_.size() == 1 ? first : fmt::format("{}; and {} more", first, all_.size() - 1);
}

}  // namespace weir::components
