// How the descriptors that the program may have are shared out.
#include "os/descriptors.hpp"

#include <gtest/gtest.h>
#include <sys/resource.h>

namespace weir::os {
namespace {

class Descriptors : public testing::Test {
 protected:
  Descriptors() { ::getrlimit(RLIMIT_NOFILE, &before_); }
  ~Descriptors() override { ::setrlimit(RLIMIT_NOFILE, &before_); }
  void set(rlim_t soft) const {
    const rlimit limit{soft, before_.rlim_max};
    ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &limit), 0);
  }

  rlimit before_{};
};

TEST_F(Descriptors, AQuarterIsKept) {
  set(256);
  EXPECT_EQ(descriptors_most(), 256U);
  EXPECT_EQ(descriptors_kept(), 64U);
  EXPECT_FALSE(is_kept_descriptor(191));
  EXPECT_TRUE(is_kept_descriptor(192));
}

TEST_F(Descriptors, ButNoMoreThanWillEverBeNeeded) {
  constexpr rlim_t many = 16'384;
  if (before_.rlim_max < many) GTEST_SKIP() << "the hard limit is " << before_.rlim_max;
  set(many);
  EXPECT_EQ(descriptors_kept(), 2048U);
  EXPECT_FALSE(is_kept_descriptor(many - 2049));
  EXPECT_TRUE(is_kept_descriptor(many - 2048));
}

TEST_F(Descriptors, TheSoftLimitIsRaisedToTheHardOne) {
  set(64);
  const DescriptorLimit raised = raise_descriptor_limit();
  EXPECT_EQ(raised.before, 64U);
  EXPECT_EQ(raised.now, before_.rlim_max);
  EXPECT_EQ(descriptors_most(), before_.rlim_max);
}

}  // namespace
}  // namespace weir::os
