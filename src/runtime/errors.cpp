#include "runtime/errors.hpp"

#include <spdlog/spdlog.h>

#include "weir/text.hpp"

namespace weir::runtime {

void make_error_document(Packet& packet, std::string_view kind, std::string_view text,
                         std::string_view process) {
  Document* document = Document::create();
  document->set("error", document->copy_text(text));
  document->set("kind", document->copy_text(kind));
  document->set("process", document->copy_text(process));
  switch (packet.kind()) {
    case PayloadKind::bytes: {
      const std::string_view bytes = packet.as_bytes();
      if (is_utf8(bytes)) {
        if (Buffer* owner = packet.bytes_slice().owner()) document->keep(owner);
        document->set("packet", Value::text(bytes));
      } else {
        document->set("packet_base64", document->copy_text(base64(bytes)));
      }
      break;
    }
    case PayloadKind::document:
      document->set("packet", document->copy(packet.as_document().root()));
      break;
    case PayloadKind::number:
      document->set("packet", packet.is_real() ? Value::real(packet.as_real())
                                               : Value::integer(packet.as_integer()));
      break;
    case PayloadKind::object:
    case PayloadKind::nothing: document->set("packet", Value()); break;
  }
  packet.set_document(document);
}

void log_process(LogLevel level, std::string_view process, std::string_view text) {
  spdlog::level::level_enum to = spdlog::level::info;
  switch (level) {
    case LogLevel::debug: to = spdlog::level::debug; break;
    case LogLevel::info: break;
    case LogLevel::warning: to = spdlog::level::warn; break;
    case LogLevel::error: to = spdlog::level::err; break;
  }
  spdlog::log(to, "process {}: {}", process, text);
}

void ErrorTally::count(std::string_view kind) {
  for (const auto& entry : entries_) {
    if (entry->kind == kind) {
      entry->count.fetch_add(1, std::memory_order_relaxed);
      return;
    }
  }
  auto entry = std::make_unique<Entry>();
  entry->kind = kind;
  entry->count.store(1, std::memory_order_relaxed);
  std::lock_guard lock(mutex_);
  entries_.push_back(std::move(entry));
}

std::vector<ErrorCount> ErrorTally::read() const {
  std::lock_guard lock(mutex_);
  std::vector<ErrorCount> result;
  result.reserve(entries_.size());
  for (const auto& entry : entries_) {
    result.push_back({entry->kind, entry->count.load(std::memory_order_relaxed)});
  }
  return result;
}

std::int64_t LogLimit::admit(Time now) noexcept {
  if (any_ && now - last_ < std::chrono::seconds(1)) {
    ++held_back_;
    return -1;
  }
  any_ = true;
  last_ = now;
  return std::exchange(held_back_, 0);
}

}  // namespace weir::runtime
