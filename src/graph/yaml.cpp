#include "graph/yaml.hpp"

#include <fmt/format.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/parser.h>

#include <array>
#include <sstream>

#include "graph/substitute.hpp"
#include "graph/tree_builder.hpp"

namespace weir::graph {
namespace {

struct Advice {
  std::string_view message;
  std::string_view advice;
};

/// What most often lies behind the parser's messages.
constexpr std::array<Advice, 8> advices{{
    {"illegal map value", "check the indentation, and put a text that contains \": \" in quotes"},
    {"end of map not found", "check the indentation: keys of one map start in the same column"},
    {"end of sequence not found",
     "check the indentation: items of one list start in the same column"},
    {"end of map flow not found", "a { has no }, or a text in it needs quotes"},
    {"end of sequence flow not found", "a [ has no ], or a text in it needs quotes"},
    {"illegal flow end", "a } or ] has no partner before it"},
    {"illegal EOF in scalar", "a quote is not closed"},
    {"unknown token", "put a text that starts with @, ` or % in quotes"},
}};

std::string explain(const std::string& message) {
  std::string text = "not valid YAML: " + message;
  for (const Advice& advice : advices) {
    if (advice.message == message) text += fmt::format("; {}", advice.advice);
  }
  return text;
}

}  // namespace

Tree parse_yaml(const SourceText& source, const Environment* environment) {
  Tree tree;
  if (auto fault = source.fault()) {
    tree.problems.error(fault->at, std::move(fault->text));
    return tree;
  }
  TreeBuilder builder(source, environment, tree.problems);
  try {
    std::istringstream stream(mask_references(source.text()));
    YAML::Parser parser(stream);
    while (parser.HandleNextDocument(builder)) {
    }
    tree.root = std::move(builder.root());
  } catch (const GiveUp&) {
    // Noted by the builder.
  } catch (const YAML::Exception& failure) {
    tree.problems.error(source.at(failure.mark.line, failure.mark.column), explain(failure.msg));
  }
  return tree;
}

}  // namespace weir::graph
