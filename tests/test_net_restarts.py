"""The restart loop itself: it passes with a durable server, and fails when the server forgets or a
worker does not live.
"""

import pathlib
import subprocess
import sys
import unittest

from restart_loop import NOTHING_TWICE, RestartLoop
from support.case import scratch_directory

LOOP = pathlib.Path(__file__).resolve().with_name("restart_loop.py")


class RestartLoops(unittest.TestCase):

    def run_loop(self, *options):
        return subprocess.run(
            [sys.executable, str(LOOP), *options],
            capture_output=True,
            text=True,
            timeout=240,
            check=False,
        )

    def test_a_few_restarts(self):
        done = self.run_loop("--count", "10", "--seed", "1")
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        self.assertEqual(done.stdout.splitlines()[-1], "11 passed, 0 failed, 0 skipped")
        self.assertIn("figure restarts.restarts 10 ", done.stdout)

    def test_a_server_that_forgets_is_found_out(self):
        done = self.run_loop("--count", "4", "--seed", "1", "--durability", "memory")
        self.assertEqual(done.returncode, 1, done.stdout + done.stderr)
        self.assertIn("is gone", done.stdout)
        self.assertIn("replay: python3 tests/restart_loop.py --count 4 --seed 1", done.stdout)

    def test_a_job_that_runs_again_is_found_out(self):
        """A worker is killed behind the loop's back, and another takes its jobs."""
        loop = RestartLoop(scratch_directory(self), "sync", seed=1)
        self.addCleanup(loop.world.close)
        loop.start_workers(1)
        loop.world.submit(*(loop.world.job(f"long{n}", 3) for n in range(12)))
        loop.world.await_record("long0", lambda record: record["state"] == "running")
        loop.world.kill_worker("r1w0")
        loop.restart()
        self.assertTrue(loop.world.await_end())
        against, counted = loop.world.judge()
        against[NOTHING_TWICE] = list(loop.ran_twice(counted))
        self.assertEqual([claim for claim, texts in against.items() if texts], [NOTHING_TWICE])


if __name__ == "__main__":
    unittest.main()
