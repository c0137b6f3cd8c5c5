"""consume: jobs are pushed to a registered connection, at most `credit` unfinished."""

import unittest

from support.case import SharedServerCase
from support.jobs import await_state, register, state


class Consuming(SharedServerCase):
    server_options = ("--durability", "memory")

    def consumer(self, credit, name="w", ttl_ms=60_000):
        connection = self.connect()
        register(
            connection,
            self.job(name),
            queues=[self.queue],
            concurrency=credit,
            ttl_ms=ttl_ms,
        )
        self.sub = connection.do("consume", queues=[self.queue], credit=credit)["sub"]
        return connection

    def complete(self, connection, *pushed):
        """In one write, and the answers picked out from between the pushes that come meanwhile."""
        connection.send(
            *[
                {"type": "job_complete", "job_id": job["job_id"], "lease": job["lease"], "rid": 1}
                for job in pushed
            ]
        )
        lines, answers = [], 0
        while answers < len(pushed):
            line = connection.read()
            if line.get("rid") == 1:
                self.assertEqual(line["status"], "ok")
                answers += 1
            else:
                lines.append(line)
        return lines

    def test_at_most_credit_jobs_are_out(self):
        for number in range(5):
            self.submit(f"n{number}")
        consumer = self.consumer(credit=2)
        first, second = consumer.read_many(2)
        self.assertEqual([first["type"], first["sub"]], ["assign_job", self.sub])
        self.assertEqual([first["job_id"], second["job_id"]], [self.job("n0"), self.job("n1")])
        self.assertTrue(consumer.quiet_for(0.2))
        pushed = self.complete(consumer, first)
        pushed += [consumer.read()] if not pushed else []
        self.assertEqual([job["job_id"] for job in pushed], [self.job("n2")])
        self.assertTrue(consumer.quiet_for(0.2))

    def test_every_job_comes_once_and_in_order(self):
        consumer = self.consumer(credit=10)
        self.client.do(
            "submit_jobs",
            jobs=[
                {"queue": self.queue, "duration": 1, "job_id": self.job(str(number))}
                for number in range(200)
            ],
        )
        seen, open_jobs = [], []
        while len(seen) < 200:
            open_jobs.append(consumer.read())
            while open_jobs:
                job = open_jobs.pop(0)
                seen.append(job["job_id"])
                open_jobs += self.complete(consumer, job)
        self.assertEqual(seen, [self.job(str(number)) for number in range(200)])

    def test_new_job_is_pushed_at_once_to_who_waits(self):
        consumer = self.consumer(credit=1)
        job = self.submit("a")
        self.assertEqual(consumer.read()["job_id"], job)

    def test_failed_and_released_jobs_return_their_credit(self):
        consumer = self.consumer(credit=1)
        self.submit("a", retry={"max_attempts": 1})
        self.submit("b")
        first = consumer.read()
        self.client.do(
            "job_failed",
            job_id=first["job_id"],
            lease=first["lease"],
            error={"class": "E", "message": "m"},
        )
        second = consumer.read()
        self.assertEqual(second["job_id"], self.job("b"))
        self.client.do("job_release", job_id=second["job_id"], lease=second["lease"])
        self.assertEqual(consumer.read()["job_id"], self.job("b"))

    def test_consume_needs_a_registration(self):
        answer = self.client.refusal("consume", queues=[self.queue], credit=1)
        self.assertIn(answer["code"], ("session_unknown", "bad_request"))

    def test_credit_out_of_range(self):
        consumer = self.consumer(credit=1)
        for credit in (0, -1, "1", 1 << 40):
            self.assertEqual(
                consumer.refusal("consume", queues=[self.queue], credit=credit)["code"],
                "bad_request",
            )

    def test_half_close_ends_it(self):
        consumer = self.consumer(credit=1)
        consumer.half_close()
        consumer.rest()
        job = self.submit("a")
        self.assertEqual(state(self.client, job), "ready")

    def test_closed_consumer_gives_its_jobs_back(self):
        consumer = self.consumer(credit=2)
        job = self.submit("a")
        consumer.read()
        consumer.close()
        await_state(self.client, job, "ready")

    def test_replaced_consumer_is_told(self):
        consumer = self.consumer(credit=1)
        register(self.client, self.job("w"), instance="other", queues=[self.queue])
        told = consumer.read()
        self.assertEqual((told["code"], told["sub"]), ("session_replaced", self.sub))

    def test_slow_reader_is_bounded_by_its_credit(self):
        consumer = self.consumer(credit=100)
        for number in range(3):
            self.client.do(
                "submit_jobs",
                jobs=[{"queue": self.queue, "duration": 1, "payload": "x" * 1000}] * 300,
            )
            self.assertEqual(
                self.client.do("list_queues")["queues"] and self.queue_row()["running"], 100, number
            )
        self.assertEqual(len({job["job_id"] for job in consumer.read_many(100)}), 100)

    def queue_row(self):
        (row,) = [
            row for row in self.client.do("list_queues")["queues"] if row["queue"] == self.queue
        ]
        return row["jobs"]


if __name__ == "__main__":
    unittest.main()
