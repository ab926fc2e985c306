// libcurl made ready: started once, with memory from the packet pool.
#pragma once

#include <curl/curl.h>

namespace weir::components {

/// Handles of libcurl, for the caller to clean up. The first call starts libcurl. They throw
/// Failure of kind `io` if it does not start and std::bad_alloc. Thread-safe.
CURL* make_curl_easy();
CURLM* make_curl_multi();

}  // namespace weir::components
