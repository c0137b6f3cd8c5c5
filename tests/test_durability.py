"""What was acknowledged outlives kill -9, and what lives on keeps its leases."""

import threading
import unittest

from support.case import OwnServerCase
from support.jobs import all_jobs, await_end, register, state, take
from support.lines import ConnectionEnded


class KilledServer(OwnServerCase):

    def restart(self):
        self.client.close()
        self.server.restart()
        self.client = self.connect()

    def test_submitted_jobs_are_there_with_every_field(self):
        jobs = [
            {
                "job_id": f"n{number}",
                "queue": f"q{number % 3}",
                "job_type": "t",
                "priority": number % 5,
                "payload": {"n": number, "text": "ä" * number},
                "timeout_ms": 60_000,
                "tags": ["a"],
            }
            for number in range(200)
        ]
        self.client.do("submit_jobs", jobs=jobs)
        before = list(all_jobs(self.client))
        self.restart()
        self.assertEqual(list(all_jobs(self.client)), before)
        self.assertEqual(len(before), 200)

    def test_order_survives(self):
        for number in range(50):
            self.client.do("submit_job", job_id=f"n{number}", duration=1, priority=number % 3)
        self.restart()
        order = [take(self.client, "w", lease_ms=60_000)["job_id"] for _ in range(50)]
        self.assertEqual(
            order,
            [f"n{number}" for number in sorted(range(50), key=lambda number: (number % 3, number))],
        )

    def test_every_kind_of_outcome_survives(self):
        jobs = {
            name: {
                "job_id": name,
                "duration": 1,
                "retry": {"max_attempts": 2, "backoff_ms": 3_600_000},
            }
            for name in ("completed", "scheduled", "dead", "deleted", "running")
        }
        for job in jobs.values():
            self.client.do("submit_job", **job)
        leases = {name: take(self.client, "w", lease_ms=3_600_000)["lease"] for name in jobs}
        error = {"class": "E", "message": "reason"}
        self.client.do(
            "job_complete", job_id="completed", lease=leases["completed"], result={"x": [1.0]}
        )
        self.client.do("job_complete", job_id="deleted", lease=leases["deleted"])
        self.client.do("delete_job", job_id="deleted")
        self.client.do("job_failed", job_id="scheduled", lease=leases["scheduled"], error=error)
        self.client.do(
            "job_failed", job_id="dead", lease=leases["dead"], error=error, retryable=False
        )
        self.client.do("submit_job", job_id="cancelled", duration=1)
        self.client.do("cancel_job", job_id="cancelled")
        self.client.do("queue_pause", queue="default")
        before = list(all_jobs(self.client))
        self.restart()
        # A lease held over a restart starts its term anew; nothing else may differ.
        self.assertEqual(list(all_jobs(self.client)), before)
        self.assertEqual(
            [job["job_id"] for job in before if job["state"] == job["job_id"]],
            ["completed", "scheduled", "dead", "running", "cancelled"],
        )
        self.assertIs(self.client.do("submit_job", **jobs["deleted"])["duplicate"], True)
        self.client.do("submit_job", job_id="held", duration=1)
        self.assertEqual(self.client.do("request_job", worker_id="w")["type"], "no_job")

    def test_token_from_before_completes_and_no_other_gets_the_job(self):
        self.client.do("submit_job", job_id="a", duration=1)
        lease = take(self.client, "w", lease_ms=60_000)["lease"]
        self.restart()
        self.assertEqual(self.client.do("request_job", worker_id="x")["type"], "no_job")
        self.client.do("job_complete", job_id="a", lease=lease)
        self.assertEqual(self.client.do("job_status", job_id="a")["attempt"], 1)

    def test_registered_worker_resumes_and_its_job_does_not_run_again(self):
        register(self.client, "w", ttl_ms=60_000)
        self.client.do("submit_job", job_id="a", duration=1)
        lease = take(self.client, "w")["lease"]
        self.restart()
        register(self.client, "w", ttl_ms=60_000)
        self.assertEqual(
            self.client.do("heartbeat", worker_id="w", instance="i")["state"], "running"
        )
        self.client.do("job_complete", job_id="a", lease=lease)
        record = self.client.do("job_status", job_id="a")
        self.assertEqual(
            (record["state"], record["attempt"], record["losses"]), ("completed", 1, 0)
        )

    def test_assignment_that_was_never_heard_of_is_given_again(self):
        """The lease was durable and the server died before it could say so."""
        self.client.do("submit_job", job_id="a", duration=1)
        self.client.close()
        self.server.terminate()
        self.server.start({"MUSTER_KILL_AT": "sync:1"})
        worker = self.connect()
        register(worker, "w")
        with self.assertRaises((ConnectionEnded, OSError)):
            worker.do("request_job", worker_id="w")
        self.server.process.wait()
        self.server.start()
        self.client = self.connect()
        self.assertEqual(state(self.client, "a"), "running")
        register(self.client, "w", held=[])
        self.assertEqual(take(self.client, "w", wait_ms=30_000)["job_id"], "a")

    def test_worker_that_never_returns_loses_its_job_after_the_restart(self):
        register(self.client, "w", ttl_ms=1000)
        self.client.do("submit_job", job_id="a", duration=1)
        take(self.client, "w")
        self.restart()
        again = take(self.client, "x", wait_ms=30_000, lease_ms=60_000)
        self.assertEqual((again["job_id"], again["attempt"]), ("a", 2))

    def test_tokens_and_names_grow_over_restarts(self):
        tokens, names = [], []
        for _ in range(5):
            for _ in range(3):
                names.append(int(self.client.do("submit_job", duration=1)["job_id"][2:]))
                tokens.append(take(self.client, "w", lease_ms=60_000)["lease"])
            self.restart()
        self.assertEqual(tokens, sorted(set(tokens)))
        self.assertEqual(names, sorted(set(names)))

    def test_delay_continues_with_what_is_left(self):
        self.client.do("submit_job", job_id="soon", duration=1, delay_ms=1500)
        self.client.do("submit_job", job_id="late", duration=1, delay_ms=3_600_000)
        self.restart()
        self.assertEqual(take(self.client, "w", wait_ms=30_000)["job_id"], "soon")
        self.assertEqual(state(self.client, "late"), "scheduled")

    def test_killed_between_two_batches(self):
        """Batches go out without a pause on one connection while the server dies: what was
        acknowledged is there, and every batch is there whole or not at all.
        """
        acknowledged = []
        connection = self.connect()

        def submit():
            for number in range(100_000):
                batch = [{"job_id": f"b{number}.{item}", "duration": 1} for item in range(10)]
                try:
                    connection.do("submit_jobs", jobs=batch)
                except (OSError, ConnectionEnded):
                    return
                acknowledged.append(number)

        thread = threading.Thread(target=submit)
        thread.start()
        while len(acknowledged) < 20:
            self.client.do("stats")
        self.server.kill()
        thread.join()
        self.server.start()
        self.client = self.connect()
        found = {}
        for job in all_jobs(self.client):
            batch, _, item = job["job_id"][1:].partition(".")
            found.setdefault(int(batch), []).append(int(item))
        self.assertGreaterEqual(set(found), set(acknowledged))
        self.assertTrue(all(sorted(items) == list(range(10)) for items in found.values()))
        self.assertLessEqual(len(found), len(acknowledged) + 1)

    def test_waiting_client_finds_the_end_after_a_restart(self):
        self.client.do("submit_job", job_id="a", duration=1)
        lease = take(self.client, "w", lease_ms=60_000)["lease"]
        self.restart()
        self.client.do("job_complete", job_id="a", lease=lease, result="done")
        self.restart()
        self.assertEqual(await_end(self.client, "a")["result"], "done")


class Durabilities(OwnServerCase):

    def test_async_loses_nothing_to_a_killed_process(self):
        self.server.terminate()
        self.server.options = ("--durability", "async")
        self.server.start()
        with self.server.connect() as client:
            client.do("submit_job", job_id="a", duration=1)
        self.server.restart()
        with self.server.connect() as client:
            self.assertEqual(state(client, "a"), "ready")

    def test_memory_forgets_and_its_tokens_still_grow(self):
        self.server.terminate()
        self.server.options = ("--durability", "memory")
        tokens = []
        for _ in range(2):
            self.server.start()
            with self.server.connect() as client:
                self.assertEqual(client.do("list_jobs")["jobs"], [])
                client.do("submit_job", job_id="a", duration=1)
                tokens.append(take(client, "w", lease_ms=60_000)["lease"])
            self.server.kill()
        self.assertLess(tokens[0], tokens[1])


if __name__ == "__main__":
    unittest.main()
