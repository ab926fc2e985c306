#include "weir/setting_value.hpp"

#include <new>

namespace weir {

Value to_value(const Setting& setting, Document& document) {
  switch (setting.kind) {
    case Setting::Kind::null: return {};
    case Setting::Kind::boolean: return Value::boolean(setting.boolean);
    case Setting::Kind::integer: return Value::integer(setting.integer);
    case Setting::Kind::number: return Value::real(setting.number);
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

}  // namespace weir
