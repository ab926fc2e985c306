#include "http/query.hpp"

#include <charconv>

namespace weir::http {

namespace {

bool decode(std::string_view text, std::string& into) {
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      into += text[i] == '+' ? ' ' : text[i];
      continue;
    }
    if (text.size() - i < 3) return false;
    unsigned char byte = 0;
    const char* const digits = text.data() + i + 1;
    const auto [end, error] = std::from_chars(digits, digits + 2, byte, 16);
    if (error != std::errc() || end != digits + 2) return false;
    into += static_cast<char>(byte);
    i += 2;
  }
  return true;
}

}  // namespace

std::optional<Query> parse_query(std::string_view text) {
  Query query;
  while (!text.empty()) {
    const std::string_view part = text.substr(0, text.find('&'));
    text.remove_prefix(std::min(part.size() + 1, text.size()));
    if (part.empty()) continue;
    const std::size_t equals = std::min(part.find('='), part.size());
    auto& [name, value] = query.emplace_back();
    if (!decode(part.substr(0, equals), name)) return {};
    if (equals < part.size() && !decode(part.substr(equals + 1), value)) return {};
  }
  return query;
}

}  // namespace weir::http
