"""Requests that are JSON and still wrong: a coded error that names the field, and nothing done."""

import unittest

from support.case import SharedServerCase

MISSING = object()


class BadRequests(SharedServerCase):
    server_options = ("--durability", "memory")

    def assert_refused(self, message, code, naming=""):
        answer = self.client.ask(message)
        self.assertEqual(answer.get("code"), code, (str(message)[:200], answer))
        self.assertIn(naming, answer["message"])
        return answer

    def test_unknown_verbs(self):
        for verb in ("", "submit", "SUBMIT_JOB", "submit_job ", "stats\0", "x" * 10_000):
            self.assert_refused({"type": verb}, "unknown_type")

    def test_type_missing_or_of_a_wrong_kind(self):
        for message in ({}, {"job_id": "a"}, {"type": None}, {"type": 1}, {"type": ["stats"]}):
            self.assert_refused(message, "bad_request", "type")

    def test_fields_of_a_wrong_kind_or_out_of_range(self):
        good = {"type": "submit_job", "duration": 1}
        wrong = {
            "job_id": [1, "", "x" * 201, None, {}, "a\nb"],
            "queue": ["", "x" * 201, "white space", "naïve", 5, None],
            "job_type": ["", "x" * 201, "a b", 5],
            "duration": ["5", -1, [], None, True, 1e30],
            "priority": [-1, 1.5, "1", 1 << 32, None],
            "delay_ms": [-1, "1", 1.5, 1 << 60],
            "run_at": ["tomorrow", [], True],
            "timeout_ms": [0, -1, "1", 1 << 60],
            "command": ["ls", [], [1], {}],
            "retry": [
                1,
                [],
                {"max_attempts": 0},
                {"max_attempts": -1},
                {"backoff_ms": -1},
                {"factor": 0},
                {"jitter": 2},
            ],
            "max_lost": [-1, "3"],
            "tags": ["tag", [1]],
            "result_ttl_ms": [-1, "1"],
        }
        for field, values in wrong.items():
            for value in values:
                with self.subTest(field=field, value=str(value)[:40]):
                    self.assert_refused(
                        {**good, "queue": "wrong", field: value}, "bad_request", field
                    )
        self.assertEqual(self.client.do("list_jobs", queue="wrong")["jobs"], [])

    def test_numbers_too_large_for_any_type(self):
        for text in (b"1e400", b"-1e400", b"123456789012345678901234567890", b"9" * 4000):
            with self.subTest(text[:20]):
                self.assert_refused(
                    b'{"type":"submit_job","duration":1,"priority":%s}\n' % text,
                    "bad_request",
                    "priority",
                )
                self.assert_refused(
                    b'{"type":"submit_job","duration":%s}\n' % text, "bad_request", "duration"
                )

    def test_missing_fields(self):
        for message, field in (
            ({"type": "submit_job"}, "job_type"),
            ({"type": "submit_jobs"}, "jobs"),
            ({"type": "request_job"}, "worker_id"),
            ({"type": "job_complete"}, "job_id"),
            ({"type": "job_release"}, "job_id"),
            ({"type": "job_extend", "job_id": "a", "lease": 1}, "lease_ms"),
            ({"type": "job_status"}, "job_id"),
            ({"type": "wait_job"}, "job_id"),
            ({"type": "cancel_job"}, "job_id"),
            ({"type": "retry_job"}, "job_id"),
            ({"type": "delete_job"}, "job_id"),
            ({"type": "queue_pause"}, "queue"),
            ({"type": "register_worker", "worker_id": "w"}, "instance"),
            ({"type": "heartbeat", "worker_id": "w"}, "instance"),
        ):
            with self.subTest(message):
                self.assert_refused(message, "bad_request", field)

    def test_delay_and_run_at_exclude_each_other(self):
        self.assert_refused(
            {"type": "submit_job", "duration": 1, "delay_ms": 1, "run_at": 1},
            "bad_request",
            "run_at",
        )

    def test_rid_is_echoed_in_errors_and_checked(self):
        self.assertEqual(
            self.assert_refused({"type": "nonsense", "rid": 7}, "unknown_type")["rid"], 7
        )
        self.assertEqual(
            self.assert_refused({"type": "job_status", "rid": "r"}, "bad_request")["rid"], "r"
        )
        for rid in (1 << 53, -1, 1.5, "x" * 65, [], {}, None, True):
            self.assert_refused({"type": "stats", "rid": rid}, "bad_request", "rid")

    def test_error_names_the_job(self):
        answer = self.client.ask({"type": "job_status", "job_id": "nobody"})
        self.assertEqual((answer["code"], answer["job_id"]), ("not_found", "nobody"))

    def test_leases_of_others_and_of_nobody(self):
        job_id = self.submit("a")
        lease = self.take()["lease"]
        for verb, extra in (
            ("job_complete", {}),
            ("job_failed", {"error": {"message": "m"}}),
            ("job_release", {}),
            ("job_extend", {"lease_ms": 5000}),
        ):
            self.assertEqual(
                self.client.refusal(verb, job_id=job_id, lease=lease + 1, **extra)["code"],
                "lease_lost",
            )
            self.assertEqual(
                self.client.refusal(verb, job_id="none", lease=lease, **extra)["code"], "not_found"
            )
            self.assertEqual(
                self.client.refusal(verb, job_id=job_id, lease="one", **extra)["code"],
                "bad_request",
            )
        self.client.do("job_complete", job_id=job_id, lease=lease)

    def test_lists_over_their_limits(self):
        for field, value in (("tags", ["t"] * 33), ("command", ["w"] * 4097)):
            message = {"type": "submit_job", "duration": 1, field: value}
            self.assert_refused(message, "too_large", field)

    def test_batch_over_the_limit(self):
        jobs = [{"duration": 1, "queue": self.queue}] * 1001
        self.assertEqual(self.client.refusal("submit_jobs", jobs=jobs)["code"], "too_large")
        self.assertEqual(len(self.client.do("submit_jobs", jobs=jobs[:1000])["job_ids"]), 1000)

    def test_payload_that_looks_like_a_request_is_only_payload(self):
        payload = {
            "type": "submit_job",
            "job_id": "inner",
            "duration": 1,
            "text": '{"type":"submit_job"}\n',
        }
        self.submit("outer", payload=payload)
        self.assertEqual(self.client.refusal("job_status", job_id="inner")["code"], "not_found")
        self.assertEqual(self.take()["payload"], payload)

    def test_hello_announces_limits(self):
        hello = self.client.do("hello", proto=1, client="test")
        self.assertEqual(hello["proto"], 1)
        # To a newer client it says what it speaks.
        self.assertEqual(self.client.do("hello", proto=2, client="test")["proto"], 1)
        self.assertIn("limits", hello)


if __name__ == "__main__":
    unittest.main()
