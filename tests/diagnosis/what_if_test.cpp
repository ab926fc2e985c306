// Changes as users write them.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <stdexcept>

#include "diagnosis/watched.hpp"

namespace weir::diagnosis {
namespace {

using testing::HasSubstr;

class WhatIf : public testing::Test {
 protected:
  WhatIf()
      : network_(R"(
name: g
processes:
  source: {component: core/generate}
  work: {component: core/work, config: {wait: 1ms}, rate: 5000/s}
  keep: {component: core/sample, config: {every: 2}}
  sink: {component: core/discard}
connections: [source -> work -> keep -> sink]
)") {}

  std::string fault(const std::string& change) {
    try {
      network_.with(change);
    } catch (const std::invalid_argument& error) {
      return error.what();
    }
    return {};
  }

  Watched network_;
};

TEST_F(WhatIf, WhatCannotBeIsSaid) {
  EXPECT_THAT(fault("wrok.concurrency=4"), HasSubstr("did you mean \"work\""));
  EXPECT_THAT(fault("work.concurrency=0"), HasSubstr("whole number from 1"));
  EXPECT_THAT(fault("work.concurrency=many"), HasSubstr("is not a number"));
  EXPECT_THAT(fault("work.concurrency=nan"), HasSubstr("is not a number"));
  EXPECT_THAT(fault("keep.concurrency=4"), HasSubstr("handles one packet at a time"));
  EXPECT_THAT(fault("work.service=-100%"), HasSubstr("-50%"));
  EXPECT_THAT(fault("work.service=0"), HasSubstr("above 0"));
  EXPECT_THAT(fault("keep.rate=5/s"), HasSubstr("no rate"));
  EXPECT_THAT(fault("db.max=5"), HasSubstr("no resource"));
  EXPECT_THAT(fault("work.color=5"), HasSubstr("cannot be changed"));
  EXPECT_THAT(fault("work"), HasSubstr("is no change"));
  EXPECT_EQ(fault("work.service=-50%"), "");
  EXPECT_EQ(fault("work.rate=10000/s"), "");
  EXPECT_EQ(fault("workers=4"), "");
}

TEST_F(WhatIf, IsWrittenAsItIsRead) {
  const graph::Graph& graph = *network_.network().graph().first;
  for (const char* text :
       {"work.concurrency=4", "work.service=-50%", "work.rate=2000/s", "workers=4"}) {
    EXPECT_EQ(to_text(parse_change(text, graph)), text);
  }
}

}  // namespace
}  // namespace weir::diagnosis
