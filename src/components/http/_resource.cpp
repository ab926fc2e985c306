// The type of resource `http`: how many requests a server is asked at once, by all processes
// together, and what these requests share.
#include <exception>
#include <memory>
#include <utility>

#include "http/_handle.hpp"
#include "http/_server_options.hpp"
#include "weir/config.hpp"
#include "weir/registry.hpp"

namespace weir::components {
namespace {

class Factory final : public ResourceFactory {
 public:
  explicit Factory(ServerOptions options) : options_(std::move(options)) {}
  Attempt make(Made made) override {
    std::unique_ptr<HttpHandle> handle;
    try {
      handle = std::make_unique<HttpHandle>(options_);
    } catch (const std::exception& error) {
      made(nullptr, error.what());
      return {};
    }
    made(std::move(handle), {});
    return {};
  }

 private:
  const ServerOptions options_;
};

const ResourceSpec spec{
    .name = "http",
    .summary = "Requests to an HTTP server that may be under way at once",
    .noun = "request",
    .doc =
        "Processes that name the same resource share its requests: `max` is what their server is "
        "asked at once at most, by all of them together. Connections are kept and used again "
        "whether a process has a resource or not. Files with secrets are read anew for each slot, "
        "so they can be changed while weir runs; what they hold appears in no message, metric or "
        "answer of the API.",
    .options = with_pool_options(server_option_specs()),
    .make = [](const Config& config, Reactor&) -> std::unique_ptr<ResourceFactory> {
      return std::make_unique<Factory>(read_server_options(config));
    },
    .check = check_server_options};

}  // namespace
}  // namespace weir::components

WEIR_RESOURCE(http, spec)
