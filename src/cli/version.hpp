// What was built.
#pragma once

namespace weir::cli {

/// As in CMakeLists.txt.
extern const char* const version;
/// The commit that the program was built from, or "unknown".
extern const char* const commit;

}  // namespace weir::cli
