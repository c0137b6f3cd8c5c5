"""Connections that never send, send slowly or read slowly: load_limits.py's idle, shortly."""

import signal
import unittest

from load import idle
from load.bystander import Bystander
from support.case import scratch_directory
from support.processes import Server


class Idle(unittest.TestCase):

    def test_nobody_is_disturbed(self):
        broken, figures, _ = idle.run(scratch_directory(self), 2000, seconds=5.0, seed=1)
        self.assertEqual(broken, {claim: [] for claim in idle.CLAIMS})
        self.assertGreaterEqual(figures["idle_connections"], 100)

    def test_a_server_that_does_not_answer_is_noticed(self):
        server = Server(scratch_directory(self)).start()
        self.addCleanup(server.stop)
        bystander = Bystander(server, patience=1.0)
        server.process.signal(signal.SIGSTOP)
        with bystander:
            bystander.answered.wait(10.0)
        server.process.signal(signal.SIGCONT)
        self.assertIn("TimeoutError", bystander.broken(1.0)[0])


if __name__ == "__main__":
    unittest.main()
