// Why a message is refused: what both servers make an answer of. Plain data.
#pragma once

#include <string>

namespace weir::net {

struct Refusal {
  /// 400, 408, 413, 414, 417, 431 or 501.
  int status = 400;
  /// What is wrong, and what to do; a whole sentence.
  std::string detail;
};

}  // namespace weir::net
