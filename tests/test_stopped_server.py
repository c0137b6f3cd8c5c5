"""A server that was stopped for a while (a debugger, a frozen virtual machine) ages no lease by
it.
"""

import signal
import unittest

from support.case import OwnServerCase
from support.jobs import await_state, register, take

TTL_MS = 1000
STOPPED_SECONDS = 4.0


class StoppedServer(OwnServerCase):
    server_options = ("--durability", "memory")

    def stop_for_a_while(self):
        self.server.process.signal(signal.SIGSTOP)
        self.assertTrue(self.client.quiet_for(STOPPED_SECONDS))
        self.server.process.signal(signal.SIGCONT)

    def test_sessions_and_timed_leases_keep_their_time(self):
        """Both had less than a second left when the server stopped for four."""
        register(self.client, "w", ttl_ms=TTL_MS)
        self.client.do("submit_job", job_id="of_session", duration=1)
        take(self.client, "w")
        self.client.do("submit_job", job_id="timed", duration=1)
        lease = take(self.client, "x", lease_ms=TTL_MS)["lease"]
        self.client.send({"type": "heartbeat", "worker_id": "w", "instance": "i"})
        self.assertEqual(self.client.read()["state"], "running")
        self.stop_for_a_while()
        self.client.send(
            {"type": "heartbeat", "worker_id": "w", "instance": "i"},
            {"type": "job_extend", "job_id": "timed", "lease": lease, "lease_ms": 60_000},
        )
        heartbeat, extended = self.client.read_many(2)
        self.assertEqual(heartbeat.get("state"), "running", heartbeat)
        self.assertNotEqual(extended.get("status"), "error", extended)
        for job in ("of_session", "timed"):
            record = self.client.do("job_status", job_id=job)
            self.assertEqual(
                (record["state"], record["attempt"], record["losses"]), ("running", 1, 0)
            )

    def test_it_goes_on_counting_afterwards(self):
        register(self.client, "w", ttl_ms=TTL_MS)
        self.client.do("submit_job", job_id="a", duration=1)
        take(self.client, "w")
        self.stop_for_a_while()
        self.assertEqual(await_state(self.client, "a", "ready")["losses"], 1)


if __name__ == "__main__":
    unittest.main()
