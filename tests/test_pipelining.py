"""Order, correlation and pipelining: requests take effect in the order read, only answers are
held.
"""

import json
import unittest

from support.case import SharedServerCase
from support.jobs import stand_waiting


class Pipelining(SharedServerCase):
    server_options = ("--durability", "memory")

    def test_ten_thousand_requests_in_one_write(self):
        """More than the server keeps unanswered for one connection; the reader begins late."""
        count = 12_000
        connection = self.connect()
        lines = b"".join(
            b'{"type":"submit_job","queue":"%s","duration":1,"rid":%d}\n'
            % (self.queue.encode(), number)
            for number in range(count)
        )
        connection.send(lines)
        answers = connection.read_many(count)
        self.assertEqual([answer["rid"] for answer in answers], list(range(count)))
        self.assertEqual({answer["status"] for answer in answers}, {"accepted"})
        self.assertEqual(len({answer["job_id"] for answer in answers}), count)

    def test_rid_comes_back_as_it_was(self):
        for rid in (0, 1, (1 << 53) - 1, "", "a", 'ä"\\\u0001', "x" * 64):
            self.assertEqual(self.client.ask({"type": "stats", "rid": rid})["rid"], rid)
        self.assertNotIn("rid", self.client.ask({"type": "stats"}))

    def test_effects_follow_the_order_read(self):
        job = self.job("a")
        self.client.send(
            {"type": "submit_job", "job_id": job, "queue": self.queue, "duration": 1},
            {"type": "cancel_job", "job_id": job},
            {"type": "request_job", "worker_id": "w", "queues": [self.queue]},
            {"type": "job_status", "job_id": job},
        )
        answers = self.client.read_many(4)
        self.assertEqual(answers[0]["status"], "accepted")
        self.assertEqual(answers[2]["type"], "no_job")
        self.assertEqual(answers[3]["state"], "cancelled")

    def test_waiting_request_without_rid_holds_later_answers_not_effects(self):
        self.client.send(
            {"type": "request_job", "worker_id": "w", "queues": [self.queue], "wait_ms": 60_000},
            {"type": "submit_job", "queue": self.queue, "job_id": self.job("a"), "duration": 1},
        )
        first, second = self.client.read_many(2)
        self.assertEqual((first["type"], first["job_id"]), ("assign_job", self.job("a")))
        self.assertEqual(second["status"], "accepted")

    def test_waiting_request_with_rid_holds_none(self):
        self.client.send(
            {
                "type": "request_job",
                "worker_id": "w",
                "queues": [self.queue],
                "wait_ms": 60_000,
                "rid": "wait",
            },
            {"type": "stats", "rid": "stats"},
        )
        self.assertEqual(self.client.read()["rid"], "stats")
        self.client.send(
            {"type": "submit_job", "queue": self.queue, "duration": 1, "rid": "submit"}
        )
        self.assertEqual({self.client.read()["rid"] for _ in range(2)}, {"wait", "submit"})

    def test_waiters_are_served_first_come_first_served(self):
        waiters = [self.connect() for _ in range(5)]
        for number, waiter in enumerate(waiters):
            stand_waiting(
                waiter,
                "request_job",
                worker_id=f"w{number}",
                queues=[self.queue],
                wait_ms=60_000,
            )
        for number, waiter in enumerate(waiters):
            self.submit(f"n{number}")
            self.assertEqual(waiter.read()["job_id"], self.job(f"n{number}"))

    def test_wait_ends_with_no_job(self):
        self.assertEqual(
            self.client.do("request_job", worker_id="w", queues=[self.queue], wait_ms=50)["type"],
            "no_job",
        )

    def test_half_close_answers_what_waits(self):
        connection = self.connect()
        job = self.submit("held", queue=self.queue + ".other")
        connection.send(
            {
                "type": "request_job",
                "worker_id": "w",
                "queues": [self.queue],
                "wait_ms": 60_000,
                "rid": 1,
            },
            {"type": "wait_job", "job_id": job, "timeout_ms": 60_000, "rid": 2},
            {"type": "stats", "rid": 3},
        )
        connection.half_close()
        answers = {
            answer["rid"]: answer for answer in map(json.loads, connection.rest().splitlines())
        }
        self.assertEqual(set(answers), {1, 2, 3})
        self.assertEqual(answers[1]["type"], "no_job")
        self.assertEqual(answers[2]["state"], "ready")

    def test_waiter_whose_connection_is_gone_gets_no_job(self):
        gone = self.connect()
        stand_waiting(
            gone, "request_job", worker_id="gone", queues=[self.queue], wait_ms=60_000
        )
        gone.reset()
        job = self.submit("a")
        taken = self.client.do("request_job", worker_id="here", queues=[self.queue], wait_ms=30_000)
        self.assertEqual(taken["job_id"], job)
        record = self.client.do("job_status", job_id=job)
        self.assertEqual((record["failures"], record["losses"]), (0, 0))

    def test_slow_reader_of_many_answers_holds_up_nobody(self):
        """Answers that nobody reads: the server stops reading that connection, and serves the
        others.
        """
        slow = self.connect()
        job = self.submit("big", payload="x" * 100_000)
        slow.send(*[{"type": "job_status", "job_id": job, "rid": number} for number in range(500)])
        for _ in range(50):
            self.client.do("stats")
        self.assertEqual([answer["rid"] for answer in slow.read_many(500)], list(range(500)))


if __name__ == "__main__":
    unittest.main()
