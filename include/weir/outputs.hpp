// How output files are opened anew: after a rotation by somebody else, or on SIGHUP. What writes
// files to a path registers its waker and looks at the generation; whoever wants them opened anew
// calls reopen_outputs(). For the whole program; all of it is thread-safe.
#pragma once

#include <cstdint>
#include <memory>

namespace weir {

class Waker;

/// Makes every process that writes a file by its path open that path anew, at once; what it writes
/// after that is under the path, whatever happened to the file before.
void reopen_outputs() noexcept;

/// How often reopen_outputs() was called.
std::uint64_t outputs_generation() noexcept;

/// The waker is woken by every reopen_outputs() for as long as it lives. For Process::start().
void wake_on_reopen(const std::shared_ptr<Waker>& waker);

}  // namespace weir
