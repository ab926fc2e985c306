// The components and types of resources that this program knows. Filled once at start from the list
// that CMake generates (one line per file in src/components), read-only after that and safe to read
// from any thread.
#pragma once

#include <span>
#include <string_view>
#include <vector>

#include "weir/resource.hpp"
#include "weir/spec.hpp"

namespace weir {

class Registry {
 public:
  /// All of this build, sorted by name.
  static const Registry& builtin();

  /// Adds a component; throws std::logic_error if the name is taken or the spec is not consistent.
  void add(const ComponentSpec& spec);
  const ComponentSpec* find(std::string_view name) const noexcept;
  std::span<const ComponentSpec* const> all() const noexcept { return specs_; }

  /// The same for a type of resource.
  void add(const ResourceSpec& spec);
  const ResourceSpec* find_resource(std::string_view name) const noexcept;
  std::span<const ResourceSpec* const> resources() const noexcept { return resources_; }

 private:
  std::vector<const ComponentSpec*> specs_;
  std::vector<const ResourceSpec*> resources_;
};

}  // namespace weir

/// Defines the function through which the generated list finds a component: for the file
/// src/components/area/name.cpp write WEIR_COMPONENT(area, name, spec), with spec a constant.
#define WEIR_COMPONENT(area, name, spec) \
  namespace weir::components {           \
  const ComponentSpec& area##_##name() { \
    return spec;                         \
  }                                      \
  }

/// The same for the type of resource that src/components/area/_resource.cpp describes; it is called
/// like its area.
#define WEIR_RESOURCE(area, spec)         \
  namespace weir::components {            \
  const ResourceSpec& area##_resource() { \
    return spec;                          \
  }                                       \
  }
