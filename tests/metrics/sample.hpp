// A small network's figures, chosen so that the identities of docs/metrics.md hold.
#pragma once

#include "metrics/table.hpp"

namespace weir::metrics {

inline Figures sample_figures() {
  runtime::ProcessSnapshot read;
  read.name = "read";
  read.component = "core/generate";
  read.ports = {{"out", true, true, 10}, {"error", true, false, 0}};
  read.out = 10;
  read.created = 10;

  runtime::ProcessSnapshot write;
  write.name = "write";
  write.component = "core/discard";
  write.ports = {{"in", false, true, 7}};
  write.in = 7;
  write.ended = {4, 1, 1, 0};
  write.held = 1;
  write.errors = {{"parse", 1}};
  write.processing_buckets[0] = 2;
  write.processing_buckets[3] = 3;
  write.processing_buckets.back() = 1;
  write.processing_sum_s = 100.5;
  write.processing_count = 6;
  write.concurrency = 2;

  runtime::ConnectionSnapshot connection;
  connection.name = "read.out -> write.in";
  connection.from = "read.out";
  connection.to = "write.in";
  connection.put = 10;
  connection.taken = 7;
  connection.packets = 3;
  connection.bytes = 24;
  connection.capacity = 2;
  connection.overflow = 1;

  resource::PoolFigures pool;
  pool.name = "db";
  pool.size = 3;
  pool.in_use = 2;
  pool.idle = 1;
  pool.max = 5;
  pool.created = 4;
  pool.closed[1] = 1;
  pool.wait.add(std::chrono::milliseconds(3));

  Figures figures;
  figures.network.graph = "sample";
  figures.network.phase = runtime::Phase::running;
  figures.network.processes = {read, write};
  figures.network.connections = {connection};
  figures.network.pools = {pool};
  figures.network.workers = 2;
  figures.network.blocking_threads = 3;
  figures.network.memory = {1000000, 5000, 2000, true, 1.5, 4};
  figures.network.pool_live_packets = 4;
  figures.network.pool_bytes = 65536;
  figures.diagnosis.process = "write";
  figures.diagnosis.kind = "cpu";
  figures.diagnosis.processes = {{"read", 1, 0.5}, {"write", 1.5, 1.9}};
  figures.diagnosis.length_bounds = {0, 4};
  figures.diagnosis.lengths = {{"read.out -> write.in", {2, 3, 1}, 20}};
  figures.program = {"1.2.3", "abc", 1000.25, 4096, 2048};
  return figures;
}

}  // namespace weir::metrics
