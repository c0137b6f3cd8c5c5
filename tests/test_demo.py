"""The demonstration as a user starts it: true with a durable server, untrue with one that
forgets, stopped by Ctrl-C.
"""

import os
import pathlib
import signal
import subprocess
import sys
import tempfile
import time
import unittest

from support.processes import binary
from support.waiting import until

DEMO = pathlib.Path(__file__).resolve().parents[1] / "examples" / "demo" / "demo.py"
SECONDS = 40.0
SLOWER_UNDER_SANITIZERS = 4 if os.environ.get("MUSTER_SANITIZER") else 1


def processes_below(directory):
    """Command lines of all living processes that name the directory."""
    found = []
    for path in pathlib.Path("/proc").glob("[0-9]*/cmdline"):
        try:
            words = path.read_bytes().replace(b"\0", b" ").decode(errors="replace")
        except OSError:
            continue
        if str(directory) in words:
            found.append(words)
    return found


class Demo(unittest.TestCase):

    def setUp(self):
        scratch = tempfile.TemporaryDirectory(prefix="muster-demo-test-")
        self.addCleanup(scratch.cleanup)
        self.directory = scratch.name
        self.environment = {**os.environ, "TMPDIR": self.directory}

    def command(self, *options):
        return [sys.executable, str(DEMO), binary(), *options]

    def run_demo(self, *options):
        done = subprocess.run(
            self.command(*options),
            capture_output=True,
            text=True,
            timeout=240,
            check=False,
            env=self.environment,
        )
        self.assertEqual(processes_below(self.directory), [])
        self.assertEqual(os.listdir(self.directory), [])
        return done

    def test_it_is_all_true(self):
        began = time.monotonic()
        done = self.run_demo()
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        self.assertLess(time.monotonic() - began, SECONDS * SLOWER_UNDER_SANITIZERS)
        self.assertEqual([line for line in done.stdout.splitlines() if len(line) > 80], [])
        self.assertNotIn("\x1b", done.stdout)
        self.assertIn("All of it was true.", done.stdout)
        for words in (
            "cut-short",
            "across-4",
            "hopeless",
            "dead",
            "job_status says: cut-short is running on",
        ):
            self.assertIn(words, done.stdout)

    def test_a_server_that_forgets_is_found_out(self):
        done = self.run_demo("--durability", "memory")
        self.assertEqual(done.returncode, 1, done.stdout + done.stderr)
        self.assertIn("across-1 is gone", done.stdout)
        self.assertNotIn("All of it was true.", done.stdout)

    def test_interrupt_stops_everything(self):
        with subprocess.Popen(
            self.command(), stdout=subprocess.PIPE, text=True, env=self.environment
        ) as demo:
            for line in demo.stdout:
                if "starts nap-1" in line:
                    break
            self.assertNotEqual(processes_below(self.directory), [])
            demo.send_signal(signal.SIGINT)
            demo.stdout.read()
            self.assertEqual(demo.wait(60), 130)
        until("the end of all processes", lambda: not processes_below(self.directory))
        self.assertEqual(os.listdir(self.directory), [])


if __name__ == "__main__":
    unittest.main()
