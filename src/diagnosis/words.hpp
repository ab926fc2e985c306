// A report in words, as `weir report` prints it.
#pragma once

#include <string>

#include "diagnosis/report.hpp"

namespace weir::diagnosis {

/// One line of verdict, then the evidence, the table, what to do, and symptoms. Ends with a line
/// end.
std::string in_words(const Report& report);

/// The first line alone, without the graph: "parse limits (cpu): ...".
std::string verdict(const Report& report);

/// "concurrency 4 for parse", "write in half the time": a change in a sentence.
std::string in_words(const Change& change);

}  // namespace weir::diagnosis
