"""Damaged files of a killed server (crash/rot_loop.py): a few, and an answer that it must find
wrong.
"""

import unittest

from crash.programs import ProgramCase

LOOP = "rot_loop.py"


class Rot(ProgramCase):

    def test_a_few_damages(self):
        self.assert_passes(LOOP, "--count", 12, "--seed", 1)

    def test_a_job_that_nobody_submitted(self):
        self.assert_found_out("serves something else", LOOP, "--count", 1, "--seed", 1, "--canary")


if __name__ == "__main__":
    unittest.main()
