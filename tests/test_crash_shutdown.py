"""File-system shutdown under load (crash/shutdown_loop.py): a few, and the servers that it must
find out.
"""

import unittest

from crash.programs import ProgramCase

LOOP = "shutdown_loop.py"


class Shutdown(ProgramCase):

    def test_a_few_of_each_kind(self):
        self.assert_passes(LOOP, "--count", 4, "--seed", 1)

    def test_answers_before_the_sync(self):
        self.assert_found_out(
            "lost|not completed",
            *(LOOP, "--count", 5, "--seed", 1, "--fs", "ext4", "--canary", "async"),
        )

    def test_syncs_of_the_journal_that_do_nothing(self):
        self.assert_found_out(
            "lost|not completed",
            *(LOOP, "--count", 5, "--seed", 1, "--fs", "xfs", "--canary", "no-journal-sync"),
        )

    def test_syncs_of_the_store_that_do_nothing(self):
        self.assert_found_out(
            "does not start|lost",
            *(LOOP, "--count", 5, "--seed", 1, "--fs", "ext4", "--canary", "no-store-sync"),
        )


if __name__ == "__main__":
    unittest.main()
