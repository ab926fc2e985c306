"""The example of every component, run as its reference page shows it."""

import json
import tempfile
from pathlib import Path

import harness


class Examples(harness.TestCase):
    def run_example(self, component):
        example = component["example"]
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder)
            for name, content in example.get("files_before", {}).items():
                (path / name).write_text(content)
            (path / "graph.yaml").write_text(example["graph"])
            checked = harness.run("check", "graph.yaml", cwd=path)
            self.assertEqual(checked.returncode, 0, checked.stderr)
            if example.get("endless"):
                return
            result = harness.run("run", "graph.yaml", "--listen", "127.0.0.1:0", cwd=path,
                                 stdin=example.get("input", ""))
            self.assertEqual(result.returncode, 0, result.stderr)
            self.assertEqual(result.stdout, example.get("output", ""))
            for name, content in example.get("files_after", {}).items():
                self.assertEqual((path / name).read_text(), content, name)

    def test_every_example_does_what_it_says(self):
        listed = harness.run("components", "--json")
        self.assertEqual(listed.returncode, 0, listed.stderr)
        components = json.loads(listed.stdout)
        self.assertGreater(len(components), 0)
        for component in components:
            with self.subTest(component=component["name"]):
                self.run_example(component)


if __name__ == "__main__":
    harness.main()
