#include "os/descriptors.hpp"

#include <sys/resource.h>

#include <algorithm>

namespace weir::os {
namespace {

constexpr std::uint64_t most_if_unknown = 1 << 16;
constexpr std::uint64_t kept_most = 2048;

}  // namespace

DescriptorLimit raise_descriptor_limit() noexcept {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return {};
  DescriptorLimit result{limit.rlim_cur, limit.rlim_cur};
  if (limit.rlim_cur < limit.rlim_max) {
    limit.rlim_cur = limit.rlim_max;
    if (::setrlimit(RLIMIT_NOFILE, &limit) == 0) result.now = limit.rlim_max;
  }
  return result;
}

std::uint64_t descriptors_most() noexcept {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur == RLIM_INFINITY) {
    return most_if_unknown;
  }
  return limit.rlim_cur;
}

std::uint64_t descriptors_kept() noexcept {
  return std::min(descriptors_most() / 4, kept_most);
}

bool is_kept_descriptor(int descriptor) noexcept {
  return static_cast<std::uint64_t>(descriptor) >= descriptors_most() - descriptors_kept();
}

}  // namespace weir::os
