"""Worker sessions: who holds which job, and when a worker counts as lost."""

import time
import unittest

from support.case import SharedServerCase
from support.jobs import await_state, register, state

# A closed last connection: 2 s of grace and a quarter of a second to notice.
CLOSED_SECONDS = 2.25
# What this machine may add under load before a test calls the server late.
SLACK_SECONDS = 1.0


class Sessions(SharedServerCase):
    server_options = ("--durability", "memory")

    def register(self, connection, worker_id="w", instance="i1", **fields):
        return register(
            connection,
            self.job(worker_id),
            instance=instance,
            queues=[self.queue],
            concurrency=4,
            **fields,
        )

    def request(self, connection, worker_id="w", **fields):
        return connection.do(
            "request_job", worker_id=self.job(worker_id), queues=[self.queue], **fields
        )

    def heartbeat(self, connection, worker_id="w", instance="i1", **fields):
        return connection.ask(
            {"type": "heartbeat", "worker_id": self.job(worker_id), "instance": instance, **fields}
        )

    def test_registration_says_how_often_to_report(self):
        answer = self.register(self.client)
        self.assertEqual((answer["ttl_ms"], answer["heartbeat_ms"]), (10_000, 30_000))
        self.submit("a")
        self.request(self.client)
        self.assertEqual(self.heartbeat(self.client)["heartbeat_ms"], 3000)
        self.assertEqual(self.heartbeat(self.client)["state"], "running")

    def test_registered_worker_gets_all_fields_and_appears_in_lists(self):
        self.register(self.client, labels={"zone": "a"}, host="h", pid=7, version="v")
        job = self.submit("a")
        taken = self.request(self.client)
        self.assertLessEqual({"job_id", "lease", "attempt", "duration"}, set(taken))
        record = self.client.do("job_status", job_id=job)
        self.assertEqual((record["worker_id"], record["lease"]), (self.job("w"), taken["lease"]))
        (worker,) = [
            row
            for row in self.client.do("list_workers")["workers"]
            if row["worker_id"] == self.job("w")
        ]
        self.assertEqual(
            (worker["running"], worker["concurrency"], worker["host"], worker["labels"]),
            (1, 4, "h", {"zone": "a"}),
        )

    def test_same_instance_on_another_connection_keeps_its_jobs(self):
        first = self.connect()
        self.register(first)
        job = self.submit("a")
        lease = self.request(first)["lease"]
        self.assertIs(self.register(self.client)["resumed"], True)
        first.close()
        self.client.do("job_extend", job_id=job, lease=lease, lease_ms=60_000)
        self.client.do("job_complete", job_id=job, lease=lease)

    def test_other_instance_takes_the_name_and_the_jobs_go_back(self):
        old = self.connect()
        self.register(old, instance="old")
        job = self.submit("a")
        lease = self.request(old)["lease"]
        self.register(self.client, instance="new")
        self.assertEqual(state(self.client, job), "ready")
        self.assertEqual(self.heartbeat(old, instance="old")["code"], "session_replaced")
        again = self.request(self.client)
        self.assertEqual((again["job_id"], again["attempt"]), (job, 2))
        self.assertEqual(
            self.client.refusal("job_complete", job_id=job, lease=lease)["code"], "lease_lost"
        )

    def test_silent_worker_is_lost_after_its_ttl(self):
        self.register(self.client, ttl_ms=1000)
        began = time.monotonic()
        job = self.submit("a")
        self.request(self.client)
        watcher = self.connect()
        record = await_state(watcher, job, "ready")
        self.assertLess(time.monotonic() - began, 1.25 + SLACK_SECONDS)
        self.assertEqual((record["losses"], record["attempts"][0]["outcome"]), (1, "worker_lost"))
        self.assertEqual(self.heartbeat(self.client)["code"], "session_unknown")
        self.register(self.client)
        self.assertEqual(self.request(self.client)["job_id"], job)

    def test_heartbeats_keep_the_jobs_of_a_short_ttl(self):
        """Each heartbeat is sent as late as it may; the job outlives three terms."""
        self.register(self.client, ttl_ms=1500)
        job = self.submit("a")
        self.request(self.client)
        began = time.monotonic()
        while time.monotonic() - began < 4.5:
            self.assertTrue(self.client.quiet_for(0.5))
            self.assertEqual(self.heartbeat(self.client)["state"], "running")
        self.assertEqual(self.client.do("job_status", job_id=job)["attempt"], 1)

    def test_closed_last_connection_loses_the_worker_soon(self):
        connection = self.connect()
        self.register(connection, ttl_ms=60_000)
        job = self.submit("a")
        self.request(connection)
        began = time.monotonic()
        connection.close()
        await_state(self.client, job, "ready")
        took = time.monotonic() - began
        self.assertLess(took, CLOSED_SECONDS + SLACK_SECONDS)
        self.assertGreater(took, 1.5)

    def test_return_within_the_grace_keeps_the_jobs(self):
        connection = self.connect()
        self.register(connection, ttl_ms=60_000)
        job = self.submit("a")
        lease = self.request(connection)["lease"]
        connection.reset()
        self.register(self.client, ttl_ms=60_000)
        other = self.connect()
        self.register(other, worker_id="clock", ttl_ms=60_000)
        clock = self.submit("clock.job", queue=self.queue)
        self.request(other, worker_id="clock")
        other.close()
        await_state(self.client, clock, "ready")  # closed later than ours, and lost by now
        self.assertEqual(self.client.do("job_status", job_id=job)["attempt"], 1)
        self.client.do("job_complete", job_id=job, lease=lease)

    def test_leases_that_the_worker_never_heard_of_go_back_uncharged(self):
        """An assignment was lost on its way, with a server that died; the worker says what it
        holds when it registers again."""
        self.register(self.client)
        held, unheard = self.submit("held"), self.submit("unheard")
        lease = self.request(self.client)["lease"]
        self.request(self.client)
        self.register(self.client, held=[{"job_id": held, "lease": lease}])
        self.assertEqual(state(self.client, held), "running")
        record = self.client.do("job_status", job_id=unheard)
        self.assertEqual((record["state"], record["losses"]), ("ready", 0))
        self.assertEqual(record["attempts"][0]["outcome"], "undelivered")

    def test_heartbeat_of_nobody(self):
        self.assertEqual(self.heartbeat(self.client, worker_id="nobody")["code"], "session_unknown")

    def test_heartbeat_tells_of_cancelled_jobs(self):
        self.register(self.client)
        job = self.submit("a")
        lease = self.request(self.client)["lease"]
        self.client.do("cancel_job", job_id=job)
        self.assertEqual(self.heartbeat(self.client)["cancel"], [{"job_id": job, "lease": lease}])

    def test_progress_shows_in_the_status(self):
        self.register(self.client)
        job = self.submit("a")
        lease = self.request(self.client)["lease"]
        self.heartbeat(
            self.client, progress=[{"job_id": job, "lease": lease, "percent": 40, "note": "page 2"}]
        )
        record = self.client.do("job_status", job_id=job)
        self.assertEqual((record["percent"], record["note"]), (40, "page 2"))

    def test_worker_gets_only_the_job_types_it_registered(self):
        register(self.client, self.job("w"), queues=[self.queue], job_types=["mail"])
        self.submit("a")
        self.assertEqual(self.request(self.client)["type"], "no_job")
        mail = self.submit("b", job_type="mail")
        self.assertEqual(self.request(self.client)["job_id"], mail)


if __name__ == "__main__":
    unittest.main()
