#include "resource/options.hpp"

namespace weir::resource {

PoolOptions pool_options(const Config& config) {
  PoolOptions options;
  options.creations_max = static_cast<unsigned>(config.integer("creations"));
  options.acquire_timeout = config.duration("acquire_timeout");
  options.idle_timeout = config.duration("idle_timeout");
  options.max_lifetime = config.duration("max_lifetime");
  options.check_after = config.duration("check_after");
  options.leak_after = config.duration("leak_after");
  options.shrink_after = config.duration("shrink_after");
  return options;
}

}  // namespace weir::resource
