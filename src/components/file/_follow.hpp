// file/read with follow: true.
#pragma once

#include "file/_followed_files.hpp"
#include "weir/component.hpp"

namespace weir::components {

/// Reads files while they grow, are rotated or appear.
class Follow final : public Process {
 public:
  explicit Follow(FollowOptions options) : options_(std::move(options)) {}

  void start(Context& context) override;
  Step step(Context& context) override;
  void stop() noexcept override;

 private:
  /// Reads once of a file that is open. False if it is at its end for now.
  bool read(Followed& file, std::size_t& room, Context& context);
  void at_end(Followed& file, std::size_t& room, Context& context);
  /// It has rested: what was read of it may not be there any more.
  void look_for_change(Followed& file, std::size_t& room, Context& context);
  void restart(Followed& file, std::string_view why, std::size_t& room, Context& context);
  Step leave(Context& context);

  FollowOptions options_;
  std::unique_ptr<FollowedFiles> files_;
};

}  // namespace weir::components
