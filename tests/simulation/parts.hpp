// Small components that random graphs are made of, and the means to build such graphs without a
// file.
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "graph/model.hpp"
#include "weir/component.hpp"
#include "weir/spec.hpp"

namespace weir::simulation {

/// What sinks saw, by process name: how many packets, and of which sources (by base / 2^32) numbers
/// came out of order.
struct Seen {
  std::uint64_t packets = 0;
  std::set<std::int64_t> out_of_order;
};

/// Reset before each network. One network at a time.
std::map<std::string, Seen>& seen();

/// Options are given through the `config` of the process model.
const ComponentSpec& source();    // count, per_step, base
const ComponentSpec& pass();      //
const ComponentSpec& keep_odd();  // filters
const ComponentSpec& doubler();   // emits each packet twice
const ComponentSpec& failing();   // fails every third packet
const ComponentSpec& waiting();   // one packet at a time, each after wait_us
const ComponentSpec& fan();       // array out, round robin
const ComponentSpec& join();      // array in, takes one from each in turn
const ComponentSpec& taker();     // ends itself after some packets
const ComponentSpec& sink();      //
const ComponentSpec& burst();     // emits each packet thirty times
const ComponentSpec& shared();    // parallel Transform; every eleventh number fails
const ComponentSpec& server();    // parallel Process; waits wait_us for a packet, longer for some

/// A builder for graph::Graph.
class Builder {
 public:
  std::size_t add(const std::string& name, const ComponentSpec& spec,
                  const std::map<std::string, std::int64_t>& options = {});
  /// One more process, with a connection of that capacity to it from the process `from`.
  std::size_t add_after(std::size_t from, const std::string& name, const ComponentSpec& spec,
                        std::uint32_t capacity,
                        const std::map<std::string, std::int64_t>& options = {});
  graph::ConnectionModel& connect(std::size_t from, std::size_t to, std::uint32_t capacity,
                                  unsigned from_element = 0, unsigned to_element = 0,
                                  unsigned from_port = 0);
  graph::Graph graph;
};

}  // namespace weir::simulation
