// What a pool of the resource type `http` holds: the right to one request at a time, with a libcurl
// handle that is ready for it. Connections are kept by the clients (_client.hpp), which all
// processes share.
#pragma once

#include "http/_transfer.hpp"
#include "weir/resource.hpp"

namespace weir::components {

struct HttpHandle final : Resource {
  /// Throws Failure of kind `io`, as HttpTransfer does.
  explicit HttpHandle(const ServerOptions& options) : transfer(options) {}
  HttpTransfer transfer;
};

}  // namespace weir::components
