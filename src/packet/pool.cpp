#include "packet/pool.hpp"

#include <algorithm>
#include <atomic>
#include <mutex>
#include <new>
#include <unordered_set>
#include <utility>

#include "packet/attributes.hpp"
#include "weir/document.hpp"
#include "weir/packet.hpp"

namespace weir {
namespace pool {
namespace {

constexpr unsigned cell_class = slab::class_of(sizeof(detail::PacketCell));

// Cells taken less cells given back by one thread; negative for a thread that mostly frees. Only
// its own thread writes it.
struct ThreadTally {
  std::atomic<std::int64_t> live{0};
};

struct Tallies {
  std::mutex mutex;
  std::unordered_set<ThreadTally*> running;
  std::int64_t of_ended_threads = 0;
};

// Never destroyed: threads may end while statics are torn down.
Tallies& tallies() {
  static Tallies* const instance = new Tallies;
  return *instance;
}

class RegisteredTally {
 public:
  RegisteredTally() {
    std::lock_guard lock(tallies().mutex);
    tallies().running.insert(&tally_);
  }
  ~RegisteredTally();

  ThreadTally& tally() noexcept { return tally_; }

 private:
  ThreadTally tally_;
};

thread_local constinit ThreadTally* thread_tally = nullptr;

RegisteredTally::~RegisteredTally() {
  thread_tally = nullptr;
  std::lock_guard lock(tallies().mutex);
  tallies().running.erase(&tally_);
  tallies().of_ended_threads += tally_.live.load(std::memory_order_relaxed);
}

[[gnu::noinline]] void count_unregistered(std::int64_t change) noexcept {
  static thread_local bool was_registered = false;
  if (was_registered) {
    // A packet that dies after its thread's tally did.
    std::lock_guard lock(tallies().mutex);
    tallies().of_ended_threads += change;
    return;
  }
  was_registered = true;
  static thread_local RegisteredTally registered;
  thread_tally = &registered.tally();
  thread_tally->live.store(change, std::memory_order_relaxed);
}

inline void count(std::int64_t change) noexcept {
  if (thread_tally == nullptr) {
    count_unregistered(change);
    return;
  }
  thread_tally->live.store(thread_tally->live.load(std::memory_order_relaxed) + change,
                           std::memory_order_relaxed);
}

thread_local constinit detail::PacketAccount thread_account{};
thread_local constinit detail::PacketAccount* account = nullptr;

}  // namespace

detail::PacketAccount*& current_account() noexcept {
  if (account == nullptr) account = &thread_account;
  return account;
}

std::uint64_t live_packets() noexcept {
  std::lock_guard lock(tallies().mutex);
  std::int64_t live = tallies().of_ended_threads;
  for (const ThreadTally* tally : tallies().running) {
    live += tally->live.load(std::memory_order_relaxed);
  }
  return live > 0 ? static_cast<std::uint64_t>(live) : 0;
}

}  // namespace pool

namespace detail {

namespace {

inline void initialise(PacketCell* cell, const PacketAccount& account) noexcept {
  cell->kind = PayloadKind::nothing;
  cell->bracket = Bracket::none;
  cell->real_number = false;
  cell->input_mark = InputMark::none;
  cell->origin = account.origin;
  cell->stamp = account.stamp;
  cell->attributes = nullptr;
}

}  // namespace

std::uint64_t next_input() noexcept {
  static std::atomic<std::uint64_t> last{0};
  return last.fetch_add(1, std::memory_order_relaxed) + 1;
}

PacketCell* allocate_cell() {
  auto* cell = static_cast<PacketCell*>(slab::allocate(pool::cell_class));
  PacketAccount* account = pool::current_account();
  initialise(cell, *account);
  ++account->created;
  pool::count(1);
  return cell;
}

void allocate_cells(PacketCell** cells, std::size_t count) {
  PacketAccount* account = pool::current_account();
  slab::allocate_many(pool::cell_class, reinterpret_cast<void**>(cells), count);
  for (std::size_t i = 0; i < count; ++i) initialise(cells[i], *account);
  account->created += count;
  pool::count(static_cast<std::int64_t>(count));
}

void clear_payload(PacketCell* cell) noexcept {
  switch (cell->kind) {
    case PayloadKind::bytes:
      if (cell->bytes.owner != nullptr) cell->bytes.owner->release();
      break;
    case PayloadKind::document: cell->document->release(); break;
    case PayloadKind::object: cell->object.type->destroy(cell->object.value); break;
    case PayloadKind::number:
    case PayloadKind::nothing: break;
  }
  cell->kind = PayloadKind::nothing;
}

void release_cell(PacketCell* cell) noexcept {
  clear_payload(cell);
  if (cell->attributes != nullptr) cell->attributes->release();
  PacketAccount* account = pool::current_account();
  if (account->latency != nullptr && cell->stamp != 0) {
    account->latency->packet_ended(cell->stamp);
  }
  ++account->ended[static_cast<std::size_t>(account->reason)];
  pool::count(-1);
  slab::release(pool::cell_class, cell);
}

void release_cells(PacketCell* const* cells, std::size_t count) noexcept {
  constexpr std::size_t run = 64;
  void* blocks[run];
  std::size_t ended = 0;
  PacketAccount* account = pool::current_account();
  if (account->latency != nullptr) {
    for (std::size_t i = 0; i < count; ++i) {
      if (cells[i] != nullptr && cells[i]->stamp != 0) {
        account->latency->packet_ended(cells[i]->stamp);
      }
    }
  }
  while (count != 0) {
    const std::size_t part = std::min(count, run);
    std::size_t gathered = 0;
    for (std::size_t i = 0; i < part; ++i) {
      PacketCell* cell = cells[i];
      if (cell == nullptr) continue;
      if (owns_memory(cell->kind)) clear_payload(cell);
      if (cell->attributes != nullptr) cell->attributes->release();
      blocks[gathered++] = cell;
    }
    slab::release_many(pool::cell_class, blocks, gathered);
    ended += gathered;
    cells += part;
    count -= part;
  }
  account->ended[static_cast<std::size_t>(account->reason)] += ended;
  pool::count(-static_cast<std::int64_t>(ended));
}

}  // namespace detail
}  // namespace weir
