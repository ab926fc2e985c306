#include "cli/main.hpp"
#include "os/start.hpp"

int main(int argc, char** argv) {
  weir::os::secure_standard_descriptors();
  weir::os::block_run_signals();
  return weir::cli::run_main(argc, argv);
}
