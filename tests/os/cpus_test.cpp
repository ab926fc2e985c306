#include "os/cpus.hpp"

#include <sched.h>

#include "cgroups.hpp"

namespace weir::os {
namespace {

using CgroupCpus = Cgroups;

TEST_F(CgroupCpus, NoFilesMeanNoQuota) {
  EXPECT_EQ(cgroup_cpus(files_), 0);
  EXPECT_GE(usable_cpus(files_), 1U);
}

TEST_F(CgroupCpus, ReadsTheQuotaOfVersion2) {
  write("proc/cgroup", "0::/app\n");
  write("sys/app/cpu.max", "150000 100000\n");
  EXPECT_DOUBLE_EQ(cgroup_cpus(files_), 1.5);
}

TEST_F(CgroupCpus, MaxIsNoQuota) {
  write("proc/cgroup", "0::/app\n");
  write("sys/app/cpu.max", "max 100000\n");
  EXPECT_EQ(cgroup_cpus(files_), 0);
}

TEST_F(CgroupCpus, TheLeastOfThePathCounts) {
  write("proc/cgroup", "0::/pod/app\n");
  write("sys/pod/app/cpu.max", "300000 100000\n");
  write("sys/pod/cpu.max", "200000 100000\n");
  EXPECT_DOUBLE_EQ(cgroup_cpus(files_), 2);
}

TEST_F(CgroupCpus, AContainerSeesItsGroupAtTheRoot) {
  write("proc/cgroup", "0::/\n");
  write("sys/cpu.max", "50000 100000\n");
  EXPECT_DOUBLE_EQ(cgroup_cpus(files_), 0.5);
  EXPECT_EQ(usable_cpus(files_), 1U) << "never less than one";
}

TEST_F(CgroupCpus, ReadsTheQuotaOfVersion1) {
  write("proc/cgroup", "5:memory:/x\n4:cpu,cpuacct:/app\n1:cpuset:/app\n");
  write("sys/cpu,cpuacct/app/cpu.cfs_quota_us", "250000\n");
  write("sys/cpu,cpuacct/app/cpu.cfs_period_us", "100000\n");
  EXPECT_DOUBLE_EQ(cgroup_cpus(files_), 2.5);
}

TEST_F(CgroupCpus, MinusOneIsNoQuotaInVersion1) {
  write("proc/cgroup", "4:cpu,cpuacct:/\n");
  write("sys/cpu,cpuacct/cpu.cfs_quota_us", "-1\n");
  write("sys/cpu,cpuacct/cpu.cfs_period_us", "100000\n");
  EXPECT_EQ(cgroup_cpus(files_), 0);
}

TEST_F(CgroupCpus, GarbageIsNoQuota) {
  write("proc/cgroup", "nonsense\n0::\n::::\n");
  write("sys/cpu.max", "-5 zero\n");
  EXPECT_EQ(cgroup_cpus(files_), 0);
}

TEST_F(CgroupCpus, TheAffinityMaskCounts) {
  cpu_set_t before;
  ASSERT_EQ(sched_getaffinity(0, sizeof before, &before), 0);
  cpu_set_t one;
  CPU_ZERO(&one);
  for (int cpu = 0; cpu < CPU_SETSIZE; ++cpu) {
    if (CPU_ISSET(cpu, &before)) {
      CPU_SET(cpu, &one);
      break;
    }
  }
  ASSERT_EQ(sched_setaffinity(0, sizeof one, &one), 0);
  EXPECT_EQ(usable_cpus(files_), 1U);
  ASSERT_EQ(sched_setaffinity(0, sizeof before, &before), 0);
  EXPECT_EQ(usable_cpus(files_), static_cast<unsigned>(CPU_COUNT(&before)));
}

TEST(ProcessorTime, Grows) {
  const Duration before = processor_time();
  // Spends some, however coarse the system's clock of it is.
  while (processor_time() == before) {
  }
  EXPECT_GT(processor_time(), before);
}

}  // namespace
}  // namespace weir::os
