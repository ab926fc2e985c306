#include "runtime/errors.hpp"

#include <spdlog/spdlog.h>

#include <boost/system/system_error.hpp>
#include <cerrno>
#include <new>
#include <system_error>
#include <utility>

#include "weir/text.hpp"

namespace weir::runtime {
namespace {

// Of what is thrown, making a thread alone fails so.
template <class SystemError>
bool no_thread(const std::exception& error) noexcept {
  const auto* failed = dynamic_cast<const SystemError*>(&error);
  return failed != nullptr && failed->code().value() == EAGAIN;
}

}  // namespace

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

namespace {

spdlog::level::level_enum level_of(LogLevel level) {
  spdlog::level::level_enum to = spdlog::level::info;
  switch (level) {
    case LogLevel::debug: to = spdlog::level::debug; break;
    case LogLevel::info: break;
    case LogLevel::warning: to = spdlog::level::warn; break;
    case LogLevel::error: to = spdlog::level::err; break;
  }
  return to;
}

}  // namespace

std::string_view words_of(const std::exception& error) noexcept {
  if (dynamic_cast<const std::bad_alloc*>(&error) != nullptr) {
    return "out of memory: the system gives no more (std::bad_alloc); raise what limits the "
           "program (ulimit -v, the memory of the container), or set runtime.memory to less";
  }
  if (no_thread<std::system_error>(error) || no_thread<boost::system::system_error>(error)) {
    return "the system gives no more threads; ask for fewer workers (--workers), or raise the "
           "limit on processes (ulimit -u, TasksMax= of the service, pids of the container)";
  }
  return error.what();
}

void log_line(LogLevel level, const std::string& text) {
  spdlog::log(level_of(level), "{}", text);
}

void log_process(LogLevel level, std::string_view process, std::string_view text) {
  spdlog::log(level_of(level), "process {}: {}", process, text);
}

void ErrorLog::count(std::string_view kind) {
  const std::lock_guard lock(mutex_);
  if (entries_ == nullptr) entries_ = std::make_unique<Entries>();
  for (ErrorCount& entry : entries_->counts) {
    if (entry.kind == kind) {
      ++entry.count;
      return;
    }
  }
  entries_->counts.push_back({std::string(kind), 1});
}

std::int64_t ErrorLog::admit(Time now) noexcept {
  const std::lock_guard lock(mutex_);
  if (entries_ == nullptr) entries_ = std::make_unique<Entries>();
  if (entries_->any && now - entries_->last < std::chrono::seconds(1)) {
    ++entries_->held_back;
    return -1;
  }
  entries_->any = true;
  entries_->last = now;
  return std::exchange(entries_->held_back, 0);
}

std::uint64_t ErrorLog::total() const noexcept {
  const std::lock_guard lock(mutex_);
  std::uint64_t total = 0;
  if (entries_ == nullptr) return total;
  for (const ErrorCount& entry : entries_->counts) total += entry.count;
  return total;
}

std::vector<ErrorCount> ErrorLog::read() const {
  const std::lock_guard lock(mutex_);
  return entries_ == nullptr ? std::vector<ErrorCount>() : entries_->counts;
}

}  // namespace weir::runtime
