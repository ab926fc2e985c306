// Things that are expensive to make and are shared: connections to a server, mostly. A resource
// type says in one constant how it is configured and made, as a component does; the `resources` of
// a graph name pools of them (docs/resources.md).
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "weir/reactor.hpp"
#include "weir/spec.hpp"

namespace weir {

/// What a pool holds. Used by one owner at a time: the pool, or who has the lease.
class Resource {
 public:
  virtual ~Resource() = default;
};

/// Makes the resources of one pool. Called from any thread, several calls at once.
class ResourceFactory {
 public:
  /// The resource, or null and what went wrong, in words for the user and without secrets.
  using Made = std::function<void(std::unique_ptr<Resource> resource, std::string error)>;
  using Checked = std::function<void(bool good)>;
  /// Keeps an attempt alive; where it is dropped, the attempt is given up and does not call back,
  /// but for a call that is in progress.
  using Attempt = std::shared_ptr<void>;

  virtual ~ResourceFactory() = default;
  /// Begins to make one, without blocking. Calls back once, on any thread, perhaps before it
  /// returns. Must come to an end by itself: it has a timeout of its own.
  virtual Attempt make(Made made) = 0;
  /// Finds out, without blocking, whether one that has been idle is still good. Calls back as
  /// make() does.
  virtual Attempt check(const std::shared_ptr<Resource>& /*resource*/, const Checked& checked) {
    checked(true);
    return {};
  }
};

/// How a type of resource describes itself. From it come validation, schema and documentation.
struct ResourceSpec {
  /// As `type:` of a resource says it; also the area of the components that use it.
  std::string_view name;
  /// One line, no full stop.
  std::string_view summary;
  /// What one of its resources is called in messages: "connection".
  std::string_view noun = "resource";
  std::string_view doc = {};
  /// with_pool_options() adds those that every pool has.
  std::vector<OptionSpec> options = {};
  /// Makes the factory of one pool from a checked configuration. Must not touch the outside world.
  /// The reactor outlives the factory.
  std::unique_ptr<ResourceFactory> (*make)(const Config&, Reactor&) = nullptr;
  /// Finds mistakes that the option types cannot express; may be null.
  void (*check)(const Config&, Problems&) = nullptr;
};

/// The options of a type, then those of the pool itself: acquire_timeout, idle_timeout and so on.
std::vector<OptionSpec> with_pool_options(std::vector<OptionSpec> options);

}  // namespace weir
