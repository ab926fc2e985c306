#include "os/processor_waits.hpp"

#include "cgroups.hpp"

namespace weir::os {
namespace {

using ProcessorTimes = Cgroups;

TEST_F(ProcessorTimes, AreReadFromTheKernelsFiles) {
  write("proc/self/task/7/schedstat", "100 3000 5\n");
  write("proc/self/task/8/schedstat", "100 4000 5\n");
  write("proc/self/task/9/schedstat", "nonsense\n");
  write("proc/stat", "cpu 100 0 50 900 10 0 0 50 0 0\ncpu0 1 2 3\n");
  write("proc/pressure/cpu",
        "some avg10=1.00 avg60=0.50 avg300=0.10 total=123\nfull avg10=0.00 total=9\n");
  const ProcessorWaits waits = processor_waits(root_ / "proc");
  EXPECT_EQ(waits.delay, Duration(7000));
  ASSERT_TRUE(waits.machine);
  EXPECT_GT(*waits.machine, Duration::zero());
  EXPECT_EQ(waits.pressure, Duration(123'000));
}

TEST_F(ProcessorTimes, AreUnknownWhereTheKernelDoesNotSay) {
  const ProcessorWaits waits = processor_waits(root_ / "nothing");
  EXPECT_EQ(waits.delay, Duration::zero());
  EXPECT_FALSE(waits.machine);
  EXPECT_FALSE(waits.pressure);
}

}  // namespace
}  // namespace weir::os
