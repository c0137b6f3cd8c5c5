"""Cancel, retry, delete, pause and resume."""

import unittest

from support.case import SharedServerCase
from support.jobs import await_end, stand_waiting, state


class Actions(SharedServerCase):
    server_options = ("--durability", "memory")

    def no_job(self):
        self.assertEqual(
            self.client.do("request_job", worker_id="w", queues=[self.queue])["type"], "no_job"
        )

    def test_cancel_a_waiting_job(self):
        for name, fields in (("ready", {}), ("scheduled", {"delay_ms": 3_600_000})):
            job = self.submit(name, **fields)
            self.client.do("cancel_job", job_id=job)
            self.assertEqual(state(self.client, job), "cancelled")
        self.no_job()

    def test_cancel_again_and_of_what_has_ended(self):
        job = self.submit("a")
        self.client.do("cancel_job", job_id=job)
        self.assertIs(self.client.do("cancel_job", job_id=job)["duplicate"], True)
        done = self.submit("b")
        self.client.do("job_complete", job_id=done, lease=self.take()["lease"])
        self.assertEqual(self.client.refusal("cancel_job", job_id=done)["code"], "conflict")
        self.assertEqual(self.client.refusal("cancel_job", job_id="nobody")["code"], "not_found")

    def test_cancel_of_a_running_job_waits_for_the_worker(self):
        job = self.submit("a")
        lease = self.take()["lease"]
        self.client.do("cancel_job", job_id=job)
        record = self.client.do("job_status", job_id=job)
        self.assertEqual((record["state"], record["cancel_requested"]), ("running", True))
        self.client.do(
            "job_failed",
            job_id=job,
            lease=lease,
            error={"class": "Cancelled", "message": "as asked"},
        )
        self.assertEqual(await_end(self.client, job)["state"], "cancelled")
        self.no_job()

    def test_completion_that_arrives_first_wins_over_a_cancel(self):
        job = self.submit("a")
        lease = self.take()["lease"]
        self.client.do("cancel_job", job_id=job)
        self.client.do("job_complete", job_id=job, lease=lease)
        self.assertEqual(state(self.client, job), "completed")

    def test_cancelled_job_whose_worker_is_lost_is_cancelled(self):
        job = self.submit("a")
        self.take(lease_ms=1000)
        self.client.do("cancel_job", job_id=job)
        self.assertEqual(await_end(self.client, job)["state"], "cancelled")

    def test_retry_brings_dead_and_cancelled_back_with_new_budgets(self):
        dead = self.submit("dead", retry={"max_attempts": 1})
        taken = self.take()
        self.client.do(
            "job_failed", job_id=dead, lease=taken["lease"], error={"class": "E", "message": "m"}
        )
        self.assertEqual(state(self.client, dead), "dead")
        cancelled = self.submit("cancelled")
        self.client.do("cancel_job", job_id=cancelled)
        for job in (dead, cancelled):
            self.client.do("retry_job", job_id=job)
        self.assertEqual(self.client.do("job_status", job_id=dead)["failures"], 0)
        leases = [self.take() for _ in range(2)]
        self.assertEqual([lease["job_id"] for lease in leases], [dead, cancelled])
        self.assertGreater(leases[0]["lease"], taken["lease"])

    def test_retry_of_what_waits_or_runs_changes_nothing(self):
        job = self.submit("a")
        self.assertIs(self.client.do("retry_job", job_id=job)["duplicate"], True)
        lease = self.take()["lease"]
        self.assertIs(self.client.do("retry_job", job_id=job)["duplicate"], True)
        self.client.do("job_complete", job_id=job, lease=lease)

    def test_completed_job_never_runs_again(self):
        job = self.submit("a")
        self.client.do("job_complete", job_id=job, lease=self.take()["lease"])
        self.assertEqual(self.client.refusal("retry_job", job_id=job)["code"], "conflict")
        self.assertEqual(self.client.refusal("retry_job", job_id="nobody")["code"], "not_found")
        self.no_job()

    def test_delete_takes_what_has_ended_and_not_what_runs(self):
        job = self.submit("a")
        lease = self.take()["lease"]
        self.assertEqual(self.client.refusal("delete_job", job_id=job)["code"], "conflict")
        self.client.do("job_complete", job_id=job, lease=lease)
        self.client.do("delete_job", job_id=job)
        self.assertEqual(self.client.refusal("job_status", job_id=job)["code"], "not_found")
        self.assertEqual(
            self.client.refusal("job_complete", job_id=job, lease=lease)["code"], "not_found"
        )

    def test_many_ids_get_a_result_each(self):
        jobs = [self.submit("a"), self.submit("b")]
        answer = self.client.do("cancel_job", ids=[jobs[0], "nobody", jobs[1]])
        self.assertEqual(
            [item["job_id"] for item in answer["results"]], [jobs[0], "nobody", jobs[1]]
        )
        self.assertEqual([item["status"] for item in answer["results"]], ["ok", "error", "ok"])
        self.assertEqual(answer["results"][1]["code"], "not_found")
        self.assertEqual({state(self.client, job) for job in jobs}, {"cancelled"})

    def test_paused_queue_gives_nothing_and_keeps_running_jobs(self):
        running, waiting = self.submit("running"), self.submit("waiting")
        lease = self.take()["lease"]
        self.client.do("queue_pause", queue=self.queue)
        self.no_job()
        self.client.do("job_complete", job_id=running, lease=lease)
        self.assertEqual(state(self.client, waiting), "ready")
        self.client.do("submit_job", queue=self.queue, duration=1)
        self.no_job()
        self.client.do("queue_resume", queue=self.queue)
        self.assertEqual(self.take()["job_id"], waiting)

    def test_resume_wakes_a_waiter(self):
        job = self.submit("a")
        self.client.do("queue_pause", queue=self.queue)
        waiter = self.connect()
        stand_waiting(
            waiter, "request_job", worker_id="w", queues=[self.queue], wait_ms=60_000
        )
        self.client.do("queue_resume", queue=self.queue)
        self.assertEqual(waiter.read()["job_id"], job)


if __name__ == "__main__":
    unittest.main()
