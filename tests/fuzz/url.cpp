// The url of http/request: a template in the first line, a text for its place {v} behind it.
#include <stdexcept>
#include <string>

#include "http/_template.hpp"
#include "target.hpp"
#include "weir/component.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace weir;
  std::string_view text = fuzz::text_of(data, size);
  const std::string_view source = fuzz::take_line(text);
  try {
    static_cast<void>(components::fault_of_whole_url(source));
    const components::Template url(source, components::TemplateForm::url, "url");
    Packet packet = Packet::document();
    packet.edit_document().set("v", packet.edit_document().copy_text(text));
    std::string out;
    std::vector<components::FilledPlace> places;
    url.append(out, packet, &places);
    components::check_filled_url(out, places);
    // With the template alone in front, no value leads elsewhere.
    if (source == "http://h/a/{v}/b") {
      fuzz::require(out.starts_with("http://h/a/") && out.ends_with("/b") &&
                        out.find('/', 11) == out.size() - 2 && out != "http://h/a/../b" &&
                        out != "http://h/a/./b" && out != "http://h/a//b",
                    "a value stays a part of the path");
    }
  } catch (const std::invalid_argument&) {
    // Not a template.
  } catch (const Failure& failure) {
    fuzz::require(failure.kind() == "request", "no request can be made of it");
  }
  return 0;
}
