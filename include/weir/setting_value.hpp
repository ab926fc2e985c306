// Settings of a graph file as values of a document.
#pragma once

#include "weir/document.hpp"
#include "weir/setting.hpp"

namespace weir {

/// The same value, with its texts and structure in the arena of `document`.
Value to_value(const Setting& setting, Document& document);

}  // namespace weir
