// A pattern in the first line and texts behind it, for regex/parse and core/filter.
#include "components/harness.hpp"
#include "target.hpp"
#include "weir/text.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace weir;
  namespace kit = weir::testing;
  std::string_view text = fuzz::text_of(data, size);
  // Settings are UTF-8.
  const std::string pattern(fuzz::take_line(text));
  if (!is_utf8(pattern) || pattern.size() > 256 || text.size() > 4096) return 0;
  const Setting where = kit::map({{"matches", kit::quoted(pattern)}});
  const std::pair<const char*, Setting> components[] = {
      {"regex/parse", kit::map({{"pattern", kit::quoted(pattern)}})},
      {"core/filter", kit::map({{"where", where}})}};
  for (const auto& [component, config] : components) {
    if (!kit::problems_of(component, config).empty()) continue;
    kit::Harness harness(component, config);
    std::string_view rest = text;
    while (!rest.empty()) harness.send_bytes(fuzz::take_line(rest));
    harness.run();
    for (const kit::FailedPacket& failed : harness.failed()) {
      fuzz::require(failed.kind == "parse" && failed.packet.kind() == PayloadKind::bytes,
                    "what fails keeps its bytes");
    }
    if (std::string_view(component) != "regex/parse") continue;
    for (const Packet& packet : harness.take()) {
      fuzz::require(is_utf8(kit::text_of(packet)), "texts of documents are UTF-8");
    }
  }
  return 0;
}
