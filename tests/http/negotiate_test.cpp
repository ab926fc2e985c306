#include "http/message.hpp"

namespace weir::http {
namespace {

const std::vector<std::string_view> offered{
    "text/plain; version=0.0.4; charset=utf-8",
    "application/openmetrics-text; version=1.0.0; charset=utf-8"};

std::string_view choose(std::string_view accept) {
  const std::string_view media = negotiate(accept, offered);
  return media.substr(0, media.find(';'));
}

TEST(Negotiate, TheFirstIsTheDefault) {
  for (const char* accept : {"", " ", "*/*", "text/*", "text/plain", "*/*;q=0.1"}) {
    EXPECT_EQ(choose(accept), "text/plain") << accept;
  }
}

TEST(Negotiate, ServesOpenMetricsToPrometheus) {
  EXPECT_EQ(choose("application/openmetrics-text;version=1.0.0,"
                   "application/openmetrics-text;version=0.0.1;q=0.75,"
                   "text/plain;version=0.0.4;q=0.5,*/*;q=0.1"),
            "application/openmetrics-text");
  EXPECT_EQ(choose("application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.6,"
                   "text/plain;version=0.0.4;q=0.3,*/*;q=0.2"),
            "application/openmetrics-text");
  EXPECT_EQ(choose("application/openmetrics-text"), "application/openmetrics-text");
  EXPECT_EQ(choose("Application/OpenMetrics-Text; Version=\"1.0.0\""),
            "application/openmetrics-text");
}

TEST(Negotiate, AVersionThatIsNotOfferedIsNotServed) {
  EXPECT_EQ(choose("application/openmetrics-text;version=0.0.1"), "");
  EXPECT_EQ(choose("application/openmetrics-text;version=2.0.0,*/*;q=0.1"), "text/plain");
}

TEST(Negotiate, QualitiesDecide) {
  EXPECT_EQ(choose("text/plain;q=0.2, application/openmetrics-text;q=0.3"),
            "application/openmetrics-text");
  EXPECT_EQ(choose("text/plain;q=0, */*"), "application/openmetrics-text");
  EXPECT_EQ(choose("text/plain;q=0"), "");
  EXPECT_EQ(choose("text/plain;q=nonsense"), "");
}

TEST(Negotiate, AcceptsNothingOfWhatIsForeign) {
  for (const char* accept :
       {"application/json", "text/html", "image/*", ",,,", ";;", "/", "text"}) {
    EXPECT_EQ(choose(accept), "") << accept;
  }
}

}  // namespace
}  // namespace weir::http
