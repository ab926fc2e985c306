// The admin API: what is answered on which path. Reads snapshots alone, so it never holds up the
// network. Used as the server does.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "diagnosis/reporter.hpp"
#include "http/access.hpp"
#include "http/server.hpp"
#include "http/tap_stream.hpp"
#include "metrics/table.hpp"
#include "runtime/snapshot.hpp"
#include "tuning/decisions.hpp"

namespace weir::http {

/// Where the answers come from. The functions are called on the server's second thread, `stuck` and
/// `stuck_process` on either.
struct AdminSources {
  std::function<runtime::NetworkSnapshot()> network;
  std::function<metrics::Program()> program;
  /// Why the control thread counts as stuck; empty if it is alive.
  std::function<std::string()> stuck;
  /// What the tuner has decided; empty where there is none.
  std::function<std::vector<tuning::Decision>()> decisions = {};
  /// A heap profile of the program; if it has none, nothing, and says in `why_not` how to get one.
  std::function<std::string(std::string& why_not)> heap_profile = {};
  /// Says what limits the network; null where nobody watches it.
  diagnosis::Reporter* reporter = nullptr;
  /// The graph that runs.
  std::function<std::shared_ptr<const graph::Graph>()> graph = {};
  /// Opens a tap. It is destroyed on the server's second thread, before the server is.
  OpenTap tap = {};
  /// The process with a step that does not return; empty if there is none. Without this function
  /// `network` tells.
  std::function<std::string()> stuck_process = {};
};

/// All admin routes. Throws net::BadAddress if a name of `rules.hosts` is malformed.
Service make_admin(AdminSources sources, AccessRules rules);

}  // namespace weir::http
