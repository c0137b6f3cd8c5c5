"""Failing, delaying, retrying, and the evidence that a dead job keeps."""

import time
import unittest

from support.case import SharedServerCase
from support.jobs import await_end, await_state

SOON_MS = 300


class Retrying(SharedServerCase):
    server_options = ("--durability", "memory")

    def fail_next(self, message, **fields):
        """Takes the next job of this test's queue and reports it failed."""
        taken = self.take(wait_ms=30_000)
        error = {"class": "TestError", "message": message}
        self.client.do(
            "job_failed", job_id=taken["job_id"], lease=taken["lease"], error=error, **fields
        )

    def test_failed_job_waits_out_its_backoff_and_runs_again(self):
        job = self.submit(
            "a", retry={"max_attempts": 3, "backoff_ms": SOON_MS, "factor": 2, "jitter": 0}
        )
        self.fail_next("first")
        record = self.client.do("job_status", job_id=job)
        self.assertEqual((record["state"], record["failures"]), ("scheduled", 1))
        self.assertEqual(
            self.client.do("request_job", worker_id="w", queues=[self.queue])["type"], "no_job"
        )
        again = self.take(wait_ms=30_000)
        self.assertEqual(again["attempt"], 2)
        self.client.do("job_complete", job_id=job, lease=again["lease"])
        self.assertEqual(await_end(self.client, job)["state"], "completed")

    def test_backoff_grows_by_its_factor_up_to_its_cap(self):
        job = self.submit(
            "a",
            retry={"max_attempts": 5, "backoff_ms": 100, "factor": 3, "cap_ms": 400, "jitter": 0},
        )
        for at_least_ms in (100, 300, 400):
            self.fail_next("again")
            failed_at = time.monotonic()
            await_state(self.client, job, "ready")
            self.assertGreaterEqual((time.monotonic() - failed_at) * 1000, at_least_ms - 50)

    def test_out_of_attempts_is_dead_with_the_evidence(self):
        job = self.submit("a", retry={"max_attempts": 2, "backoff_ms": 1})
        self.fail_next("first reason")
        self.fail_next("second reason")
        record = await_end(self.client, job)
        self.assertEqual((record["state"], record["death_reason"]), ("dead", "attempts"))
        evidence = record["attempts"]
        self.assertEqual(
            [attempt["error"]["message"] for attempt in evidence], ["first reason", "second reason"]
        )
        for number, attempt in enumerate(evidence, start=1):
            self.assertEqual(
                (attempt["attempt"], attempt["worker_id"], attempt["outcome"]),
                (number, "w", "failed"),
            )
            self.assertLessEqual(attempt["started_at_ms"], attempt["ended_at_ms"])

    def test_not_retryable_is_dead_at_once(self):
        job = self.submit("a")
        self.fail_next("broken input", retryable=False)
        self.assertEqual(await_end(self.client, job)["death_reason"], "not_retryable")

    def test_worker_may_say_when_to_retry(self):
        job = self.submit("a", retry={"max_attempts": 2, "backoff_ms": 3_600_000})
        self.fail_next("busy", retry_after_ms=SOON_MS)
        self.assertEqual(self.take(wait_ms=30_000)["job_id"], job)

    def test_retried_job_goes_behind_and_lost_job_returns_to_its_place(self):
        retried = self.submit("retried", retry={"max_attempts": 2, "backoff_ms": 1, "jitter": 0})
        lost = self.submit("lost")
        self.submit("last")
        self.fail_next("x")
        taken = self.take(lease_ms=1000)
        self.assertEqual(taken["job_id"], lost)
        await_state(self.client, lost, "ready")
        await_state(self.client, retried, "ready")
        self.assertEqual(
            [self.take()["job_id"] for _ in range(3)], [lost, self.job("last"), retried]
        )

    def test_evidence_keeps_the_first_and_the_last_nineteen(self):
        job = self.submit(
            "a", retry={"max_attempts": 25, "backoff_ms": 1, "factor": 1, "jitter": 0}
        )
        for number in range(1, 26):
            self.fail_next(f"reason {number}")
        messages = [
            attempt["error"]["message"] for attempt in await_end(self.client, job)["attempts"]
        ]
        self.assertEqual(messages, ["reason 1"] + [f"reason {number}" for number in range(7, 26)])

    def test_lost_budget_is_its_own(self):
        job = self.submit("a", max_lost=2, retry={"max_attempts": 1})
        for _ in range(2):
            taken = self.take(lease_ms=1000, wait_ms=30_000)
            self.assertEqual(taken["job_id"], job)
        record = await_end(self.client, job)
        self.assertEqual((record["state"], record["death_reason"]), ("dead", "worker_lost"))
        self.assertEqual((record["failures"], record["losses"]), (0, 2))
        self.assertEqual({attempt["outcome"] for attempt in record["attempts"]}, {"lease_expired"})

    def test_released_job_costs_nothing(self):
        job = self.submit("a", max_lost=1, retry={"max_attempts": 1})
        for _ in range(5):
            self.client.do("job_release", job_id=job, lease=self.take()["lease"])
        record = self.client.do("job_status", job_id=job)
        self.assertEqual((record["state"], record["failures"], record["losses"]), ("ready", 0, 0))

    def test_released_with_a_delay_waits(self):
        job = self.submit("a")
        self.client.do("job_release", job_id=job, lease=self.take()["lease"], delay_ms=SOON_MS)
        self.assertEqual(self.client.do("job_status", job_id=job)["state"], "scheduled")
        self.assertEqual(self.take(wait_ms=30_000)["job_id"], job)

    def test_extended_lease_outlives_its_first_term(self):
        job = self.submit("a")
        other = self.submit("clock", queue=self.queue + ".clock")
        lease = self.take(lease_ms=1000)["lease"]
        self.client.do("job_extend", job_id=job, lease=lease, lease_ms=60_000)
        # A second job whose lease of the same length, begun later, has run out tells the time.
        self.client.do("request_job", worker_id="w", queues=[self.queue + ".clock"], lease_ms=1000)
        await_state(self.client, other, "ready")
        self.assertEqual(self.client.do("job_status", job_id=job)["state"], "running")
        self.client.do("job_complete", job_id=job, lease=lease)

    def test_late_completion_is_accepted_until_another_attempt_begins(self):
        job = self.submit("a")
        lease = self.take(lease_ms=1000)["lease"]
        self.assertEqual(await_state(self.client, job, "ready")["losses"], 1)
        self.client.do("job_complete", job_id=job, lease=lease)
        record = self.client.do("job_status", job_id=job)
        self.assertEqual((record["state"], record["losses"]), ("completed", 0))
        self.assertIs(self.client.do("job_complete", job_id=job, lease=lease)["duplicate"], True)


class Delaying(SharedServerCase):
    server_options = ("--durability", "memory")

    def test_delayed_job_is_never_early(self):
        submitted_at = time.monotonic()
        job = self.submit("a", delay_ms=SOON_MS)
        self.assertEqual(self.client.do("job_status", job_id=job)["state"], "scheduled")
        self.assertEqual(self.take(wait_ms=30_000)["job_id"], job)
        self.assertGreaterEqual((time.monotonic() - submitted_at) * 1000, SOON_MS)

    def test_run_at_follows_the_wall_clock(self):
        due_ms = int(time.time() * 1000) + SOON_MS
        job = self.submit("a", run_at=due_ms)
        self.assertEqual(self.client.do("job_status", job_id=job)["state"], "scheduled")
        self.assertEqual(self.take(wait_ms=30_000)["job_id"], job)
        self.assertGreaterEqual(time.time() * 1000, due_ms)

    def test_run_at_in_the_past_is_now(self):
        job = self.submit("a", run_at=1)
        self.assertEqual(self.take()["job_id"], job)

    def test_delayed_job_goes_behind_those_that_were_ready(self):
        late = self.submit("late", delay_ms=SOON_MS)
        self.submit("early")
        await_state(self.client, late, "ready")
        self.assertEqual([self.take()["job_id"] for _ in range(2)], [self.job("early"), late])

    def test_deadline_ends_a_waiting_job(self):
        job = self.submit("a", deadline=int(time.time() * 1000) + SOON_MS)
        record = await_end(self.client, job)
        self.assertEqual((record["state"], record["death_reason"]), ("dead", "deadline"))
        self.assertEqual(
            self.client.do("request_job", worker_id="w", queues=[self.queue])["type"], "no_job"
        )


if __name__ == "__main__":
    unittest.main()
