// JSON text: what is taken is written and read again as the same.
#include <string>

#include "json/_parser.hpp"
#include "target.hpp"
#include "weir/text.hpp"

namespace {

constexpr unsigned depth_most = 64;

/// Parses the text; its value written again, or nothing if it is not JSON.
std::string through(std::string_view text, bool& good) {
  using namespace weir;
  Document* document = Document::create();
  Bytes bytes = Bytes::copy(text);
  components::JsonParser parser;
  components::JsonParser::Error error;
  good = parser.parse(bytes.view(), depth_most, *document, error);
  std::string out;
  if (good) {
    append_json(out, document->root());
  } else {
    fuzz::require(!error.what.empty() && error.at <= text.size(),
                  "an error has a text and a place");
  }
  document->release();
  return out;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace weir;
  bool good = false;
  const std::string once = through(fuzz::text_of(data, size), good);
  if (!good) return 0;
  fuzz::require(is_utf8(once), "what is written is UTF-8");
  const std::string twice = through(once, good);
  fuzz::require(good && once == twice, "what is written is read again as the same");
  return 0;
}
