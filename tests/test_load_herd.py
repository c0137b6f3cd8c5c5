"""Many workers come back at once: a small form of load_limits.py's herd."""

import unittest

from load import herd
from support.case import scratch_directory

TTL_MS = 30_000  # on a machine that does other things as well


class Herd(unittest.TestCase):

    def test_no_lease_is_lost(self):
        broken, figures, _ = herd.run(scratch_directory(self), 1000, TTL_MS)
        self.assertEqual(broken, {claim: [] for claim in herd.CLAIMS})
        self.assertEqual(figures["herd_completions"], 1000)

    def test_a_server_that_forgets_is_found_out(self):
        broken, _, _ = herd.run(scratch_directory(self), 50, TTL_MS, "--durability", "memory")
        self.assertNotEqual(broken[herd.CLAIMS[1]], [])


if __name__ == "__main__":
    unittest.main()
