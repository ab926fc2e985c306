#include "file/_rotation.hpp"

#include <fmt/format.h>

#include "weir/units.hpp"

namespace weir::components {

Rotation Rotation::read(const Setting* setting, Problems& problems) {
  Rotation rotation;
  if (setting == nullptr) return rotation;
  if (setting->kind != Setting::Kind::map || setting->find("size") == nullptr) {
    problems.error(setting->at, "rotate needs a size: rotate: {size: 100MB, keep: 5}");
    return rotation;
  }
  for (const SettingField& field : setting->fields) {
    const Setting& value = field.value;
    if (field.name == "size") {
      rotation.size = value.is_scalar() ? parse_size(value.text).value_or(0) : 0;
      if (rotation.size == 0)
        problems.error(value.at, "size must be a size such as 64KiB or 100MB");
    } else if (field.name == "keep") {
      rotation.keep = value.integer;
      if (value.kind != Setting::Kind::integer || value.integer < 1 || value.integer > 1000) {
        problems.error(value.at, "keep must be a whole number from 1 to 1000");
      }
    } else {
      problems.error(field.at,
                     fmt::format("rotate has no \"{}\"; it takes size and keep", field.name));
    }
  }
  return rotation;
}

}  // namespace weir::components
