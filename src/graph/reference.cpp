#include "graph/reference.hpp"

#include <fmt/format.h>

#include "graph/option_words.hpp"

namespace weir::graph {
namespace {

constexpr std::string_view error_doc = "What could not be handled, with the reason";

std::string_view area_of(const ComponentSpec& spec) {
  return spec.name.substr(0, spec.name.find('/'));
}

/// For a cell of a Markdown table.
std::string cell(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '|') out += '\\';
    out += c == '\n' ? ' ' : c;
  }
  return out;
}

/// A code block that the text cannot end.
std::string block(std::string_view text, std::string_view language) {
  std::string fence = "```";
  while (text.find(fence) != std::string_view::npos) fence += '`';
  std::string out = fmt::format("{}{}\n{}", fence, language, text);
  if (!out.ends_with('\n')) out += '\n';
  return out + fence + "\n";
}

/// What a graph must hold to at the port, each part after ", ".
std::string demands(const PortSpec& port) {
  std::string out;
  if (port.required) out += ", must be connected";
  if (port.lossless) out += ", connections must not drop";
  return out;
}

void add_port_row(std::string& out, std::string_view direction, const PortSpec& port) {
  const std::string demanded = demands(port);
  out += fmt::format("| {} | `{}` | {} | {} | {} |\n", direction, describe_name(port),
                     word(port.type), demanded.empty() ? "" : demanded.substr(2), cell(port.doc));
}

/// Every component has it beside the ports of its spec.
PortSpec error_port_spec() {
  return {.name = error_port, .doc = error_doc, .type = PayloadType::document, .required = false};
}

void add_ports(std::string& out, const ComponentSpec& spec) {
  out += "\n## Ports\n\n|  | name | carries |  |  |\n| --- | --- | --- | --- | --- |\n";
  for (const PortSpec& port : spec.inputs) add_port_row(out, "in", port);
  for (const PortSpec& port : spec.outputs) add_port_row(out, "out", port);
  add_port_row(out, "out", error_port_spec());
}

void add_options(std::string& out, const std::vector<OptionSpec>& options) {
  out += "\n## Options\n\n";
  if (options.empty()) {
    out += "None.\n";
    return;
  }
  out += "| name | takes | default |  |\n| --- | --- | --- | --- |\n";
  for (const OptionSpec& option : options) {
    std::string fallback;
    if (option.required) {
      fallback = "required";
    } else if (!option.default_value.empty()) {
      fallback = fmt::format("`{}`", option.default_value);
    }
    out += fmt::format("| `{}` | {} | {} | {}{} |\n", option.name, cell(describe_type(option)),
                       cell(fallback), cell(option.doc),
                       option.exclusive ? " No two processes of a graph may have the same." : "");
  }
}

std::string notes(const ComponentSpec& spec) {
  std::string out;
  if (spec.stateful) out += "It keeps state from one packet to the next. ";
  if (spec.blocking != nullptr)
    out += "It may block, as its options say, and then runs on threads of its own. ";
  if (spec.parallel) out += "It can handle several packets at once: `concurrency` says how many. ";
  if (spec.expires) out += "It waits outside: `timeout` says for how long at most. ";
  if (spec.least_input > 1) {
    out += fmt::format("A connection to it needs a capacity of at least {}. ", spec.least_input);
  }
  if (!out.empty()) out.pop_back();
  return out;
}

/// What an example shows beside its graph: a title and the text.
std::vector<std::pair<std::string, std::string_view>> example_parts(const Example& example) {
  std::vector<std::pair<std::string, std::string_view>> parts;
  for (const auto& [name, text] : example.files_before) {
    parts.emplace_back(fmt::format("The file {} before", name), text);
  }
  if (!example.input.empty()) parts.emplace_back("Standard input", example.input);
  if (!example.output.empty()) parts.emplace_back("Standard output", example.output);
  for (const auto& [name, text] : example.files_after) {
    parts.emplace_back(fmt::format("The file {} after", name), text);
  }
  return parts;
}

std::string indent(std::string_view text, std::string_view by) {
  std::string out;
  for (std::size_t begin = 0; begin < text.size();) {
    const std::size_t end = std::min(text.find('\n', begin), text.size());
    if (end > begin) out += fmt::format("{}{}", by, text.substr(begin, end - begin));
    out += '\n';
    begin = end + 1;
  }
  return out;
}

}  // namespace

std::string reference_page(const ComponentSpec& spec) {
  std::string out = fmt::format("# {}\n\n{}.\n", spec.name, spec.summary);
  if (!spec.doc.empty()) out += fmt::format("\n{}\n", spec.doc);
  const std::string more = notes(spec);
  if (!more.empty()) out += fmt::format("\n{}\n", more);
  add_ports(out, spec);
  add_options(out, spec.options);
  if (!spec.example.graph.empty()) {
    out += fmt::format("\n## Example\n\n{}", block(spec.example.graph, "yaml"));
    for (const auto& [title, text] : example_parts(spec.example)) {
      out += fmt::format("\n{}:\n\n{}", title, block(text, ""));
    }
    if (spec.example.endless) out += "\nIt runs until it is stopped.\n";
  }
  return out;
}

std::string reference_page(const ResourceSpec& spec) {
  std::string out = fmt::format(
      "# {0}: a type of resource\n\n{1}. See [resources](../../resources.md) for what every pool "
      "does.\n",
      spec.name, spec.summary);
  if (!spec.doc.empty()) out += fmt::format("\n{}\n", spec.doc);
  add_options(out, spec.options);
  return out;
}

std::string reference_index(const Registry& registry) {
  std::string out = "# Components\n";
  std::string_view area;
  for (const ComponentSpec* spec : registry.all()) {
    if (area_of(*spec) != area) {
      area = area_of(*spec);
      out += fmt::format("\n## {}\n\n| component |  |\n| --- | --- |\n", area);
    }
    out += fmt::format("| [{0}]({0}.md) | {1} |\n", spec->name, cell(spec->summary));
  }
  if (!registry.resources().empty()) {
    out += "\n## Types of resources\n\n| type |  |\n| --- | --- |\n";
  }
  for (const ResourceSpec* spec : registry.resources()) {
    out += fmt::format("| [{0}]({0}/resource.md) | {1} |\n", spec->name, cell(spec->summary));
  }
  return out;
}

std::string component_list(const Registry& registry) {
  std::size_t width = 0;
  for (const ComponentSpec* spec : registry.all()) width = std::max(width, spec->name.size());
  std::string out;
  for (const ComponentSpec* spec : registry.all()) {
    out += fmt::format("{:{}}  {}\n", spec->name, width, spec->summary);
  }
  return out;
}

std::string component_text(const ComponentSpec& spec) {
  std::string out = fmt::format("{}: {}\n", spec.name, spec.summary);
  if (!spec.doc.empty()) out += fmt::format("\n{}\n", spec.doc);
  const std::string more = notes(spec);
  if (!more.empty()) out += fmt::format("\n{}\n", more);
  const auto port_line = [&](std::string_view direction, const PortSpec& port) {
    out += fmt::format("  {:3} {} ({}{}): {}\n", direction, describe_name(port), word(port.type),
                       demands(port), port.doc);
  };
  out += "\nPorts\n";
  for (const PortSpec& port : spec.inputs) port_line("in", port);
  for (const PortSpec& port : spec.outputs) port_line("out", port);
  port_line("out", error_port_spec());
  out += "\nOptions\n";
  if (spec.options.empty()) out += "  none\n";
  for (const OptionSpec& option : spec.options) {
    out += fmt::format("  {} ({}", option.name, describe_type(option));
    if (option.required) out += ", required";
    if (!option.default_value.empty()) out += fmt::format(", default {}", option.default_value);
    out += fmt::format("): {}\n", option.doc);
  }
  if (!spec.example.graph.empty()) {
    out += "\nExample\n" + indent(spec.example.graph, "  ");
    for (const auto& [title, text] : example_parts(spec.example)) {
      out += fmt::format("\n  {}:\n{}", title, indent(text, "    "));
    }
  }
  return out;
}

}  // namespace weir::graph
