// What values of a packet may do to a url that is made with them.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>

namespace weir::components {

/// Where a value of the packet stands in a text: from `begin` up to `end`.
struct FilledPlace {
  std::size_t begin = 0;
  std::size_t end = 0;
  std::string_view name;
};

/// Throws Failure of kind `request` if values change where the request goes: a part of the path
/// that is empty, "." or ".." because of one, or a host that is none. In order of their places. An
/// address that a value begins with is its own affair.
void check_filled_url(std::string_view url, std::span<const FilledPlace> places);

/// What is wrong with a url of the graph file that begins with a place, or nothing.
std::string fault_of_whole_url(std::string_view url);

}  // namespace weir::components
