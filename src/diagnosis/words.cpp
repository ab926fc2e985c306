#include "diagnosis/words.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <iterator>
#include <vector>

#include "diagnosis/columns.hpp"
#include "diagnosis/limits.hpp"

namespace weir::diagnosis {
namespace {

using Row = std::vector<std::string>;

std::string percent(double share) {
  return fmt::format("{:.0f}%", 100 * share);
}

std::string processes_table(const Report& report) {
  std::vector<Row> rows{{"process", "packets/s", "units", "of", "service", "at most/s", "visits",
                         "busy", "waiting", "starved", "blocked", "throttled", "ready", "errors"}};
  for (const ProcessReport& process : report.processes) {
    const bool root = report.limit && report.limit->process == process.name;
    Row row{(root ? "> " : "  ") + process.name,
            with_commas(process.throughput_pps),
            std::to_string(process.concurrency),
            std::to_string(process.concurrency_max),
            process.service_s > 0 ? seconds_text(process.service_s) : "-",
            process.capacity_pps ? with_commas(*process.capacity_pps) : "-",
            fmt::format("{:.3g}", process.visits)};
    for (const double share : process.state) row.push_back(percent(share));
    row.push_back(std::to_string(process.errors));
    rows.push_back(std::move(row));
  }
  return in_columns(rows);
}

std::string subject(const Limit& limit) {
  if (limit.kind == Kind::deadlock) return "a deadlock";
  if (limit.kind == Kind::cores) return "the machine";
  return limit.process;
}

std::string then_text(const std::optional<Limit>& then) {
  if (!then) return "then nothing that is known limits it";
  return fmt::format("then {} limits ({})", subject(*then), to_string(then->kind));
}

// A user would look in vain for an option.
std::string lacking(const Change& change, const MachineReport& machine) {
  if (change.what != Change::What::cores) return {};
  return fmt::format(" (this machine has {:.3g})", machine.cores);
}

void add_changes(std::string& out, const Report& report) {
  if (report.changes.empty()) return;
  out += "\nwhat would help\n";
  std::vector<Row> rows;
  for (const Proposal& proposal : report.changes) {
    rows.push_back({"  " + to_text(proposal.change) + lacking(proposal.change, report.machine),
                    with_commas(proposal.throughput_pps) + " packets/s",
                    fmt::format("{:.2f} x", proposal.gain), then_text(proposal.then)});
  }
  out += in_columns(rows);
}

void add_symptoms(std::string& out, const Report& report) {
  if (report.symptoms.empty()) return;
  out += "\nsymptoms\n";
  for (const Symptom& symptom : report.symptoms) {
    const std::string cause = symptom.caused_by.empty() ? "the machine" : symptom.caused_by;
    if (symptom.type == "queue_length") {
      fmt::format_to(std::back_inserter(out),
                     "  {} holds {} packets (threshold {}): because of {}\n", symptom.connection,
                     with_commas(symptom.value), with_commas(symptom.threshold), cause);
    } else {
      fmt::format_to(std::back_inserter(out), "  {} takes {} a packet (threshold {})\n",
                     symptom.process, seconds_text(symptom.value), seconds_text(symptom.threshold));
    }
  }
}

void add_verification(std::string& out, const Report& report) {
  if (!report.verification) return;
  fmt::format_to(std::back_inserter(out), "\nverification\n  {}\n", report.verification->text);
}

std::string unknown_text(Unknown reason) {
  switch (reason) {
    case Unknown::starting:
      return "nothing can be said yet: there is less than a second of figures";
    case Unknown::idle: return "nothing limits: no packets leave the sources";
    case Unknown::no_source: return "nothing can be said: the graph has no source";
    case Unknown::none: break;
  }
  return "nothing that is known limits";
}

}  // namespace

std::string in_words(const Change& change) {
  switch (change.what) {
    case Change::What::concurrency:
      return fmt::format("{} with {:.0f} units", change.name, change.value);
    case Change::What::service:
      return fmt::format("{} in {:.0f}% of its time", change.name, 100 * change.value);
    case Change::What::rate:
      return fmt::format("{} at {} packets/s", change.name, with_commas(change.value));
    case Change::What::pool_max:
      return fmt::format("the pool {} with {:.0f}", change.name, change.value);
    case Change::What::workers: return fmt::format("{:.3g} workers", change.value);
    case Change::What::cores: break;
  }
  return fmt::format("{:.3g} processors", change.value);
}

std::string verdict(const Report& report) {
  if (!report.limit) return unknown_text(report.reason);
  return fmt::format("{} limits ({}): {}", subject(*report.limit), to_string(report.limit->kind),
                     report.limit->explanation);
}

std::string in_words(const Report& report) {
  std::string out = verdict(report) + '\n';
  if (report.limit && !report.limit->doubt.empty()) {
    fmt::format_to(std::back_inserter(out), "  confidence {:.0f}%: {}\n",
                   100 * report.limit->confidence, report.limit->doubt);
  }
  if (!report.processes.empty()) {
    fmt::format_to(std::back_inserter(out),
                   "\n{}: {} packets/s leave the sources{}; {:.1f} s of figures, generation {}\n",
                   report.graph, with_commas(report.throughput_pps),
                   report.asked.empty() ? "" : " then", report.window_s, report.generation);
    out += processes_table(report);
  }
  add_changes(out, report);
  add_symptoms(out, report);
  add_verification(out, report);
  return out;
}

}  // namespace weir::diagnosis
