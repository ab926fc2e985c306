// The files of the dashboard, which the build bundles from src/dashboard/ and puts into the
// program. They hold no data: the page asks the API for that. Pure functions.
#pragma once

#include <span>
#include <string_view>

#include "http/message.hpp"

namespace weir::http {

/// One file, in memory for as long as the program runs.
struct Asset {
  /// "/" for the page, otherwise with a hash of its content: "/assets/main-ABCD1234.js".
  std::string_view path;
  std::string_view content_type;
  /// A hash of the content, without quotes.
  std::string_view etag;
  std::string_view plain;
  std::string_view gzipped;
};

/// All files. Written by the build, from src/dashboard/build.mjs.
std::span<const Asset> assets();

/// The file at a path; null if there is none.
const Asset* find_asset(std::string_view path);

/// Answers GET and HEAD: compressed where that is accepted, without a body where the client has the
/// file already, and with a policy under which the page runs no script but its own.
Response dashboard(const Asset& asset, const Request& request);

}  // namespace weir::http
