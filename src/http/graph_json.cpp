#include <nlohmann/json.hpp>

#include "http/views.hpp"

namespace weir::http {

namespace {

using Json = nlohmann::ordered_json;

Json ports_json(const runtime::ProcessSnapshot& process) {
  Json ports = Json::array();
  for (const runtime::PortSnapshot& port : process.ports) {
    ports.push_back({{"name", port.name},
                     {"direction", port.output ? "out" : "in"},
                     {"connected", port.connected},
                     {"packets", port.packets}});
  }
  return ports;
}

Json process_json(const runtime::ProcessSnapshot& process) {
  std::uint64_t errors = 0;
  Json kinds = Json::object();
  for (const runtime::ErrorCount& error : process.errors) {
    errors += error.count;
    kinds[error.kind] = error.count;
  }
  const auto ended = [&](Ended reason) { return process.ended[static_cast<std::size_t>(reason)]; };
  return {{"name", process.name},
          {"component", process.component},
          {"activity", runtime::to_string(process.activity)},
          {"ports", ports_json(process)},
          {"in", process.in},
          {"out", process.out},
          {"created", process.created},
          {"ended",
           {{"consumed", ended(Ended::consumed)},
            {"filtered", ended(Ended::filtered)},
            {"error", ended(Ended::error)},
            {"drained", ended(Ended::drained)}}},
          {"held", process.held},
          {"concurrency", process.concurrency},
          {"errors", errors},
          {"errors_by_kind", std::move(kinds)}};
}

Json connection_json(const runtime::ConnectionSnapshot& connection) {
  return {{"name", connection.name},
          {"from", connection.from},
          {"to", connection.to},
          {"packets", connection.packets},
          {"bytes", connection.bytes},
          {"capacity", connection.capacity},
          {"overflow", connection.overflow},
          {"dropped", connection.dropped},
          {"put", connection.put},
          {"taken", connection.taken}};
}

Json memory_json(const runtime::NetworkSnapshot& network) {
  const runtime::MemorySnapshot& memory = network.memory;
  return {{"budget", memory.budget == 0 ? Json() : Json(memory.budget)},
          {"used", memory.used},
          {"readers", memory.readers},
          {"pool", network.pool_bytes},
          {"holds_sources", memory.holds},
          {"held_s", memory.held_s},
          {"times_held", memory.times_held}};
}

}  // namespace

std::string graph_json(const runtime::NetworkSnapshot& network) {
  Json processes = Json::array();
  for (const auto& process : network.processes) processes.push_back(process_json(process));
  Json connections = Json::array();
  for (const auto& connection : network.connections) {
    connections.push_back(connection_json(connection));
  }
  const Json body{{"name", network.graph},
                  {"generation", network.generation},
                  {"phase", runtime::to_string(network.phase)},
                  {"memory", memory_json(network)},
                  {"processes", std::move(processes)},
                  {"connections", std::move(connections)}};
  return body.dump(2, ' ', false, nlohmann::json::error_handler_t::replace) + '\n';
}

}  // namespace weir::http
