// The memory behind a Packet handle: one cache line from the packet pool. For packet.hpp and the
// runtime alone; components use Packet.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>

namespace weir {

class Buffer;
class Document;

enum class PayloadKind : std::uint8_t { nothing, number, bytes, document, object };
/// Brackets delimit substreams, after classical flow-based programming.
enum class Bracket : std::uint8_t { none, open, close };
/// Why a packet came to its end inside a process; the label `reason` of weir_packets_ended_total.
enum class Ended : std::uint8_t { consumed, filtered, error, drained };
inline constexpr std::size_t ended_reasons = 4;

namespace detail {

struct AttributeBlock;

/// How to destroy and copy a payload of any C++ type.
struct ObjectType {
  void (*destroy)(void*) noexcept;
  void* (*copy)(const void*);
  std::size_t bytes;
};

/// Whether the packet was read from a file or the like, and is the first of it.
enum class InputMark : std::uint8_t { none, within, begins };

struct alignas(64) PacketCell {
  PayloadKind kind;
  Bracket bracket;
  bool real_number;
  /// Beside the three above, so that making a packet costs nothing more for it.
  InputMark input_mark;
  std::uint32_t origin;
  /// When the packet that it comes from left its source, in nanoseconds of the executor's clock; 0
  /// if its latency is not measured.
  std::uint64_t stamp;
  AttributeBlock* attributes;
  union {
    struct {
      Buffer* owner;
      const char* data;
      std::size_t size;
    } bytes;
    std::int64_t integer;
    double real;
    Document* document;
    struct {
      void* value;
      const ObjectType* type;
    } object;
  };
  /// See Packet::input(). Undefined unless `input_mark` says that there is one.
  std::uint64_t input;
};
static_assert(sizeof(PacketCell) == 64);

/// The payload is not all in the cell.
constexpr bool owns_memory(PayloadKind kind) noexcept {
  return kind >= PayloadKind::bytes;
}
/// Releases the payload and leaves the cell with none.
void clear_payload(PacketCell* cell) noexcept;

/// Is told of the end of every packet that carries a stamp.
class LatencySink {
 public:
  /// Called by whichever thread ended the packet.
  virtual void packet_ended(std::uint64_t stamp) noexcept = 0;

 protected:
  ~LatencySink() = default;
};

/// Counts, for whoever runs on this thread, the packets that it creates and ends. The runtime
/// points it at the running process, so that no component can forget to count one.
struct PacketAccount {
  std::uint64_t created = 0;
  std::uint64_t ended[ended_reasons] = {};
  Ended reason = Ended::consumed;
  /// What new packets get as their origin.
  std::uint32_t origin = 0;
  /// Null while nobody measures latency.
  LatencySink* latency = nullptr;
  /// What a new cell inherits: the stamp of the packet that is being handled.
  std::uint64_t stamp = 0;
};

/// A number that no input had before; from any thread.
std::uint64_t next_input() noexcept;

/// Takes a cell with an empty payload from the pool and counts it as created. Throws
/// std::bad_alloc.
PacketCell* allocate_cell();
/// The same for many at once, which costs less. If it throws, none was made.
void allocate_cells(PacketCell** cells, std::size_t count);
/// Clears the cell (payload and attributes), counts it as ended and returns it to the pool.
void release_cell(PacketCell* cell) noexcept;
/// The same for many at once, which costs less. Empty places (nullptr) are left out.
void release_cells(PacketCell* const* cells, std::size_t count) noexcept;

}  // namespace detail
}  // namespace weir
