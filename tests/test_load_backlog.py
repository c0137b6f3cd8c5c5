"""Many waiting jobs and many readers that do not read: a small form of load_limits.py's backlog."""

import unittest

from load import backlog
from support.case import scratch_directory


class Backlog(unittest.TestCase):

    def test_stalled_readers_cost_little_and_disturb_nobody(self):
        """Each of them may have 8 MiB of answers waiting; all together they may not."""
        broken, figures, _ = backlog.run(scratch_directory(self), 50_000, 500, 256)
        self.assertEqual(broken, {claim: [] for claim in backlog.CLAIMS})
        self.assertEqual(figures["backlog_jobs"], 50_000)
        self.assertEqual(figures["backlog_completions"], backlog.HELD)

    def test_a_limit_that_is_too_small_is_noticed(self):
        """More jobs than fit: whether by the kernel's hand or by the peak, it is told."""
        broken, _, _ = backlog.run(scratch_directory(self), 50_000, 10, 48)
        self.assertNotEqual(broken[backlog.CLAIMS[1]], [])


if __name__ == "__main__":
    unittest.main()
