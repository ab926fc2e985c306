// The command line of weir.
#pragma once

namespace weir::cli {

/// Runs the command that the arguments name and answers the exit code: 0 done, 1 failed while
/// running, 2 wrong usage or an invalid graph.
int run_main(int argc, char** argv);

}  // namespace weir::cli
