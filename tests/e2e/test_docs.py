"""The reference pages in docs/ are those that this program writes."""

import tempfile
from pathlib import Path

import harness


def pages(folder):
    written = [folder / "metrics.md", *sorted((folder / "components").rglob("*.md"))]
    return {str(path.relative_to(folder)): path.read_text() for path in written if path.exists()}


class Docs(harness.TestCase):
    def test_the_reference_pages_are_not_stale(self):
        with tempfile.TemporaryDirectory() as folder:
            result = harness.run("docs", folder)
            self.assertEqual(result.returncode, 0, result.stderr)
            written = pages(Path(folder))
        kept = pages(harness.SOURCE / "docs")
        self.assertGreater(len(written), 1)
        self.assertEqual(sorted(written), sorted(kept), 
                         "run: weir docs docs; delete the pages of components that are gone")
        for name, text in written.items():
            self.assertEqual(text, kept[name], f"docs/{name} is stale; run: weir docs docs")


if __name__ == "__main__":
    harness.main()
