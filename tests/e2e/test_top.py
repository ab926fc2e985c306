"""weir top, on a terminal of its own and without one."""

import fcntl
import os
import pty
import re
import select
import signal
import struct
import subprocess
import termios

import harness
from harness import WEIR, poll

GRAPH = """
name: watched
processes:
  make: {component: core/generate, config: {rate: 1000/s}}
  parse: {component: core/pass}
  write: {component: core/discard}
connections: [make -> parse -> write]
"""

LIMITED = """
name: limited
processes:
  make: {component: core/generate}
  work: {component: core/work, config: {wait: 1ms}, concurrency: 1}
  end: {component: core/discard}
connections: [make -> work -> end]
"""

ENTER, LEAVE = b"\x1b[?1049h", b"\x1b[?1049l"
SHOW_CURSOR = b"\x1b[?25h"


class Top:
    """A `weir top` on a pseudo-terminal."""

    def __init__(self, url, rows=24, columns=100, env=None, arguments=()):
        self.master, self.slave = pty.openpty()
        self.resize(rows, columns, tell=False)
        self.before = termios.tcgetattr(self.slave)
        self.process = subprocess.Popen(
            [WEIR, "top", "--url", url, *arguments], stdin=self.slave, stdout=self.slave,
            stderr=self.slave, start_new_session=True,
            preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0),
            env={**os.environ, "TERM": "xterm", **(env or {})})
        self.output = b""

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        os.close(self.master)
        os.close(self.slave)

    def resize(self, rows, columns, tell=True):
        fcntl.ioctl(self.slave, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
        if tell:
            self.process.send_signal(signal.SIGWINCH)

    def press(self, keys):
        os.write(self.master, keys)

    def read(self):
        while select.select([self.master], [], [], 0)[0]:
            self.output += os.read(self.master, 65536)
        return self.output

    def screen(self):
        """The lines that were drawn last, without styles."""
        frames = self.read().split(b"\x1b[H")
        # The last may not be whole yet.
        whole = [frame for frame in frames[1:] if b"\x1b[J" in frame]
        if not whole:
            return []
        text = re.sub(rb"\x1b\[[0-9;?]*[a-zA-Z]", b"", whole[-1]).decode()
        return text.replace("\r", "").split("\n")

    def wait_screen(self, condition, what):
        return poll(lambda: (lines := self.screen()) and condition(lines) and lines, what)

    def wait(self):
        poll(lambda: self.read() is not None and self.process.poll() is not None, "the end of top")
        self.read()
        return self.process.returncode

    def restored(self):
        return (termios.tcgetattr(self.slave) == self.before and
                self.output.rfind(LEAVE) > self.output.rfind(ENTER) and
                self.output.rfind(SHOW_CURSOR) > 0)


def names(lines):
    return [line[2:].split()[0] for line in lines if re.match(r"[> ] (make|parse|write)\b", line)]


class TopTest(harness.TestCase):
    def test_shows_the_processes_and_takes_keys(self):
        with harness.Weir(GRAPH) as weir, Top(weir.url) as top:
            lines = top.wait_screen(lambda found: len(names(found)) == 3, "the table")
            self.assertIn("watched", lines[0])
            self.assertIn("running", lines[0])
            self.assertEqual(names(lines), ["make", "parse", "write"])
            self.assertIn("q quit", lines[-1])
            self.assertIn(ENTER, top.output)
            top.press(b"r")
            top.wait_screen(lambda found: names(found) == ["write", "parse", "make"], "reverse")
            top.press(b"r")
            top.press(b"s")
            top.wait_screen(lambda found: any("processv" in line for line in found), "a sort")
            top.press(b"\x1b[C")
            top.wait_screen(lambda found: any("packets/sv" in line for line in found), "the next")
            top.press(b"\x1b[D")
            top.wait_screen(lambda found: any("processv" in line for line in found), "and back")
            top.press(b"?")
            top.wait_screen(lambda found: any("starved" in line for line in found), "the help")
            top.press(b"?")
            top.press(b"p")
            top.wait_screen(lambda found: "PAUSED" in found[0], "the pause")
            top.press(b"q")
            self.assertEqual(top.wait(), 0)
            self.assertTrue(top.restored())

    def test_names_and_marks_what_limits_the_graph(self):
        with harness.Weir(LIMITED) as weir, Top(weir.url) as top:
            lines = top.wait_screen(lambda found: any("> work" in line for line in found),
                                    "the mark of what limits")
            self.assertTrue(lines[1].startswith("limited by work, waiting: "), lines[1])
            self.assertIn(b"\x1b[7m> work", top.output)
            row = next(line for line in lines if line.startswith("> work"))
            self.assertRegex(row, r"\d+%")
            self.assertIn("wwwww", row)
            top.press(b"q")
            self.assertEqual(top.wait(), 0)

    def test_fits_the_terminal_as_it_changes(self):
        with harness.Weir(GRAPH) as weir, Top(weir.url, 24, 100) as top:
            top.wait_screen(lambda found: len(names(found)) == 3, "the table")
            for rows, columns in ((7, 40), (5, 20), (3, 10), (1, 5), (50, 200)):
                top.resize(rows, columns)
                lines = top.wait_screen(lambda found: len(found) == rows, f"{rows} rows")
                self.assertLessEqual(max(map(len, lines)), columns)
            self.assertEqual(names(lines), ["make", "parse", "write"])
            top.press(b"q")
            self.assertEqual(top.wait(), 0)

    def test_restores_the_terminal_on_signals(self):
        with harness.Weir(GRAPH) as weir:
            for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT):
                with self.subTest(number=number), Top(weir.url) as top:
                    top.wait_screen(names, "the table")
                    top.process.send_signal(number)
                    self.assertEqual(top.wait(), 0)
                    self.assertTrue(top.restored())

    def test_ctrl_z_gives_the_terminal_back_until_it_goes_on(self):
        with harness.Weir(GRAPH) as weir, Top(weir.url) as top:
            top.wait_screen(names, "the table")
            top.process.send_signal(signal.SIGTSTP)
            poll(lambda: top.read().count(LEAVE) == 1, "the terminal back")
            poll(lambda: stopped(top.process.pid), "the stop")
            self.assertTrue(top.restored())
            top.process.send_signal(signal.SIGCONT)
            poll(lambda: top.read().count(ENTER) == 2, "the table again")
            top.press(b"q")
            self.assertEqual(top.wait(), 0)

    def test_says_that_the_daemon_is_gone_and_goes_on(self):
        with harness.Weir(GRAPH) as weir:
            top = Top(weir.url)
            self.addCleanup(top.__exit__)
            top.wait_screen(names, "the table")
        top.wait_screen(lambda found: any("trying again" in line for line in found), "the loss")
        top.press(b"q")
        self.assertEqual(top.wait(), 0)
        self.assertTrue(top.restored())

    def test_without_colour_there_are_no_styles(self):
        with harness.Weir(GRAPH) as weir, Top(weir.url, env={"NO_COLOR": "1"}) as top:
            top.wait_screen(names, "the table")
            self.assertNotRegex(top.output, rb"\x1b\[[0-9;]*m[^\x1b]*weir")
            top.press(b"q")
            self.assertEqual(top.wait(), 0)

    def test_prints_one_table_where_there_is_no_terminal(self):
        with harness.Weir(GRAPH) as weir:
            result = harness.run("top", "--url", weir.url)
            self.assertEqual((result.returncode, result.stderr), (0, ""))
            self.assertNotIn("\x1b", result.stdout)
            self.assertEqual(names(result.stdout.splitlines()), ["make", "parse", "write"])
            with Top(weir.url, arguments=["--once"]) as top:
                self.assertEqual(top.wait(), 0)
                self.assertNotIn(ENTER, top.output)
                self.assertIn(b"watched", top.output)
            url = weir.url
        gone = harness.run("top", "--url", url)
        self.assertEqual(gone.returncode, 1)
        self.assertIn("no weir answers at", gone.stderr)

    def test_a_missing_daemon_is_said_on_the_terminal_as_it_is(self):
        with harness.Weir(GRAPH) as weir:
            url = weir.url
        with Top(url) as top:
            self.assertEqual(top.wait(), 1)
            self.assertIn(b"no weir answers at", top.output)
            self.assertNotIn(ENTER, top.output)


def stopped(pid):
    with open(f"/proc/{pid}/stat", encoding="ascii") as stat:
        return stat.read().rsplit(")", 1)[1].split()[0] == "T"


if __name__ == "__main__":
    harness.main()
