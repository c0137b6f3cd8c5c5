"""More submissions than can be worked off: a short form of load_limits.py's overload."""

import unittest

from load import overload
from support.case import scratch_directory


class Overload(unittest.TestCase):

    def test_goodput_comes_back(self):
        broken, figures, _ = overload.run(scratch_directory(self), seconds=4.0, share=0.5)
        self.assertEqual(broken, {claim: [] for claim in overload.CLAIMS})
        self.assertGreater(figures["overload_refused"] + figures["overload_left_unread"], 0)


if __name__ == "__main__":
    unittest.main()
