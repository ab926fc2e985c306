// Texts that are no good before their meaning is looked at.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "graph/source.hpp"
#include "parts.hpp"

namespace weir::graph::testing {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

constexpr const char* empty =
    "g:1:1: error: the file is empty: a graph needs at least a name and processes";

std::string repeat(std::string_view text, int times) {
  std::string all;
  for (int i = 0; i < times; ++i) all += text;
  return all;
}

TEST(Yaml, AnEmptyFileIsNamedSo) {
  EXPECT_THAT(problems_of(""), ElementsAre(empty));
  EXPECT_THAT(problems_of("# only a comment\n"), ElementsAre(empty));
  EXPECT_THAT(problems_of("---\n"), ElementsAre(empty));
  EXPECT_THAT(problems_of("\n\n \n"), ElementsAre(empty));
}

TEST(Yaml, WhatIsNoMapIsNoGraph) {
  EXPECT_THAT(problems_of("hello world\n"),
              ElementsAre("g:1:1: error: a graph file must be a map with the keys name, processes, "
                          "connections, resources, runtime, admin, tuning, thresholds, not the "
                          "text \"hello world\""));
  EXPECT_THAT(
      problems_of("- a\n- b\n"),
      ElementsAre("g:1:1: error: a graph file must be a map with the keys name, processes, "
                  "connections, resources, runtime, admin, tuning, thresholds, not a list"));
}

TEST(Yaml, SyntaxErrorsSayWhereAndWhatToLookFor) {
  EXPECT_THAT(problems_of("name: a: b\n"),
              ElementsAre("g:1:8: error: not valid YAML: illegal map value; check the indentation, "
                          "and put a text that contains \": \" in quotes"));
  EXPECT_THAT(
      problems_of("name: [1,\n"),
      ElementsAre("g:2:1: error: not valid YAML: end of sequence flow not found; a [ has no "
                  "], or a text in it needs quotes"));
  EXPECT_THAT(problems_of("name: {a: 1}\n- x\n"),
              ElementsAre("g:2:1: error: not valid YAML: end of map not found; check the "
                          "indentation: keys of one map start in the same column"));
  EXPECT_THAT(problems_of("name: \"x\nb: 1"),
              ElementsAre("g:2:5: error: not valid YAML: illegal EOF in scalar; a quote is not "
                          "closed"));
  EXPECT_THAT(
      problems_of("name: @x\n"),
      ElementsAre("g:1:7: error: not valid YAML: unknown token; put a text that starts with "
                  "@, ` or % in quotes"));
  EXPECT_THAT(problems_of("name: *x\n"),
              ElementsAre("g:1:7: error: not valid YAML: the referenced anchor is not defined"));
  EXPECT_THAT(
      problems_of("- a\nname: g\n"),
      ElementsAre("g:2:1: error: not valid YAML: the text goes on after the end of what came "
                  "before; check the indentation"));
}

TEST(Yaml, ColumnsCountCharacters) {
  EXPECT_THAT(problems_of("näme: äöü: b\n"), ElementsAre(HasSubstr("g:1:10: error: not valid")));
}

TEST(Yaml, AByteOrderMarkIsLeftOut) {
  EXPECT_THAT(problems_of("\xEF\xBB\xBFname: 5\nprocesses: {}\n"),
              ElementsAre("g:1:7: error: name must be letters, digits, _ and -, and start with a "
                          "letter or _; it is the number 5",
                          "g:2:12: error: there is no process in the graph"));
}

TEST(Yaml, DuplicateKeysAreFoundAtEveryDepth) {
  EXPECT_THAT(problems_of("name: g\nname: h\nprocesses:\n"
                          "  a: {component: file/write, config: {path: x, path: y}}\n"
                          "connections: []\n"),
              Contains("g:2:1: error: duplicate key \"name\": it is already given at line 1"));
  EXPECT_THAT(
      problems_of("processes:\n  a: {component: file/write, config: {path: x, \"path\": y}}\n"),
      Contains("g:2:48: error: duplicate key \"path\": it is already given at line 2"));
}

TEST(Yaml, KeysAreTexts) {
  EXPECT_THAT(problems_of("? [a]\n: b\n"),
              ElementsAre("g:1:3: error: a key must be a text, not a list"));
  EXPECT_THAT(problems_of("{{a: b}: c}\n"),
              ElementsAre("g:1:2: error: a key must be a text, not a map"));
  EXPECT_THAT(problems_of("name: g\n: b\n"),
              Contains("g:2:1: error: a key must be a text, not nothing"));
}

TEST(Yaml, DeepNestingIsRefusedWhateverItsForm) {
  EXPECT_THAT(problems_of(repeat("[", 10'000) + repeat("]", 10'000)),
              ElementsAre("g:1:65: error: lists and maps are nested more than 64 deep"));
  for (const char* opening : {"{", "- ", "? ", ": ", "[{", "{a: ", "- - ", "[[]", "[a, "}) {
    EXPECT_THAT(problems_of(repeat(opening, 20'000)), SizeIs(1)) << opening;
  }
  std::string block;
  for (int depth = 0; depth < 1000; ++depth) block += repeat(" ", depth) + "a:\n";
  EXPECT_THAT(problems_of(block),
              ElementsAre("g:65:65: error: lists and maps are nested more than 64 deep"));
}

TEST(Yaml, HostileTextsEndInAnError) {
  for (const char* piece :
       {"!a ", "&a ",   "a: ",   "*a ",       "\"", "'", "%", "--- ", "---\n", "|\n", "\t",
        ">",   "...\n", "? a\n", "&a [*a]\n", "}",  "]", ",", "\r",   "#",     "a:\n"}) {
    EXPECT_FALSE(problems_of(repeat(piece, 20'000)).empty()) << piece;
  }
}

TEST(Yaml, AnAliasStandsForWhatItsAnchorNames) {
  const Loaded loaded = load_text(
      "name: g\n"
      "processes:\n"
      "  a: &one {component: core/number, config: &c {count: 4}}\n"
      "  b: *one\n"
      "  c: {<<: *one, config: {<<: *c, count: 6}}\n"
      "  d: {<<: [{on_error: drop}, *one]}\n"
      "  s1: {component: file/write, config: {path: x}}\n"
      "connections: [a -> s1, b -> s1, c -> s1, d -> s1]\n");
  ASSERT_TRUE(loaded.graph) << format(loaded.problems.list().front(), "g");
  const Graph& graph = *loaded.graph;
  EXPECT_EQ(graph.processes[1].config.find("count")->integer, 4);
  EXPECT_EQ(graph.processes[2].config.find("count")->integer, 6);
  EXPECT_EQ(graph.processes[3].component->name, "core/number");
  EXPECT_EQ(graph.processes[3].on_error, OnError::drop);
}

TEST(Yaml, AnAliasInsideItsOwnAnchorIsRefused) {
  EXPECT_THAT(problems_of("name: &a [*a]\n"),
              ElementsAre("g:1:11: error: this alias stands inside what it refers to"));
}

TEST(Yaml, AMergeKeyTakesMaps) {
  EXPECT_THAT(problems_of("name: g\n<<: 5\n"),
              Contains("g:2:5: error: << takes a map or a list of maps, not the number 5"));
}

TEST(Yaml, AnAliasBombIsRefusedBeforeItGoesOff) {
  std::string bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x]\n";
  for (int i = 1; i < 30; ++i) {
    const std::string before = "*a" + std::to_string(i - 1);
    bomb += "a" + std::to_string(i) + ": &a" + std::to_string(i) + " [" + before +
            repeat(", " + before, 8) + "]\n";
  }
  EXPECT_THAT(
      problems_of(bomb),
      ElementsAre(HasSubstr("error: the file becomes too large, with what its aliases (*name) "
                            "stand for: at most 500000 values and 32MiB of text are "
                            "allowed")));
}

TEST(Yaml, AliasesOfLongTextsAreBoundedToo) {
  const std::string text =
      "a: &a " + repeat("x", 1'000'000) + "\nb: [*a" + repeat(", *a", 100) + "]\n";
  EXPECT_THAT(problems_of(text), ElementsAre(HasSubstr("error: the file becomes too large")));
}

TEST(Yaml, AliasesCannotDeepenBeyondTheLimit) {
  std::string text = "a0: &a0 [x]\n";
  for (int i = 1; i < 70; ++i) {
    text += "a" + std::to_string(i) + ": &a" + std::to_string(i) + " [*a" + std::to_string(i - 1) +
            "]\n";
  }
  EXPECT_THAT(problems_of(text),
              ElementsAre(HasSubstr("error: lists and maps are nested more than 64 deep")));
}

TEST(Yaml, OneDocumentAFile) {
  EXPECT_THAT(
      problems_of("name: a\n---\nname: b\n"),
      ElementsAre("g:2:1: error: a second document starts here: a graph file holds one graph, "
                  "so put this one in a file of its own"));
}

TEST(Yaml, TextsThatAreNotUtf8AreRefused) {
  EXPECT_THAT(problems_of("name: g\n# caf\xE9\n"),
              ElementsAre("g:2:6: error: the file is not UTF-8: save it as UTF-8 text"));
  EXPECT_THAT(problems_of("\xFF\xFEn\0a\0"),
              ElementsAre(HasSubstr("g:1:1: error: the file is not")));
  EXPECT_THAT(problems_of("name: \xF0\x9F\x98"),
              ElementsAre(HasSubstr("g:1:7: error: the file is")));
}

TEST(Yaml, ControlCharactersAreRefused) {
  EXPECT_THAT(problems_of(std::string("name: g\0x\n", 10)),
              ElementsAre("g:1:8: error: the control character 0x00 cannot stand in a graph file: "
                          "write it as an escape in double quotes, \"\\x00\""));
}

TEST(Yaml, AHugeFileIsRefused) {
  EXPECT_THAT(problems_of(std::string(SourceText::size_max + 1, ' ')),
              ElementsAre("g: error: the file is larger than 4MiB, the most that a graph file may "
                          "have"));
}

TEST(Yaml, TagsAreRefusedButThatOfTexts) {
  EXPECT_THAT(problems_of("name: !foo g\nprocesses: {}\n"),
              Contains("g:1:7: error: the tag \"!foo\" means nothing in a graph file; remove it"));
  EXPECT_THAT(problems_of("name: !!str g\nprocesses: {a: {component: core/number}}\n"
                          "connections: []\n"),
              ElementsAre("g:2:13: error: a.out is not connected, and core/number needs it: add a "
                          "connection \"a.out -> ...\""));
}

TEST(Yaml, JsonIsYaml) {
  EXPECT_THAT(problems_of(R"({"name":"g","processes":{"a":{"component":"core/number"},
    "b":{"component":"core/pass"},"c":{"component":"file/write","config":{"path":"x"}}},
    "connections":["a -> b -> c"]})"),
              IsEmpty());
}

}  // namespace
}  // namespace weir::graph::testing
