// Lines of CSV. The first byte chooses the options.
#include "components/harness.hpp"
#include "target.hpp"
#include "weir/text.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace weir;
  namespace kit = weir::testing;
  std::string_view text = fuzz::text_of(data, size);
  const unsigned options = fuzz::take_byte(text);
  Setting config = kit::map({{"numbers", kit::list({"a"})},
                             {"header", (options & 1U) != 0 ? "true" : "false"},
                             {"delimiter", (options & 2U) != 0 ? ";" : ","},
                             {"quote", (options & 4U) != 0 ? "'" : "\""}});
  if ((options & 1U) == 0 || (options & 8U) != 0) {
    config.fields.push_back({"columns", {}, kit::list({"a", "b"})});
  }
  kit::Harness csv("csv/parse", config);
  std::size_t lines = 0;
  for (; !text.empty(); ++lines) csv.send_bytes(fuzz::take_line(text));
  csv.run();
  std::size_t seen = csv.failed().size() + csv.ended_packets(Ended::consumed);
  for (const Packet& packet : csv.take()) {
    fuzz::require(is_utf8(kit::text_of(packet)), "texts of documents are UTF-8");
    ++seen;
  }
  fuzz::require(seen == lines, "every line goes somewhere");
  return 0;
}
