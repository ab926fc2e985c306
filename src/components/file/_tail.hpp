// Files that file/read has open, and the watch that says when they may have changed.
#pragma once

#include <sys/stat.h>
#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <utility>

#include "file/_lines.hpp"
#include "weir/component.hpp"

namespace weir::components {

/// What stays the same when a file is renamed.
using FileIdentity = std::pair<dev_t, ino_t>;

/// One file that is read. Closes it.
class Tail {
 public:
  Tail(std::string path, LineReader::Options options) : lines(options), path_(std::move(path)) {}
  ~Tail();
  Tail(const Tail&) = delete;
  Tail& operator=(const Tail&) = delete;

  /// Opens the file; throws Failure with the reason and what to do about it.
  void open();
  /// Goes to the beginning of the last line that has no end, or to the end of the file.
  void skip_to_end();
  /// Reads once; lines that are complete wait in `lines`. As read().
  ssize_t read();
  /// True if the file is shorter than what was read of it. Goes back to its beginning then.
  bool restart_if_truncated();

  bool is_open() const noexcept { return descriptor_ >= 0; }
  int descriptor() const noexcept { return descriptor_; }
  bool is_regular() const noexcept { return regular_; }
  const std::string& path() const noexcept { return path_; }
  void set_path(std::string path) { path_ = std::move(path); }
  const FileIdentity& identity() const noexcept { return identity_; }
  std::uint64_t offset() const noexcept { return offset_; }

  LineReader lines;
  /// Set when the path no longer leads to this file: when it then gave its last data.
  std::optional<Time> gone_since;
  /// What ChangeWatch::add_file answered.
  int watch = -1;

 private:
  std::string path_;
  int descriptor_ = -1;
  bool regular_ = true;
  FileIdentity identity_{};
  std::uint64_t offset_ = 0;
};

/// Watches files and folders by inotify, where there is any. Misses are harmless: the reader looks
/// by itself once a second.
class ChangeWatch {
 public:
  ~ChangeWatch();
  ChangeWatch() = default;
  ChangeWatch(const ChangeWatch&) = delete;
  ChangeWatch& operator=(const ChangeWatch&) = delete;

  void open();
  void close();
  /// To be woken by, -1 if there is none.
  int descriptor() const noexcept { return descriptor_; }
  /// Answers what remove() takes.
  int add_file(int file);
  void remove(int watch);
  /// The folder in which files may appear; watching it again does nothing.
  void add_folder_of(const std::string& path);
  /// Takes all news; true if a file may have come or gone.
  bool take_news();

 private:
  int descriptor_ = -1;
  std::set<std::string> folders_;
};

}  // namespace weir::components
