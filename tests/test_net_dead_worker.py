"""How soon a dead worker's jobs run again: the program that measures it, and what it calls early,
late and missing.
"""

import pathlib
import subprocess
import sys
import unittest

from dead_worker import DeadWorkers, summary

PROGRAM = pathlib.Path(__file__).resolve().with_name("dead_worker.py")


class DeadWorker(unittest.TestCase):

    def test_jobs_of_the_dead_run_again(self):
        done = subprocess.run(
            [sys.executable, str(PROGRAM), "--count", "30", "--seed", "1"],
            capture_output=True,
            text=True,
            timeout=240,
            check=False,
        )
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        self.assertEqual(done.stdout.splitlines()[-1], "17 passed, 0 failed, 0 skipped")
        self.assertIn("figure dead.session_closed_p99_ms ", done.stdout)

    def test_figures(self):
        self.assertEqual(
            summary("x", [float(ms) for ms in range(200, 0, -1)]),
            {"x_count": 200, "x_p50_ms": 101, "x_p99_ms": 199, "x_longest_ms": 200},
        )

    def test_early_late_and_missing_are_found_out(self):
        judge = DeadWorkers.__new__(DeadWorkers)
        for times, early, missing in (
            ([2000.0, 2100.0], 0, 0),
            ([1990.0, 2100.0], 1, 0),
            ([2100.0], 0, 1),
            ([2000.0, 17_001.0], 0, 1),
        ):
            judge.against = {}
            judge.note("x", times, 2000, 2000, 2)
            self.assertEqual(
                [len(texts) for texts in judge.against.values()], [early, missing], times
            )


if __name__ == "__main__":
    unittest.main()
