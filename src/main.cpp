#include "cli/main.hpp"

int main(int argc, char** argv) {
  return weir::cli::run_main(argc, argv);
}
