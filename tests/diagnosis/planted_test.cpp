// Random graphs with a planted bottleneck, made by `bench/report.py corpus`: the report must name
// it, in virtual time.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <fstream>
#include <iostream>
#include <nlohmann/json.hpp>

#include "diagnosis/watched.hpp"

namespace weir::diagnosis {
namespace {

#if defined(__SANITIZE_THREAD__) || defined(__SANITIZE_ADDRESS__)
constexpr std::size_t every = 8;
#else
constexpr std::size_t every = 1;
#endif

TEST(Planted, TheRootIsNamed) {
  std::ifstream file(WEIR_PLANTED);
  ASSERT_TRUE(file.is_open());
  std::size_t number = 0;
  for (std::string line; std::getline(file, line); ++number) {
    if (number % every != 0) continue;
    const auto planted = nlohmann::json::parse(line);
    SCOPED_TRACE(line);
    Watched network(planted["graph"].get<std::string>(), number);
    network.run(12);
    const Report report = network.report();
    const std::string kind = planted["kind"];
    if (kind == "loop") {
      EXPECT_EQ(root_of(report), "deadlock");
      continue;
    }
    const std::string wanted = kind + " of " + planted["root"].get<std::string>();
    // As near as that is as true.
    const double pps = planted["pps"];
    EXPECT_TRUE(root_of(report) == wanted) << root_of(report) << ", not " << wanted;
    EXPECT_NEAR(report.throughput_pps, pps, std::max(3.0, 0.05 * pps));
  }
  EXPECT_GT(number, 0U);
}

}  // namespace
}  // namespace weir::diagnosis
