// What a component does to a payload: change it in place when it is the only owner, share it, copy
// it when it is shared.

#include <benchmark/benchmark.h>

#include <cstdint>
#include <string_view>

#include "allocations.hpp"
#include "weir/document.hpp"
#include "weir/packet.hpp"

namespace {

using weir::Packet;
using weir::Value;

constexpr std::string_view line =
    "2026-01-01T00:00:00Z error the disk is full, nothing was written";

/// A document of the kind that a log line becomes.
Packet log_document() {
  Packet packet = Packet::document();
  weir::Document& document = packet.edit_document();
  document.set("time", Value::text("2026-01-01T00:00:00Z"));
  document.set("level", Value::text("error"));
  document.set("status", Value::integer(503));
  document.set("took", Value::real(0.25));
  document.set("message", Value::text(line));
  return packet;
}

void transform_bytes_in_place(benchmark::State& state) {
  Packet packet = Packet::copy_bytes(line);
  const weir::Bytes whole = packet.bytes_slice();
  std::size_t offset = 0;
  const bench::Allocations allocations(state, 1);
  for (auto _ : state) {
    offset = (offset + 1) % line.size();
    packet.set_bytes(whole.slice(offset, line.size() - offset));
    benchmark::DoNotOptimize(packet.as_bytes().data());
  }
}
BENCHMARK(transform_bytes_in_place);

void transform_document_in_place(benchmark::State& state) {
  Packet packet = log_document();
  std::int64_t number = 0;
  const bench::Allocations allocations(state, 1);
  for (auto _ : state) {
    packet.edit_document().set("status", Value::integer(number++));
    benchmark::DoNotOptimize(packet.as_document().find("status"));
  }
}
BENCHMARK(transform_document_in_place);

void share_bytes(benchmark::State& state) {
  const Packet packet = Packet::copy_bytes(line);
  { const Packet warm = packet.share(); }
  const bench::Allocations allocations(state, 1);
  for (auto _ : state) {
    const Packet shared = packet.share();
    benchmark::DoNotOptimize(shared.as_bytes().data());
  }
}
BENCHMARK(share_bytes);

void share_document(benchmark::State& state) {
  const Packet packet = log_document();
  { const Packet warm = packet.share(); }
  const bench::Allocations allocations(state, 1);
  for (auto _ : state) {
    const Packet shared = packet.share();
    benchmark::DoNotOptimize(shared.as_document().find("status"));
  }
}
BENCHMARK(share_document);

void share_document_and_write(benchmark::State& state) {
  const Packet packet = log_document();
  packet.share().edit_document().set("status", Value::integer(0));
  std::int64_t number = 0;
  const bench::Allocations allocations(state, 1);
  for (auto _ : state) {
    Packet shared = packet.share();
    shared.edit_document().set("status", Value::integer(number++));
    benchmark::DoNotOptimize(shared.as_document().find("status"));
  }
}
BENCHMARK(share_document_and_write);

}  // namespace
