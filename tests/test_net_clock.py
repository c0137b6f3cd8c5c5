"""The wall clock jumps: the program that measures it passes, and fails when the steady clock jumps
too.
"""

import pathlib
import subprocess
import sys
import time
import unittest

from net.time_probes import Measured
from net.wall_clock import YEAR_SECONDS, WallClock, wall_clock_or_skip, what_is_wrong
from support.case import scratch_directory
from support.jobs import take
from support.processes import Server

DELAY_MS = 3000
PROGRAM = pathlib.Path(__file__).resolve().with_name("clock_jumps.py")


class Jumps(unittest.TestCase):

    def setUp(self):
        wall_clock_or_skip(scratch_directory(self))

    def run_program(self, *options):
        return subprocess.run(
            [sys.executable, str(PROGRAM), *options],
            capture_output=True,
            text=True,
            timeout=240,
            check=False,
        )

    def test_no_length_of_time_ends_early_or_never(self):
        done = self.run_program("--seconds", "12", "--seed", "1")
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        self.assertRegex(done.stdout.splitlines()[-1], r"^\d+ passed, 0 failed, 0 skipped$")

    def test_steady_clock_that_jumps_is_found_out(self):
        done = self.run_program("--seconds", "4", "--seed", "1", "--steady-too")
        self.assertEqual(done.returncode, 1, done.stdout + done.stderr)
        self.assertIn("still waits", done.stdout)


class OverARestart(unittest.TestCase):
    """A machine whose clock was far ahead, and is right after its next start."""

    def test_nobody_waits_for_years(self):
        directory = scratch_directory(self)
        clock = wall_clock_or_skip(directory)
        clock.jump(10 * YEAR_SECONDS)
        server = Server(directory, environment=clock.environment()).start()
        self.addCleanup(server.stop)
        with server.connect() as client:
            client.do("submit_job", job_id="delayed", duration=1, delay_ms=DELAY_MS)
            retry = {"backoff_ms": DELAY_MS, "jitter": 0}
            client.do("submit_job", job_id="failed", queue="f", duration=1, retry=retry)
            lease = take(client, "w", queues=["f"], lease_ms=60_000)["lease"]
            client.do("job_failed", job_id="failed", lease=lease, error={"message": "m"})
            server.kill()
        clock.jump(0)
        server.start()
        began = time.monotonic()
        with server.connect(90.0) as client:
            for queue in ("default", "f"):
                taken = take(client, "w", queues=[queue], wait_ms=60_000)
                self.assertIn(taken["job_id"], ("delayed", "failed"))
        self.assertGreaterEqual(1000 * (time.monotonic() - began), DELAY_MS - 500)


class Clock(unittest.TestCase):

    def test_library_that_does_nothing_is_noticed(self):
        clock = WallClock(scratch_directory(self), "/nowhere/libfaketime.so")
        self.assertEqual(what_is_wrong(clock), "libfaketime does not move the wall clock here")

    def test_steady_clock_that_moves_is_noticed(self):
        working = wall_clock_or_skip(scratch_directory(self))
        clock = WallClock(scratch_directory(self), working.library, steady_too=True)
        self.assertEqual(what_is_wrong(clock), "libfaketime moves the steady clock too")

    def test_early_and_late_are_noted(self):
        measured = Measured()
        for took_ms in (1000.0, 999.0, 990.0, 1500.0):
            measured.note("x", 1000, took_ms)
        self.assertEqual(measured.count, 4)
        self.assertEqual(measured.early, ["x: 990 ms instead of 1000"])
        self.assertEqual(measured.latest_ms, 500.0)


if __name__ == "__main__":
    unittest.main()
