"""File calls that fail (crash/call_faults.py): a few, and a server that it must find out."""

import unittest

from crash.programs import ProgramCase

PROGRAM = "call_faults.py"


class CallFaults(ProgramCase):

    def test_a_few(self):
        self.assert_passes(PROGRAM, "--count", 12, "--seed", 1)

    def test_a_full_disk_under_the_store(self):
        """RocksDB's own text log once ended the process here."""
        self.assert_passes(PROGRAM, "--fault", "write:store:1+:ENOSPC", "--seed", 1)

    def test_a_sync_that_reports_success_and_loses_data(self):
        self.assert_found_out("lost|does not start", PROGRAM, "--canary", "--seed", 1)


if __name__ == "__main__":
    unittest.main()
