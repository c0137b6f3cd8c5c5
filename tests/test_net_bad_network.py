"""The bad network itself: everything holds, and what does not is found out."""

import pathlib
import re
import subprocess
import sys
import unittest

import bad_network
from support.case import scratch_directory

PROGRAM = pathlib.Path(bad_network.__file__)


class Tampered(bad_network.BadNetwork):
    """Behind its own back it kills the worker to which nothing happens, and runs a job that nobody
    was given.
    """

    def open_and_shut(self):
        job_id = next(iter(self.world.planned))
        with open(self.world.runs, "a", encoding="utf-8") as runs:
            runs.write(f"start {job_id} 999999 1 lucky 1.00\nend {job_id} 999999 1 lucky 2.00\n")
        self.world.submit(
            *(self.world.job(f"x{n}", 4, queue="default", priority=1) for n in range(30))
        )
        self.world.await_record(
            "x0", lambda record: record["state"] in ("running", "completed"), seconds=30
        )
        self.world.kill_worker("lucky")

    def disturb(self, seconds):
        super().disturb(seconds)
        self.open_and_shut()


class BadNetworks(unittest.TestCase):

    def test_half_a_minute(self):
        done = subprocess.run(
            [sys.executable, str(PROGRAM), "--seconds", "30", "--seed", "1"],
            capture_output=True,
            text=True,
            timeout=280,
            check=False,
        )
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        self.assertRegex(done.stdout.splitlines()[-1], r"^12 passed, 0 failed, [04] skipped$")
        again = int(re.search(r"^figure net.jobs_executed_again (\d+) ", done.stdout, re.M)[1])
        self.assertGreater(again, 0, "nothing was disturbed")

    def test_tampering_is_found_out(self):
        tampered = Tampered(scratch_directory(self), 1, None)
        self.addCleanup(tampered.close)
        against, _ = tampered.run(4)
        broken = {claim for claim, texts in against.items() if texts}
        self.assertLessEqual(
            {bad_network.NO_LOSS_UNEXPLAINED, "nothing ran without a lease"}, broken
        )
        self.assertLessEqual(
            broken,
            {
                bad_network.NO_LOSS_UNEXPLAINED,
                "nothing ran without a lease",
                "every further execution has a recorded cause",
                "executions overlap only where a worker was not heard of",
            },
            against,
        )


if __name__ == "__main__":
    unittest.main()
