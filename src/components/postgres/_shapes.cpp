#include "postgres/_shapes.hpp"

#include <algorithm>
#include <functional>
#include <numeric>

#include "weir/text.hpp"

namespace weir::components {
namespace {

// Documents that name their keys after their data would fill the memory.
constexpr std::size_t shapes_most = 4096;

std::span<const Field> fields_of(const Packet& packet) {
  return packet.as_document().root().fields();
}

std::size_t hash_of(std::span<const Field> fields) {
  std::size_t hash = fields.size();
  for (const Field& field : fields) {
    hash = hash * 0x9E3779B97F4A7C15 ^ std::hash<std::string_view>()(field.name);
  }
  return hash;
}

bool same_names(const PgShape& shape, std::span<const Field> fields) {
  return std::equal(shape.fields.begin(), shape.fields.end(), fields.begin(), fields.end(),
                    [](const std::string& name, const Field& field) { return name == field.name; });
}

/// What a row is found by, or nothing if a part of its key is missing: such rows never meet.
std::string key_of(const Packet& packet, std::span<const std::string> conflict) {
  std::string key;
  for (const std::string& column : conflict) {
    const Value* value = packet.as_document().find(column);
    if (value == nullptr || value->kind() == ValueKind::null) return {};
    if (value->kind() == ValueKind::text) {
      key += value->as_text();
    } else {
      append_json(key, *value);
    }
    key += '\0';
  }
  return key;
}

/// Appends `rows`, which are in the order of their coming, grouped by their sets.
void append_grouped(std::vector<std::uint32_t>& order, std::vector<std::uint32_t>& rows,
                    std::span<const std::uint32_t> set_of) {
  std::unordered_map<std::uint32_t, std::uint32_t> ranks;
  for (const std::uint32_t row : rows) {
    ranks.emplace(set_of[row], static_cast<std::uint32_t>(ranks.size()));
  }
  std::stable_sort(rows.begin(), rows.end(), [&](std::uint32_t left, std::uint32_t right) {
    return ranks[set_of[left]] < ranks[set_of[right]];
  });
  order.insert(order.end(), rows.begin(), rows.end());
  rows.clear();
}

}  // namespace

const PgShape& PgShapes::of(const Packet& packet) {
  const auto fields = fields_of(packet);
  if (last_ < shapes_.size() && same_names(shapes_[last_], fields)) return shapes_[last_];
  const std::size_t hash = hash_of(fields);
  const auto [begin, end] = by_hash_.equal_range(hash);
  const auto found = std::find_if(
      begin, end, [&](const auto& entry) { return same_names(shapes_[entry.second], fields); });
  last_ = found != end ? found->second : by_hash_.emplace(hash, add(fields))->second;
  return shapes_[last_];
}

std::uint32_t PgShapes::add(std::span<const Field> fields) {
  PgShape shape;
  std::vector<std::string> names;
  for (const Field& field : fields) {
    shape.fields.emplace_back(field.name);
    if (std::find(names.begin(), names.end(), field.name) == names.end()) {
      names.emplace_back(field.name);
    }
  }
  std::vector<std::string> sorted = names;
  std::sort(sorted.begin(), sorted.end());
  std::string key;
  // Lengths, since a name may hold any byte.
  for (const std::string& name : sorted) key += std::to_string(name.size()) + ':' + name;
  const auto [set, added] = by_names_.emplace(key, static_cast<std::uint32_t>(sets_.size()));
  if (added) sets_.push_back(std::move(names));
  shape.set = set->second;
  for (const std::string& column : sets_[shape.set]) {
    const auto last = std::find(shape.fields.rbegin(), shape.fields.rend(), column);
    shape.places.push_back(static_cast<std::uint32_t>(shape.fields.rend() - last - 1));
  }
  shapes_.push_back(std::move(shape));
  return static_cast<std::uint32_t>(shapes_.size() - 1);
}

void PgShapes::forget_many() {
  if (shapes_.size() > shapes_most) *this = {};
}

std::vector<std::uint32_t> order_by_keys(PgShapes& shapes, std::span<const Packet> packets,
                                         std::span<const std::string> conflict) {
  std::vector<std::uint32_t> set_of(packets.size());
  bool differ = false;
  for (std::size_t i = 0; i < packets.size(); ++i) {
    set_of[i] = shapes.of(packets[i]).set;
    differ = differ || set_of[i] != set_of[0];
  }
  std::vector<std::uint32_t> rows(packets.size());
  std::iota(rows.begin(), rows.end(), 0U);
  if (!differ) return rows;
  std::vector<std::uint32_t> order;
  order.reserve(packets.size());
  if (conflict.empty()) {
    append_grouped(order, rows, set_of);
    return order;
  }
  // A row whose key was seen with other columns must not overtake it: what came before is first.
  std::vector<std::uint32_t> run;
  std::unordered_map<std::string, std::uint32_t> seen;
  for (const std::uint32_t row : rows) {
    if (const std::string key = key_of(packets[row], conflict); !key.empty()) {
      const auto [found, added] = seen.emplace(key, set_of[row]);
      if (!added && found->second != set_of[row]) {
        append_grouped(order, run, set_of);
        seen.clear();
        seen.emplace(key, set_of[row]);
      }
    }
    run.push_back(row);
  }
  append_grouped(order, run, set_of);
  return order;
}

}  // namespace weir::components
