// file/read without follow.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "file/_lines.hpp"
#include "file/_selection.hpp"
#include "file/_tail.hpp"
#include "weir/component.hpp"

namespace weir::components {

/// Reads files one after the other, each to its end.
class ReadOnce final : public Process {
 public:
  ReadOnce(FileSelection selection, LineReader::Options lines)
      : selection_(std::move(selection)), lines_(lines) {}

  void start(Context& context) override;
  Step step(Context& context) override;
  void stop() noexcept override;

 private:
  /// Opens the next file. False if it is passed over.
  bool open(Context& context);
  void leave(Context& context);
  void give_up(Context& context);
  void next(Context& context);
  [[noreturn]] void fail_at_end() const;

  FileSelection selection_;
  LineReader::Options lines_;
  std::vector<std::string> paths_;
  std::size_t current_ = 0;
  std::unique_ptr<Tail> tail_;
  // Files that were read already: one may have two names.
  std::vector<FileIdentity> seen_;
  // What could not be read.
  std::vector<std::string> failures_;
};

}  // namespace weir::components
