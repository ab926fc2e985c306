// The options of one process or resource, as its component or type reads them: checked, defaults
// filled in.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "weir/setting.hpp"
#include "weir/spec.hpp"
#include "weir/units.hpp"

namespace weir {

struct ResourceSpec;

/// Read-only after it is built; borrows the settings and the spec, which must outlive it. Asking
/// for an option that the spec does not list throws std::logic_error: a fault of the component's
/// author.
class Config {
 public:
  /// `given` is the process's `config` map (a null setting for none).
  Config(const ComponentSpec& spec, const Setting& given);
  Config(const ResourceSpec& spec, const Setting& given);

  /// Checks types, ranges, words and names against the spec, then asks the component's own check.
  void validate(Problems& problems) const;

  /// True if the user gave it or it has a default.
  bool has(std::string_view option) const;
  bool boolean(std::string_view option) const;
  std::int64_t integer(std::string_view option) const;
  double number(std::string_view option) const;
  std::string text(std::string_view option) const;
  Duration duration(std::string_view option) const;
  std::uint64_t size(std::string_view option) const;
  /// Events a second.
  double rate(std::string_view option) const;
  std::vector<std::string> text_list(std::string_view option) const;
  std::vector<std::pair<std::string, std::string>> text_map(std::string_view option) const;
  /// The setting as written, or nullptr: for options of type value_map and any.
  const Setting* setting(std::string_view option) const;
  /// Where the option stands in the file, or where the process's config does.
  Location at(std::string_view option) const;

 private:
  using Check = void (*)(const Config&, Problems&);
  Config(std::string_view name, const std::vector<OptionSpec>& options, Check check,
         const Setting& given)
      : name_(name), options_(&options), check_(check), given_(&given) {}

  const OptionSpec& spec_of(std::string_view option) const;
  std::string scalar(std::string_view option) const;

  std::string_view name_;
  const std::vector<OptionSpec>* options_;
  Check check_;
  const Setting* given_;
};

}  // namespace weir
