// What the processes of a graph do to files: nobody may write what another writes, under whatever
// names, nor what feeds it.
#include <fmt/format.h>
#include <sys/stat.h>

#include <filesystem>
#include <map>
#include <system_error>
#include <utility>

#include "graph/draft.hpp"
#include "weir/advice.hpp"
#include "weir/config.hpp"

namespace weir::graph {
namespace {

struct Use {
  std::size_t process;
  FileUse file;
};

/// The same for all names of a file, as far as can be seen now.
std::string real_path(const std::string& path) {
  std::error_code error;
  const std::filesystem::path real = std::filesystem::weakly_canonical(path, error);
  if (!error) return std::filesystem::absolute(real).lexically_normal().string();
  return std::filesystem::absolute(path).lexically_normal().string();
}

/// Devices and pipes may be written by many.
bool is_file(const std::string& path) {
  struct stat status {};
  return ::stat(path.c_str(), &status) != 0 || S_ISREG(status.st_mode);
}

/// Hard links have nothing in common but this; empty if there is no file yet.
std::string identity(const std::string& path) {
  struct stat status {};
  if (::stat(path.c_str(), &status) != 0) return {};
  return fmt::format("{}:{}", status.st_dev, status.st_ino);
}

/// Whether packets from one process may come to another.
bool feeds(const Graph& graph, std::size_t from, std::size_t to) {
  std::vector<bool> reached(graph.processes.size());
  std::vector<std::size_t> next{from};
  while (!next.empty()) {
    const std::size_t at = next.back();
    next.pop_back();
    for (const ConnectionModel& connection : graph.connections) {
      if (connection.from.process != at || reached[connection.to.process]) continue;
      reached[connection.to.process] = true;
      next.push_back(connection.to.process);
    }
  }
  return reached[to];
}

std::vector<Use> uses_of(Draft& draft) {
  std::vector<Use> uses;
  for (std::size_t i = 0; i < draft.graph.processes.size(); ++i) {
    const ProcessModel& process = draft.graph.processes[i];
    if (process.component == nullptr || process.component->files == nullptr ||
        !draft.processes[i].config_holds) {
      continue;
    }
    for (FileUse& file : process.component->files(Config(*process.component, process.config))) {
      uses.push_back({i, std::move(file)});
    }
  }
  return uses;
}

void check_writers(Draft& draft, const std::vector<Use>& uses) {
  std::map<std::string, const Use*> writers;
  for (const Use& use : uses) {
    if (use.file.reads || !is_file(use.file.path)) continue;
    for (const std::string& name : {real_path(use.file.path), identity(use.file.path)}) {
      if (name.empty()) continue;
      const auto [other, added] = writers.emplace(name, &use);
      if (added || other->second->process == use.process) continue;
      // check_exclusive() has said it of paths that are the same to look at.
      const std::string normal = std::filesystem::path(use.file.path).lexically_normal();
      if (normal == std::filesystem::path(other->second->file.path).lexically_normal() &&
          use.file.option == "path" && other->second->file.option == "path") {
        break;
      }
      draft.problems.error(
          use.file.at,
          fmt::format("{} would write {}, which is the file {} that {} (line {}) writes: give each "
                      "a file of its own, or connect both to one process",
                      draft.graph.processes[use.process].name, quote(use.file.path),
                      quote(other->second->file.path),
                      draft.graph.processes[other->second->process].name,
                      other->second->file.at.line));
      break;
    }
  }
}

void check_readers(Draft& draft, const std::vector<Use>& uses) {
  for (const Use& reader : uses) {
    if (!reader.file.reads) continue;
    for (const Use& writer : uses) {
      if (writer.file.reads || !is_file(writer.file.path) ||
          !feeds(draft.graph, reader.process, writer.process) ||
          !reader.file.reads(real_path(writer.file.path))) {
        continue;
      }
      draft.problems.error(
          reader.file.at,
          fmt::format("{} would read {}, which {} (line {}) writes from what {} sends: it would be "
                      "read again without end; write it elsewhere, or leave it out with exclude",
                      draft.graph.processes[reader.process].name, quote(writer.file.path),
                      draft.graph.processes[writer.process].name, writer.file.at.line,
                      draft.graph.processes[reader.process].name));
      break;
    }
  }
}

}  // namespace

void check_files(Draft& draft) {
  const std::vector<Use> uses = uses_of(draft);
  check_writers(draft, uses);
  check_readers(draft, uses);
}

}  // namespace weir::graph
