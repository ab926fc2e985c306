// A bound on what all clients together may take, in bytes or in number. Used by one thread.
#pragma once

#include <cstddef>

namespace weir::http {

class Budget {
 public:
  explicit Budget(std::size_t most) noexcept : most_(most) {}
  Budget(const Budget&) = delete;
  Budget& operator=(const Budget&) = delete;

  /// What one of them has taken; given back at its end.
  class Share {
   public:
    explicit Share(Budget& budget) noexcept : budget_(budget) {}
    ~Share() { budget_.used_ -= taken_; }
    Share(const Share&) = delete;
    Share& operator=(const Share&) = delete;

    /// Takes more; false if that would be too much.
    bool take(std::size_t more) noexcept {
      if (budget_.used_ > budget_.most_ || more > budget_.most_ - budget_.used_) return false;
      add(more);
      return true;
    }
    /// The same, but if nobody else has taken anything there may be as much as need be.
    bool take_or_first(std::size_t more) noexcept {
      if (take(more)) return true;
      if (budget_.used_ != taken_) return false;
      add(more);
      return true;
    }

   private:
    void add(std::size_t more) noexcept {
      budget_.used_ += more;
      taken_ += more;
    }

    Budget& budget_;
    std::size_t taken_ = 0;
  };

 private:
  std::size_t most_;
  std::size_t used_ = 0;
};

}  // namespace weir::http
