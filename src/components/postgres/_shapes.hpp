// Which documents have the same set of keys, so that one statement can write them. Belongs to one
// process.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "weir/packet.hpp"

namespace weir::components {

/// The keys of documents, in the order of one of them, and where each stands.
struct PgShape {
  /// As they stand in the document, repeated ones too.
  std::vector<std::string> fields;
  /// Documents with the same set of keys have the same number, whatever the order of their keys.
  std::uint32_t set = 0;
  /// For each column of the set, the place of its field: the last of equal names.
  std::vector<std::uint32_t> places;
};

class PgShapes {
 public:
  /// The shape of a packet that holds a map. Valid until forget_many().
  const PgShape& of(const Packet& packet);
  /// The names of a set, in the order of the first document that had it.
  const std::vector<std::string>& columns(std::uint32_t set) const { return sets_[set]; }
  std::size_t sets() const noexcept { return sets_.size(); }
  /// Starts anew where there are many: between batches, since it makes all numbers mean something
  /// else.
  void forget_many();

 private:
  std::uint32_t add(std::span<const Field> fields);

  std::vector<PgShape> shapes_;
  std::unordered_multimap<std::size_t, std::uint32_t> by_hash_;
  std::vector<std::vector<std::string>> sets_;
  std::unordered_map<std::string, std::uint32_t> by_names_;
  // That of the document before, which the next one mostly has too.
  std::uint32_t last_ = 0;
};

/// The order in which to write some packets: those with the same keys follow one another, in the
/// order in which they came, and the sets in that of their first packets. With `conflict`, no
/// packet comes before an earlier one that spells these columns alike, so that the last of a key
/// counts.
std::vector<std::uint32_t> order_by_keys(PgShapes& shapes, std::span<const Packet> packets,
                                         std::span<const std::string> conflict);

}  // namespace weir::components
