// The settings of a pool as a graph gives them.
#pragma once

#include "resource/pool.hpp"
#include "weir/config.hpp"

namespace weir::resource {

/// Reads what with_pool_options() adds to every type; name, type and limits are left to the caller.
PoolOptions pool_options(const Config& config);

}  // namespace weir::resource
