"""The kill loop itself: it passes with a durable server, and fails with one that forgets."""

import pathlib
import subprocess
import sys
import unittest

LOOP = pathlib.Path(__file__).resolve().with_name("kill_loop.py")


class KillLoop(unittest.TestCase):

    def run_loop(self, *options):
        return subprocess.run(
            [sys.executable, str(LOOP), *options],
            capture_output=True,
            text=True,
            timeout=240,
            check=False,
        )

    def test_a_few_kills_of_each_kind(self):
        done = self.run_loop("--kills", "8", "--seed", "1")
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        self.assertEqual(done.stdout.splitlines()[-1], "8 passed, 0 failed")

    def test_a_server_that_forgets_is_found_out(self):
        done = self.run_loop("--kills", "5", "--seed", "1", "--durability", "memory")
        self.assertEqual(done.returncode, 1, done.stdout + done.stderr)
        self.assertIn("lost", done.stdout)


if __name__ == "__main__":
    unittest.main()
