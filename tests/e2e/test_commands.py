"""The commands that print: components, graph, schema."""

import json
import tempfile
from pathlib import Path

import harness

GRAPH = """
name: drawn
processes:
  make: {component: core/generate, config: {count: 10}}
  keep: {component: core/filter, config: {where: {field: a, exists: true}}}
  end: {component: core/discard}
connections: [make -> keep -> end, keep.else -> end]
"""


class Commands(harness.TestCase):
    def output(self, *arguments, stdin=""):
        result = harness.run(*arguments, stdin=stdin)
        self.assertEqual((result.returncode, result.stderr), (0, ""), arguments)
        return result.stdout

    def test_components_are_listed_and_documented(self):
        components = json.loads(self.output("components", "--json"))
        listed = self.output("components")
        for component in components:
            name = component["name"]
            self.assertIn(name, listed)
            text = self.output("components", name)
            self.assertIn(component["summary"], text)
            for option in component["options"]:
                self.assertIn(option["name"], text)
            self.assertEqual(json.loads(self.output("components", name, "--json")), component)

    def test_graphs_are_drawn(self):
        self.assertTrue(self.output("graph", "-", stdin=GRAPH).startswith("digraph"))
        self.assertIn("flowchart", self.output("graph", "-", "--format", "mermaid", stdin=GRAPH))
        drawn = json.loads(self.output("graph", "-", "--format", "json", stdin=GRAPH))
        self.assertEqual([process["name"] for process in drawn["processes"]],
                         ["make", "keep", "end"])
        self.assertIn("keep.else -> end.in",
                      [connection["name"] for connection in drawn["connections"]])

    def test_the_schema_is_json(self):
        schema = json.loads(self.output("schema"))
        self.assertIn("processes", schema["properties"])

    def test_docs_writes_the_reference_pages_and_leaves_other_files_alone(self):
        with tempfile.TemporaryDirectory() as folder:
            other = Path(folder) / "components" / "mine.md"
            other.parent.mkdir()
            other.write_text("mine")
            self.output("docs", folder)
            self.assertEqual(other.read_text(), "mine")
            self.assertIn("`weir_packets_total`", (Path(folder) / "metrics.md").read_text())
            self.assertTrue((Path(folder) / "components" / "core" / "filter.md").exists())


if __name__ == "__main__":
    harness.main()
