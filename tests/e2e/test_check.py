"""Bad graph files: `weir check` says everything that is wrong, and exits with 2."""

import harness

BAD = harness.SOURCE / "tests" / "bad"


class Check(harness.TestCase):
    def test_every_bad_file_gets_its_errors(self):
        files = sorted(BAD.glob("*.yaml"))
        self.assertGreater(len(files), 0)
        for file in files:
            with self.subTest(file=file.name):
                result = harness.run("check", file.name, cwd=BAD)
                self.assertEqual(result.stderr, file.with_suffix(".expected").read_text())
                warnings_only = "error:" not in result.stderr
                self.assertEqual(result.returncode, 0 if warnings_only else 2)

    def test_a_file_that_is_not_there_or_not_readable(self):
        for path in (BAD / "nothing.yaml", BAD):
            result = harness.run("check", path)
            self.assertEqual(result.returncode, 2)
            self.assertIn(str(path), result.stderr)


if __name__ == "__main__":
    harness.main()
