// The columns of the files and bodies that csv/parse reads: each has its own first line. Which one
// a line belongs to the packet knows, however the lines of several are mixed.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "core/_fields.hpp"

namespace weir::components {

struct CsvColumns {
  FieldNames names;
  /// Parallel to the names: the values of these are numbers.
  std::vector<bool> numbers;
  /// What is wrong with the line that names them; empty if nothing is.
  std::string fault;
};

/// Used by one thread at a time.
class CsvHeaders {
 public:
  /// The columns of an input (Packet::input()), or null: then this is its first line.
  const CsvColumns* find(std::uint64_t input) noexcept;
  void set(std::uint64_t input, std::shared_ptr<const CsvColumns> columns);
  /// True if it is not known, though it began before others that had to be forgotten: so many have
  /// come since.
  bool may_be_forgotten(std::uint64_t input) const noexcept { return input < forgotten_; }

 private:
  struct Entry {
    std::shared_ptr<const CsvColumns> columns;
    std::uint64_t used = 0;
  };

  void forget_some();

  std::unordered_map<std::uint64_t, Entry> inputs_;
  // The one asked for last.
  std::uint64_t last_input_ = 0;
  const CsvColumns* last_ = nullptr;
  std::uint64_t uses_ = 0;
  // Behind the greatest of those that were forgotten.
  std::uint64_t forgotten_ = 0;
};

}  // namespace weir::components
