"""Completing: results, follow-ups, the next job with the answer, many in one, waiting for the
end.
"""

import unittest

from support.case import SharedServerCase
from support.jobs import stand_waiting, state


class Completing(SharedServerCase):
    server_options = ("--durability", "memory")

    def test_result_is_kept_byte_for_byte(self):
        job = self.submit("a")
        lease = self.take()["lease"]
        result = b'{"b":1.0,"a":1e400,"\\u0061":[ 1 ]}'
        self.client.send(
            b'{"type":"job_complete","job_id":"%s","lease":%d,"result":%s}\n'
            % (job.encode(), lease, result)
        )
        self.assertEqual(self.client.read()["status"], "ok")
        self.client.send({"type": "job_status", "job_id": job})
        self.assertIn(b'"result":' + result, self.client.line())

    def test_result_over_its_limit_is_refused_and_the_job_still_runs(self):
        job = self.submit("a")
        lease = self.take()["lease"]
        answer = self.client.refusal(
            "job_complete", job_id=job, lease=lease, result="x" * (256 * 1024 + 1)
        )
        self.assertEqual(answer["code"], "too_large")
        self.assertEqual(state(self.client, job), "running")

    def test_next_comes_with_the_answer(self):
        self.submit("a")
        second = self.submit("b")
        taken = self.take()
        answer = self.client.do(
            "job_complete", job_id=taken["job_id"], lease=taken["lease"], next={}
        )
        self.assertEqual((answer["status"], answer["next"]["job_id"]), ("ok", second))
        answer = self.client.do(
            "job_complete", job_id=second, lease=answer["next"]["lease"], next={}
        )
        self.assertIsNone(answer["next"])

    def test_next_may_wait(self):
        self.submit("a")
        taken = self.take()
        worker = self.connect()
        worker.send(
            {
                "type": "job_complete",
                "job_id": taken["job_id"],
                "lease": taken["lease"],
                "next": {"wait_ms": 60_000},
            }
        )
        self.client.do("wait_job", job_id=taken["job_id"], timeout_ms=30_000)
        second = self.submit("b")
        self.assertEqual(worker.read()["next"]["job_id"], second)

    def test_follow_ups_begin_with_the_completion(self):
        job = self.submit("a")
        lease = self.take()["lease"]
        follow = [
            {"queue": self.queue, "job_id": self.job(name), "duration": 1} for name in ("b", "c")
        ]
        request = {"job_id": job, "lease": lease, "submit": follow}
        self.client.do("job_complete", **request)
        self.assertIs(self.client.do("job_complete", **request)["duplicate"], True)
        self.assertEqual([self.take()["job_id"] for _ in range(2)], [self.job("b"), self.job("c")])
        self.assertEqual(
            self.client.do("request_job", worker_id="w", queues=[self.queue])["type"], "no_job"
        )

    def test_invalid_follow_up_refuses_the_whole(self):
        job = self.submit("a")
        lease = self.take()["lease"]
        good = {"queue": self.queue, "job_id": self.job("good"), "duration": 1}
        for bad in ({"duration": -1}, {}, {"duration": 1, "queue": "a b"}):
            answer = self.client.refusal(
                "job_complete", job_id=job, lease=lease, submit=[good, bad]
            )
            self.assertEqual(answer["code"], "bad_request")
        self.assertEqual(state(self.client, job), "running")
        self.assertEqual(
            self.client.refusal("job_status", job_id=self.job("good"))["code"], "not_found"
        )
        self.client.do("job_complete", job_id=job, lease=lease, submit=[good])
        self.assertEqual(state(self.client, self.job("good")), "ready")

    def test_many_in_one_with_a_result_per_item(self):
        for number in range(10):
            self.submit(f"n{number}")
        jobs = self.client.do("request_job", worker_id="w", queues=[self.queue], max=10)["jobs"]
        self.assertEqual(len(jobs), 10)
        items = [
            {"job_id": job["job_id"], "lease": job["lease"], "result": number}
            for number, job in enumerate(jobs)
        ]
        items[3]["lease"] += 1000
        items[7]["job_id"] = "nobody"
        results = self.client.do("jobs_complete", jobs=items)["results"]
        self.assertEqual(
            [result["status"] for result in results],
            ["ok"] * 3 + ["error"] + ["ok"] * 3 + ["error"] + ["ok"] * 2,
        )
        self.assertEqual((results[3]["code"], results[7]["code"]), ("lease_lost", "not_found"))
        self.assertEqual(self.client.do("job_status", job_id=items[9]["job_id"])["result"], 9)
        self.assertEqual(state(self.client, self.job("n3")), "running")

    def test_request_of_many_takes_what_there_is(self):
        for number in range(3):
            self.submit(f"n{number}")
        answer = self.client.do(
            "request_job", worker_id="w", queues=[self.queue], max=100, wait_ms=60_000
        )
        self.assertEqual(answer["type"], "assign_jobs")
        self.assertEqual(
            [job["job_id"] for job in answer["jobs"]],
            [self.job(f"n{number}") for number in range(3)],
        )
        self.assertEqual(
            self.client.do("request_job", worker_id="w", queues=[self.queue], max=100)["type"],
            "no_job",
        )

    def test_answer_of_many_stops_before_its_limit(self):
        for number in range(10):
            self.submit(f"n{number}", payload="x" * 900_000)
        taken = 0
        while taken < 10:
            self.client.send(
                {"type": "request_job", "worker_id": "w", "queues": [self.queue], "max": 10}
            )
            line = self.client.line()
            self.assertLessEqual(len(line), 4 << 20)
            taken += line.count(b'"lease":')
        self.assertEqual(taken, 10)

    def test_wait_job_answers_when_it_ends_or_when_time_is_up(self):
        job = self.submit("a")
        self.assertEqual(self.client.do("wait_job", job_id=job, timeout_ms=20)["state"], "ready")
        waiter = self.connect()
        stand_waiting(waiter, "wait_job", job_id=job, timeout_ms=60_000)
        self.client.do("job_complete", job_id=job, lease=self.take()["lease"], result={"n": 1})
        answer = waiter.read()
        self.assertEqual((answer["state"], answer["result"]), ("completed", {"n": 1}))
        self.assertEqual(
            self.client.refusal("wait_job", job_id="nobody", timeout_ms=1)["code"], "not_found"
        )


if __name__ == "__main__":
    unittest.main()
