// Settings of a graph file as values of a document.
#pragma once

#include "weir/document.hpp"
#include "weir/setting.hpp"

namespace weir {

/// The same value, with its texts and structure in the arena of `document`. What check_values()
/// finds fault with becomes something else: ask it first.
Value to_value(const Setting& setting, Document& document);

/// Notes every number of a tree that no value can be: see Setting::beyond.
void check_values(const Setting& setting, Problems& problems);

}  // namespace weir
