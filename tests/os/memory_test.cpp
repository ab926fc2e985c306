#include "os/memory.hpp"

#include "cgroups.hpp"

namespace weir::os {
namespace {

using CgroupMemory = Cgroups;

TEST_F(CgroupMemory, WithoutALimitTheMachineCounts) {
  const std::uint64_t machine = usable_memory(files_);
  EXPECT_GT(machine, 1024U * 1024U);
  write("proc/cgroup", "5:memory:/app\n0::/app\n");
  write("sys/app/memory.max", "max\n");
  write("sys/memory/app/memory.limit_in_bytes", "9223372036854771712\n");
  EXPECT_EQ(usable_memory(files_), machine);
}

TEST_F(CgroupMemory, ReadsTheLimitOfVersion2) {
  write("proc/cgroup", "0::/app\n");
  write("sys/app/memory.max", "1048576\n");
  EXPECT_EQ(usable_memory(files_), 1048576U);
}

TEST_F(CgroupMemory, ReadsTheLimitOfVersion1) {
  write("proc/cgroup", "5:memory:/app\n4:cpu,cpuacct:/x\n");
  write("sys/memory/app/memory.limit_in_bytes", "2097152\n");
  EXPECT_EQ(usable_memory(files_), 2097152U);
}

TEST_F(CgroupMemory, TheLeastOfThePathCounts) {
  write("proc/cgroup", "0::/slice/pod/app\n");
  write("sys/slice/pod/app/memory.max", "max\n");
  write("sys/slice/pod/memory.max", "1048576\n");
  write("sys/slice/memory.max", "3145728\n");
  EXPECT_EQ(usable_memory(files_), 1048576U);
}

TEST_F(CgroupMemory, TheLeastOfBothVersionsCounts) {
  write("proc/cgroup", "5:memory:/app\n0::/app\n");
  write("sys/memory/memory.limit_in_bytes", "2097152\n");
  write("sys/unified/app/memory.max", "1048576\n");
  EXPECT_EQ(usable_memory(files_), 1048576U);
}

TEST_F(CgroupMemory, GarbageIsNoLimit) {
  const std::uint64_t machine = usable_memory(files_);
  write("proc/cgroup", "nonsense\n0::\n::::\n");
  write("sys/memory.max", "-5\n");
  EXPECT_EQ(usable_memory(files_), machine);
  write("sys/memory.max", "");
  EXPECT_EQ(usable_memory(files_), machine);
}

TEST_F(CgroupMemory, ResidentMemoryIsRead) {
  EXPECT_GT(resident_bytes(), 1024U * 1024U);
  EXPECT_EQ(resident_bytes(root_ / "nothing"), 0U);
  write("proc/statm", "100 7 1 1 0 1 0\n");
  EXPECT_EQ(resident_bytes(root_ / "proc") % 7, 0U);
}

TEST_F(CgroupMemory, PeakMemoryIsRead) {
  EXPECT_GE(peak_resident_bytes(), 1024U * 1024U);
  EXPECT_EQ(peak_resident_bytes(root_ / "nothing"), 0U);
  write("proc/status", "Name:\tweir\nVmPeak:\t   99 kB\nVmHWM:\t   12 kB\nVmRSS:\t  8 kB\n");
  EXPECT_EQ(peak_resident_bytes(root_ / "proc"), 12U * 1024U);
}

}  // namespace
}  // namespace weir::os
