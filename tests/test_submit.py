"""Submitting: fields, names, batches, duplicates, order."""

import unittest

from support.case import SharedServerCase


class Submitting(SharedServerCase):
    server_options = ("--durability", "memory")

    def test_fields_come_back(self):
        fields = {
            "queue": self.queue,
            "job_type": "mail",
            "priority": 7,
            "timeout_ms": 5000,
            "tags": ["a", "b"],
            "payload": {"to": ["x"], "n": 1.50},
            "retry": {"max_attempts": 3, "backoff_ms": 10},
        }
        job = self.client.do("submit_job", **fields)["job_id"]
        record = self.client.do("job_status", job_id=job)
        for field in ("queue", "job_type", "priority", "timeout_ms", "tags", "payload"):
            self.assertEqual(record[field], fields[field], field)
        self.assertEqual((record["state"], record["attempt"]), ("ready", 0))

    def test_payload_is_kept_byte_for_byte(self):
        for number, payload in enumerate(
            [
                b'{"b":1,"a":2}',
                b"1e400",
                b"123456789012345678901234567890.10",
                b'"\\u00e4\\/"',
                b"[ 1 , 2 ]",
                b"-0",
                b'{"a":1,"a":2}',
                b'"\xf0\x9f\x98\x80"',
                b"null",
                b"[]",
            ]
        ):
            with self.subTest(payload):
                job = b"%s.%d" % (self.queue.encode(), number)
                self.client.send(
                    b'{"type":"submit_job","job_id":"%s","job_type":"t",'
                    b'"queue":"%s","payload":%s}\n' % (job, self.queue.encode(), payload)
                )
                self.assertEqual(self.client.read()["status"], "accepted")
                self.client.send(b'{"type":"job_status","job_id":"%s"}\n' % job)
                self.assertIn(b'"payload":' + payload, self.client.line())

    def test_kind_follows_from_the_fields(self):
        for fields, kind in (
            ({"command": ["true"]}, "exec"),
            ({"duration": 1}, "sleep"),
            ({"duration": 1, "job_type": "render"}, "render"),
        ):
            job = self.client.do("submit_job", queue=self.queue, **fields)["job_id"]
            self.assertEqual(self.client.do("job_status", job_id=job)["job_type"], kind)

    def test_server_names_jobs_that_have_no_id(self):
        first, second = [
            self.client.do("submit_job", queue=self.queue, duration=1)["job_id"] for _ in range(2)
        ]
        self.assertRegex(first, r"^j-\d+$")
        self.assertGreater(int(second[2:]), int(first[2:]))
        self.assertEqual(
            self.client.refusal("submit_job", job_id="j-12", duration=1)["code"], "bad_request"
        )

    def test_ids_of_all_scripts_up_to_200_bytes(self):
        for job in ("x" * 200, "ä" * 100, "作业", "a b", "../../etc/passwd", "'\"\\{}", "😀"):
            self.client.do("submit_job", job_id=job, queue=self.queue, duration=1)
            self.assertEqual(self.client.do("job_status", job_id=job)["job_id"], job)

    def test_same_id_same_content_is_accepted_once(self):
        job = {
            "job_id": self.job("a"),
            "queue": self.queue,
            "job_type": "t",
            "priority": 3,
            "payload": {"a": 1},
        }
        self.client.do("submit_job", **job)
        again = self.client.do("submit_job", **dict(reversed(job.items())))
        self.assertIs(again["duplicate"], True)
        self.assertEqual(len(self.client.do("list_jobs", queue=self.queue)["jobs"]), 1)

    def test_same_id_other_content_is_a_conflict(self):
        job = {"job_id": self.job("a"), "queue": self.queue, "job_type": "t", "payload": {"a": 1}}
        self.client.do("submit_job", **job)
        for change in (
            {"payload": {"a": 2}},
            {"priority": 1},
            {"queue": self.queue + "x"},
            {"job_type": "u"},
            {"payload": {"a": 1.0}},
        ):
            self.assertEqual(
                self.client.refusal("submit_job", **{**job, **change})["code"], "conflict", change
            )

    def test_id_of_a_deleted_job_is_remembered(self):
        job = self.submit("a")
        self.client.do("job_complete", job_id=job, lease=self.take()["lease"])
        self.client.do("delete_job", job_id=job)
        self.assertEqual(self.client.refusal("job_status", job_id=job)["code"], "not_found")
        again = self.client.do("submit_job", job_id=job, queue=self.queue, duration=1)
        self.assertIs(again["duplicate"], True)
        self.assertEqual(self.client.refusal("job_status", job_id=job)["code"], "not_found")

    def test_order_is_priority_then_first_come(self):
        for name, priority in (("c", 5), ("d", 5), ("a", 0), ("e", 4_294_967_295), ("b", 1)):
            self.submit(name, priority=priority)
        taken = [self.take()["job_id"] for _ in range(5)]
        self.assertEqual(taken, [self.job(name) for name in "abcde"])

    def test_queues_in_the_order_named_or_the_best_of_all(self):
        left, right = self.queue + ".left", self.queue + ".right"
        for number, (queue, priority) in enumerate(((left, 9), (right, 1), (left, 9), (right, 2))):
            self.submit(str(number), queue=queue, priority=priority)

        def take(**fields):
            return self.client.do("request_job", worker_id="w", queues=[left, right], **fields)[
                "job_id"
            ]

        self.assertEqual(take(select="best"), self.job("1"))
        self.assertEqual([take(), take(), take()], [self.job("0"), self.job("2"), self.job("3")])


class Batches(SharedServerCase):
    server_options = ("--durability", "memory")

    def batch(self, *jobs, **fields):
        return self.client.do(
            "submit_jobs", jobs=[{"queue": self.queue, **job} for job in jobs], **fields
        )

    def test_ids_in_order(self):
        answer = self.batch(
            {"job_id": self.job("a"), "duration": 1}, {"duration": 2}, {"command": ["true"]}
        )
        self.assertEqual(answer["status"], "accepted")
        self.assertEqual(answer["job_ids"][0], self.job("a"))
        self.assertEqual(answer.get("errors", []), [])
        self.assertEqual(len(self.client.do("list_jobs", queue=self.queue)["jobs"]), 3)

    def test_bad_items_are_named_and_the_good_ones_stay(self):
        answer = self.batch(
            {"job_id": self.job("a"), "duration": 1}, {"duration": -1}, {}, {"duration": 2}
        )
        self.assertEqual([answer["job_ids"][index] for index in (1, 2)], [None, None])
        self.assertEqual(
            [(error["index"], error["code"]) for error in answer["errors"]],
            [(1, "bad_request"), (2, "bad_request")],
        )
        self.assertEqual(len(self.client.do("list_jobs", queue=self.queue)["jobs"]), 2)

    def test_atomic_is_all_or_none(self):
        jobs = [
            {"job_id": self.job("a"), "queue": self.queue, "duration": 1},
            {"queue": self.queue, "duration": -1},
        ]
        answer = self.client.ask({"type": "submit_jobs", "atomic": True, "jobs": jobs})
        self.assertNotIn(self.job("a"), answer.get("job_ids", []))
        self.assertEqual(
            self.client.refusal("job_status", job_id=self.job("a"))["code"], "not_found"
        )

    def test_duplicates_and_conflicts_inside_and_across(self):
        same = {"job_id": self.job("a"), "duration": 1}
        self.batch(same)
        answer = self.batch(
            same,
            {"job_id": self.job("a"), "duration": 2},
            {"job_id": self.job("b"), "duration": 3},
            {"job_id": self.job("b"), "duration": 3},
        )
        self.assertEqual([error["code"] for error in answer["errors"]], ["conflict"])
        self.assertEqual(answer["job_ids"], [self.job("a"), None, self.job("b"), self.job("b")])
        self.assertEqual(len(self.client.do("list_jobs", queue=self.queue)["jobs"]), 2)

    def test_empty_batch_and_things_that_are_no_jobs(self):
        for jobs in ({}, "x", None, 3):
            self.assertEqual(self.client.refusal("submit_jobs", jobs=jobs)["code"], "bad_request")
        answer = self.client.do(
            "submit_jobs", jobs=[1, None, [], {"duration": 1, "queue": self.queue}]
        )
        self.assertEqual([error["index"] for error in answer["errors"]], [0, 1, 2])


if __name__ == "__main__":
    unittest.main()
