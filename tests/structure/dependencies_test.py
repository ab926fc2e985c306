"""Dependencies between folders point one way, and public headers stay light."""

import pathlib
import re
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]

# What a folder of src/ may include from others; include/weir is open to all.
ALLOWED = {
    "packet": set(),
    "spec": {"packet"},
    "connection": {"packet"},
    "graph": {"spec"},
    "scheduler": set(),
    "resource": set(),
    "runtime": {"resource", "connection", "scheduler", "graph", "spec", "packet"},
    "metrics": {"runtime"},
    "tuning": {"runtime", "scheduler", "graph"},
    "diagnosis": {"tuning", "runtime", "resource", "graph"},
    "os": set(),
    "net": set(),
    "http": {"net", "metrics", "runtime", "tuning", "diagnosis"},
    "cli": {"diagnosis", "tuning", "http", "net", "metrics", "runtime", "scheduler", "graph", "spec", "os"},
}

INCLUDE = re.compile(r'^\s*#include\s+(["<])([^">]+)[">]', re.MULTILINE)


def includes(path):
    """(quoted, name) of every include of a file."""
    return [(quote == '"', name) for quote, name in INCLUDE.findall(path.read_text())]


def sources(folder):
    return [path for path in sorted(folder.rglob("*")) if path.suffix in (".cpp", ".hpp")]


class Dependencies(unittest.TestCase):
    def test_folders_include_only_what_lies_below_them(self):
        for folder, allowed in ALLOWED.items():
            files = sources(ROOT / "src" / folder)
            self.assertTrue(files, f"src/{folder} has no sources")
            for path in files:
                for quoted, name in includes(path):
                    target = name.split("/")[0]
                    if quoted and target not in {"weir", folder}:
                        self.assertIn(target, allowed, f"{path.relative_to(ROOT)} includes {name}")

    def test_every_folder_of_src_is_known(self):
        folders = {path.name for path in (ROOT / "src").iterdir() if path.is_dir()}
        self.assertEqual(folders, set(ALLOWED) | {"components", "dashboard"})

    def test_components_include_only_weir_net_os_and_each_other(self):
        components = ROOT / "src" / "components"
        areas = {path.name for path in components.iterdir()}
        for path in sources(components):
            for quoted, name in includes(path):
                target, _, file = name.partition("/")
                if quoted and target not in {"weir", "net", "os"}:
                    self.assertIn(target, areas, f"{path.relative_to(ROOT)} includes {name}")
                    self.assertTrue(file.startswith("_"),
                                    f"{path.relative_to(ROOT)} includes {name}: only files whose "
                                    "name starts with _ are shared between components")

    def test_public_headers_include_only_themselves_and_the_standard_library(self):
        for path in sources(ROOT / "include" / "weir"):
            for quoted, name in includes(path):
                label = f"{path.relative_to(ROOT)} includes {name}"
                if quoted:
                    self.assertTrue(name.startswith("weir/"), label)
                else:
                    self.assertNotIn("/", name, label)


if __name__ == "__main__":
    unittest.main()
