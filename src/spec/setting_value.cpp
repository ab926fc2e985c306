#include "weir/setting_value.hpp"

#include <fmt/format.h>

#include <new>

namespace weir {

Value to_value(const Setting& setting, Document& document) {
  switch (setting.kind) {
    case Setting::Kind::null: return {};
    case Setting::Kind::boolean: return Value::boolean(setting.boolean);
    case Setting::Kind::integer: return Value::integer(setting.integer);
    case Setting::Kind::number:
      return setting.large != 0 ? Value::unsigned_integer(setting.large)
                                : Value::real(setting.number);
    case Setting::Kind::text: return document.copy_text(setting.text);
    case Setting::Kind::list: {
      const auto items = document.allocate_array<Value>(setting.items.size());
      for (std::size_t i = 0; i < items.size(); ++i) {
        new (&items[i]) Value(to_value(setting.items[i], document));
      }
      return Value::list(items);
    }
    case Setting::Kind::map: {
      const auto fields = document.allocate_array<Field>(setting.fields.size());
      for (std::size_t i = 0; i < fields.size(); ++i) {
        const SettingField& from = setting.fields[i];
        new (&fields[i]) Field{document.store(from.name), to_value(from.value, document)};
      }
      return Value::map(fields);
    }
  }
  return {};
}

void check_values(const Setting& setting, Problems& problems) {
  if (setting.beyond) {
    problems.error(setting.at,
                   fmt::format("{} is beyond all numbers: integers have 64 bits, other numbers are "
                               "doubles; put it in quotes to have the text",
                               setting.text));
  }
  for (const Setting& item : setting.items) check_values(item, problems);
  for (const SettingField& field : setting.fields) check_values(field.value, problems);
}

}  // namespace weir
