"""Runs the programs of this folder for their tests."""

import pathlib
import re
import subprocess
import sys
import unittest


def run(name, *options, seconds=600):
    """Returns its CompletedProcess. A program that could do nothing skips the test, saying why."""
    path = pathlib.Path(__file__).with_name(name)
    done = subprocess.run(
        [sys.executable, str(path), *[str(word) for word in options]],
        capture_output=True,
        text=True,
        timeout=seconds,
        check=False,
    )
    reasons = re.findall(r"^skipped: (.*)$", done.stdout, re.MULTILINE)
    if reasons and counts(done)[0] == 0:
        raise unittest.SkipTest("; ".join(reasons))
    return done


def counts(done):
    """(passed, failed, skipped) of its last line."""
    lines = done.stdout.splitlines() or [""]
    match = re.fullmatch(r"(\d+) passed, (\d+) failed, (\d+) skipped", lines[-1])
    if not match:
        raise AssertionError(f"no counts at the end of\n{done.stdout}{done.stderr}")
    return tuple(int(number) for number in match.groups())


class ProgramCase(unittest.TestCase):

    def assert_passes(self, name, *options):
        done = run(name, *options)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        passed, failed, _ = counts(done)
        self.assertGreater(passed, 0, done.stdout)
        self.assertEqual(failed, 0, done.stdout)

    def assert_found_out(self, expected, name, *options):
        done = run(name, *options)
        self.assertEqual(done.returncode, 1, done.stdout + done.stderr)
        self.assertGreater(counts(done)[1], 0, done.stdout)
        self.assertRegex(done.stdout, expected)
