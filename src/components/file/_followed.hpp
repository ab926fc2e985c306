// One file that is followed, and how many of them may be open at once.
#pragma once

#include <list>
#include <optional>
#include <string>
#include <vector>

#include "file/_tail.hpp"
#include "weir/component.hpp"

namespace weir::components {

struct Followed {
  Followed(const std::string& path, const FileIdentity& identity,
           const LineReader::Options& options)
      : tail(path, options), named(path) {
    tail.set_identity(identity);
  }

  Tail tail;
  /// The path under which it was found, which may lead to its successor by now.
  std::string named;
  /// The files of the same path, or of the same series, that were there before it and after it.
  /// Read in that order.
  Followed* before = nullptr;
  Followed* after = nullptr;
  /// Set when the path no longer leads to this file: when it then gave its last data.
  std::optional<Time> gone_since;
  /// There may be something to read.
  bool ready = false;
  /// Its end was reached since it was found, or since it lost its path: until then what comes after
  /// it waits.
  bool caught_up = false;
  /// It has rested at its end since it was last read.
  bool rested = false;
  /// What was heard of it since then: its content was changed; something else of it was.
  bool modified = false;
  bool touched = false;
  /// Its end is its last.
  bool over = false;
  /// Compressed: it is left alone.
  bool passed_over = false;
  /// Its first bytes were looked at.
  bool examined = false;
  /// Its place among those that are open.
  std::optional<std::list<Followed*>::iterator> opened;
};

/// Opens followed files and closes those that were used longest ago, so that no more than half of
/// the descriptors that the program may have are used for them, whatever their number, and none of
/// those that are kept for others but one. Used by one thread at a time; what is open is counted
/// for the whole program.
class OpenFiles {
 public:
  OpenFiles() = default;
  OpenFiles(const OpenFiles&) = delete;
  OpenFiles& operator=(const OpenFiles&) = delete;

  enum class Opened {
    yes,
    /// While it was closed its path has come to lead elsewhere.
    lost
  };
  /// Throws Failure as Tail::open() does.
  Opened open(Followed& file);
  void close(Followed& file) noexcept;

 private:
  /// Closes some while so many or more are open.
  void close_beyond(std::uint64_t most);

  // The first was used longest ago.
  std::list<Followed*> all_;
};

}  // namespace weir::components
