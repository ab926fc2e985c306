// A file that lines are appended to, under its path whatever others do with it: locked against a
// second writer, opened anew where the path leads elsewhere, and never cut by more than was added.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string>

#include "weir/component.hpp"

namespace weir::components {

/// Used by one thread at a time. Regular files are locked (flock), so that no other weir writes
/// them; pipes and devices are written as they are.
class OutputFile {
 public:
  explicit OutputFile(std::string path) : path_(std::move(path)) {}
  ~OutputFile() { close(); }
  OutputFile(const OutputFile&) = delete;
  OutputFile& operator=(const OutputFile&) = delete;

  enum class Opened {
    yes,
    /// Another process of this program still writes it.
    in_use
  };

  /// Opens and locks the file and, if it is not to be kept, empties it then; mends its end. Throws
  /// Failure with the reason and what to do about it; what was open before is still open then.
  Opened open(bool keep, Context& context);
  void close() noexcept;

  /// What has become of the file since it was opened.
  enum class Fate { there, moved, removed };
  /// Whether the file still has a name at all; also takes its size. For every write.
  Fate glance() noexcept;
  /// Whether the path still leads to it.
  Fate look() noexcept;

  /// As ::write().
  ssize_t write(const char* data, std::size_t size) noexcept;
  /// Takes the last `bytes` bytes that were written away again; false, and nothing was done, if
  /// they are not the last of the file any more.
  bool take_back(std::size_t bytes) noexcept;

  const std::string& path() const noexcept { return path_; }
  bool is_open() const noexcept { return descriptor_ >= 0; }
  int descriptor() const noexcept { return descriptor_; }
  bool is_regular() const noexcept { return regular_; }
  std::uint64_t size() const noexcept { return size_; }
  /// The file ends in the middle of a line, and what follows must begin on a new one.
  bool ends_mid_line() const noexcept { return mid_line_; }
  void set_mid_line(bool mid_line) noexcept { mid_line_ = mid_line; }

  /// "cannot WHAT PATH: reason; advice", with kind `io`.
  [[noreturn]] void fail(const char* what, int error) const;

 private:
  void mend_end(int descriptor, Context& context);
  bool move_to_torn(int reader, std::uint64_t from, std::uint64_t to, std::string& why) const;

  std::string path_;
  int descriptor_ = -1;
  bool regular_ = true;
  bool mid_line_ = false;
  dev_t device_ = 0;
  ino_t inode_ = 0;
  std::uint64_t size_ = 0;
};

}  // namespace weir::components
