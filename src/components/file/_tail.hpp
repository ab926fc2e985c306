// One file that file/read reads: opened, closed while it rests, recognised after a rename, and read
// again from its start when it was written anew.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string>
#include <utility>

#include "file/_identity.hpp"
#include "file/_lines.hpp"
#include "weir/component.hpp"

namespace weir::components {

/// "permission denied; the user that runs weir needs ...": an errno of reading, and what to do.
std::string explain_read_error(int error);

/// Used by one thread at a time. Closes the file.
class Tail {
 public:
  Tail(std::string path, const LineReader::Options& options)
      : lines(options), path_(std::move(path)) {}
  ~Tail() { close(); }
  Tail(const Tail&) = delete;
  Tail& operator=(const Tail&) = delete;

  /// Opens the file; throws Failure with the reason and what to do about it.
  void open();
  void close() noexcept;
  /// Opens a file that was closed while it rested, and goes on where it was. False if the path
  /// leads to another file now, or to none. Throws Failure as open() does.
  bool open_again();
  /// "gzip" and the like if the file is compressed, as its first bytes say; empty for others.
  std::string_view compression() const;
  /// Goes to the beginning of the last line that has no end, or to the end of the file.
  void skip_to_end();
  /// Reads once; lines that are complete wait in `lines`. As read().
  ssize_t read();

  enum class Change { none, truncated, rewritten };
  /// For a file that has rested at its end: whether what was read of it is still there. `modified`
  /// if its content, and nothing else of it, is known to have been changed since then.
  Change look_for_change(bool modified);
  /// At the end of the file: whether it is shorter than what was read of it.
  bool is_truncated();
  /// Remembers what the file looks like, now that all of it was read.
  void rest();
  /// Reads it from its start from now on.
  void restart();
  /// True if it may have changed since rest(), as its path shows: for files that nothing watches.
  bool seems_changed() const;

  bool is_open() const noexcept { return descriptor_ >= 0; }
  int descriptor() const noexcept { return descriptor_; }
  bool is_regular() const noexcept { return regular_; }
  const std::string& path() const noexcept { return path_; }
  void set_path(std::string path) { path_ = std::move(path); }
  const FileIdentity& identity() const noexcept { return identity_; }
  void set_identity(const FileIdentity& identity) noexcept { identity_ = identity; }
  std::uint64_t offset() const noexcept { return offset_; }

  LineReader lines;

 private:
  struct Look {
    off_t size = 0;
    timespec changed{};
    bool operator==(const Look& other) const noexcept {
      return size == other.size && changed.tv_sec == other.changed.tv_sec &&
             changed.tv_nsec == other.changed.tv_nsec;
    }
  };
  static Look look_of(const struct stat& status) noexcept {
    return {status.st_size, status.st_mtim};
  }

  bool starts_as_read() const;
  void remember(std::size_t count);

  std::string path_;
  int descriptor_ = -1;
  bool regular_ = true;
  FileIdentity identity_{};
  std::uint64_t offset_ = 0;
  // The last bytes before the offset.
  std::string last_;
  // What it was like when it rested, and when it was last found truncated.
  Look rested_;
  std::optional<Look> truncated_;
  // Its size says nothing: files that are made up as they are read (/proc).
  bool sizeless_ = false;
};

}  // namespace weir::components
