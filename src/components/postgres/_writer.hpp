// The process behind postgres/write: batches, retries, and what becomes of each row.
#pragma once

#include <memory>

#include "weir/component.hpp"

namespace weir {
class Config;
}

namespace weir::components {

/// A process for the options of postgres/write.
std::unique_ptr<Process> make_pg_writer(const Config& config);

}  // namespace weir::components
