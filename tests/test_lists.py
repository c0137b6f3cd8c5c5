"""Lists and counters: pages, cursors, and totals that equal a recount."""

import collections
import unittest

from support.case import OwnServerCase
from support.jobs import all_jobs

STATES = ("scheduled", "ready", "running", "completed", "dead", "cancelled")


class Lists(OwnServerCase):
    server_options = ("--durability", "memory")

    def populate(self):
        """Jobs in every state, over two queues; returns how many in each."""
        for queue, count in (("left", 30), ("right", 70)):
            jobs = [
                {"job_id": f"{queue}{number}", "queue": queue, "duration": 1}
                for number in range(count)
            ]
            self.client.do("submit_jobs", jobs=jobs)
        self.client.do("submit_job", job_id="later", queue="left", duration=1, delay_ms=3_600_000)
        for number in range(12):
            taken = self.client.do(
                "request_job", worker_id="w", queues=["right"], lease_ms=3_600_000
            )
            if number < 5:
                self.client.do("job_complete", job_id=taken["job_id"], lease=taken["lease"])
            elif number < 8:
                self.client.do(
                    "job_failed",
                    job_id=taken["job_id"],
                    lease=taken["lease"],
                    retryable=False,
                    error={"class": "E", "message": "m"},
                )
        self.client.do("cancel_job", ids=["left0", "left1"])
        return {
            "scheduled": 1,
            "ready": 86,
            "running": 4,
            "completed": 5,
            "dead": 3,
            "cancelled": 2,
        }

    def test_counters_equal_a_recount(self):
        expected = self.populate()
        jobs = list(all_jobs(self.client, limit=7))
        self.assertEqual(len({job["job_id"] for job in jobs}), 101)
        self.assertEqual(collections.Counter(job["state"] for job in jobs), expected)
        stats = self.client.do("stats")
        self.assertEqual({state: stats["jobs"][state] for state in STATES}, expected)
        for row in self.client.do("list_queues")["queues"]:
            recount = collections.Counter(
                job["state"] for job in jobs if job["queue"] == row["queue"]
            )
            self.assertEqual(
                {state: row["jobs"][state] for state in STATES},
                {state: recount[state] for state in STATES},
            )
        self.assertEqual((stats["totals"]["submitted"], stats["totals"]["completed"]), (101, 5))

    def test_pages_by_queue_and_state(self):
        self.populate()
        for filters, count in (
            ({"queue": "left"}, 31),
            ({"state": "dead"}, 3),
            ({"queue": "left", "state": "dead"}, 0),
            ({"queue": "nobody"}, 0),
            ({"queue": "right", "state": "running"}, 4),
        ):
            for limit in (1, 3, 1000):
                jobs = list(all_jobs(self.client, limit=limit, **filters))
                self.assertEqual(len(jobs), count, (filters, limit))
                for field, value in filters.items():
                    self.assertEqual({job[field] for job in jobs} - {value}, set())

    def test_pages_do_not_move_when_jobs_come_and_go(self):
        self.populate()
        page = self.client.do("list_jobs", limit=10)
        self.client.do("submit_job", job_id="new", duration=1)
        self.client.do("delete_job", job_id="left0")
        rest = []
        while page.get("next") is not None:
            page = self.client.do("list_jobs", limit=10, after=page["next"])
            rest += [job["job_id"] for job in page["jobs"]]
        self.assertEqual(len(rest), len(set(rest)))
        self.assertEqual(rest[-1], "new")
        self.assertEqual(len(rest), 92)

    def test_page_stops_before_the_answer_limit(self):
        for number in range(8):
            self.client.do("submit_job", job_id=f"big{number}", duration=1, payload="x" * 900_000)
        self.client.send({"type": "list_jobs", "limit": 1000})
        self.assertLessEqual(len(self.client.line()), 4 << 20)
        self.assertEqual(len(list(all_jobs(self.client))), 8)

    def test_wrong_filters(self):
        for fields in (
            {"state": "pending"},
            {"state": 1},
            {"limit": 0},
            {"limit": -1},
            {"limit": "10"},
            {"after": "x"},
            {"after": -1},
            {"queue": 1},
        ):
            self.assertEqual(
                self.client.refusal("list_jobs", **fields)["code"], "bad_request", fields
            )


if __name__ == "__main__":
    unittest.main()
