// Texts with places for what a packet holds: the url, headers and body of http/request.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/_path.hpp"
#include "http/_url.hpp"
#include "weir/packet.hpp"

namespace weir::components {

/// How a value is written where it stands in.
enum class TemplateForm {
  text,  // texts as they are, all else as JSON
  url,   // the same, percent-encoded: nothing but letters, digits and -._~ is left as it is
  json,  // as JSON, texts in quotes
};

/// A text in which `{user.id}` stands for that field of a packet's document and `{.}` for its whole
/// payload; `{user.id:json}` says the form. `{{` is a plain `{`, and so is one that no name
/// follows. Not changed after it is made: any thread may read it.
class Template {
 public:
  Template() = default;
  /// `what` names it in messages. Throws std::invalid_argument that says what is wrong.
  Template(std::string_view source, TemplateForm usual, std::string what);

  /// True if it has no places, so that it is the same for all packets.
  bool constant() const noexcept { return places_.empty(); }
  /// What stands before the first place.
  std::string_view begin() const noexcept { return begin_; }
  /// Appends the text. Throws Failure of kind `request` if the packet lacks what it needs.
  /// The places of the packet's values are added to `places`, if given.
  void append(std::string& out, const Packet& packet,
              std::vector<FilledPlace>* places = nullptr) const;

 private:
  struct Place {
    FieldPath field;  // empty: the whole payload
    std::string name;
    TemplateForm form;
    std::string after;  // the text up to the next place
  };

  Value find_value(const Place& place, const Packet& packet, const Value& payload) const;
  void append_value(std::string& out, const Place& place, const Value& value) const;

  std::string what_;
  std::string begin_;
  std::vector<Place> places_;
};

/// Appends `text` with all but unreserved characters (RFC 3986) percent-encoded.
void append_percent_encoded(std::string& out, std::string_view text);

}  // namespace weir::components
