"""What the program was built with to keep a fault from becoming an attack, read off the binary."""

import re
import subprocess
import sys
import unittest

PROGRAM = sys.argv.pop()


def readelf(*options):
    return subprocess.run(["readelf", "--wide", *options, PROGRAM], check=True,
                          capture_output=True, text=True).stdout


class Hardening(unittest.TestCase):
    def test_is_position_independent(self):
        self.assertRegex(readelf("-h"), r"Type:\s+DYN")
        self.assertRegex(readelf("-d"), r"FLAGS_1\).*\bPIE\b")

    def test_relocations_are_resolved_at_the_start_and_read_only(self):
        self.assertIn("GNU_RELRO", readelf("-l"))
        self.assertRegex(readelf("-d"), r"FLAGS_1\).*\bNOW\b")

    def test_the_stack_is_not_executable(self):
        stack = next(line for line in readelf("-l").splitlines() if "GNU_STACK" in line)
        self.assertNotIn("E", stack.split("GNU_STACK")[1].replace("0x", ""))

    def test_stacks_are_protected_and_sizes_checked(self):
        symbols = readelf("--dyn-syms")
        self.assertIn("__stack_chk_fail", symbols)
        self.assertRegex(symbols, r"__(?:memcpy|memmove|read|recv|snprintf|vsnprintf|poll)_chk")

    @unittest.skipUnless(re.search(r"x86-64", readelf("-h"), re.IGNORECASE), "for x86-64")
    def test_control_flow_is_protected(self):
        # The mark is only there if each object has it, system libraries' start files included, so
        # the code is looked at: every function that may be called by address begins with endbr64.
        head = subprocess.run(["objdump", "-d", "--no-show-raw-insn", "--section=.text", PROGRAM],
                              check=True, capture_output=True, text=True).stdout
        self.assertGreater(head.count("endbr64"), 1000)


if __name__ == "__main__":
    unittest.main()
