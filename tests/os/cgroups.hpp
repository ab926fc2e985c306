// A folder with kernel files of its own, for tests of what control groups say.
#pragma once

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>

#include "os/cgroups.hpp"

namespace weir::os {

class Cgroups : public testing::Test {
 protected:
  Cgroups() {
    std::string name = (std::filesystem::temp_directory_path() / "weir-cgroups-XXXXXX").string();
    root_ = ::mkdtemp(name.data());
    files_ = {root_ / "proc", root_ / "sys"};
  }
  ~Cgroups() override { std::filesystem::remove_all(root_); }

  void write(const std::filesystem::path& path, std::string_view text) {
    std::filesystem::create_directories((root_ / path).parent_path());
    std::ofstream(root_ / path) << text;
  }

  std::filesystem::path root_;
  KernelFiles files_;
};

}  // namespace weir::os
