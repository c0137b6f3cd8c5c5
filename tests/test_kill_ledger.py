"""The kill loop's judge: it must find every way in which a server could have broken its word."""

import collections
import unittest

from killing.ledger import Ledger
from killing.plan import POINTS, plan


def world(**states):
    """{job id: record} of jobs named after themselves, e.g. a="ready"."""
    return {
        job_id: {
            "job_id": job_id,
            "state": state,
            "queue": "q",
            "payload": f"payload of {job_id}",
            "attempt": 0 if state == "ready" else 1,
            "lease": 0 if state == "ready" else 5,
        }
        for job_id, state in states.items()
    }


def counters(found):
    by_state = collections.Counter(record["state"] for record in found.values())
    return {"jobs": dict(by_state)}, [{"queue": "q", "jobs": dict(by_state)}]


class Judging(unittest.TestCase):

    def setUp(self):
        self.ledger = Ledger()

    def submitted(self, *job_ids, accepted=True, parent=None):
        self.ledger.submitting({job_id: f"payload of {job_id}" for job_id in job_ids}, parent)
        if accepted:
            self.ledger.accepted(job_ids)

    def check(self, found, stats=None, queues=None):
        good_stats, good_queues = counters(found)
        return self.ledger.check(found, stats or good_stats, queues or good_queues)

    def assert_complaint(self, words, found, **counted):
        complaints = self.check(found, **counted)
        self.assertTrue(any(words in text for text in complaints), complaints)

    def test_nothing_wrong(self):
        self.submitted("a", "b", "c")
        self.ledger.leased("b", 5)
        self.ledger.completing(["c"])
        self.ledger.completed(["c"])
        self.assertEqual(self.check(world(a="ready", b="running", c="completed")), [])

    def test_lost_job(self):
        self.submitted("a", "b")
        self.assert_complaint("a (acknowledged): lost", world(b="ready"))
        self.assertEqual(self.check(world(b="ready")), [])

    def test_undone_completion(self):
        self.submitted("a")
        self.ledger.completed(["a"])
        for state in ("ready", "running"):
            self.assert_complaint("not completed", world(a=state))

    def test_lost_completed_job(self):
        self.submitted("a")
        self.ledger.completed(["a"])
        self.assert_complaint("lost", {})

    def test_completion_nobody_reported(self):
        self.submitted("a")
        self.assert_complaint("it is completed", world(a="completed"))

    def test_stranger(self):
        self.assert_complaint("nobody submitted it", world(a="ready"))

    def test_half_a_batch(self):
        self.submitted("a", "b", accepted=False)
        self.assert_complaint("half there", world(a="ready"))

    def test_half_a_batch_of_which_a_worker_had_one(self):
        self.submitted("a", "b", accepted=False)
        self.ledger.completing(["a"])
        self.assert_complaint("half there", world(a="completed"))

    def test_unacknowledged_batch_may_be_there_or_not(self):
        self.submitted("a", "b", accepted=False)
        self.submitted("c", accepted=False)
        self.assertEqual(self.check(world(a="ready", b="ready")), [])

    def test_absent_job_must_stay_absent(self):
        self.submitted("a", accepted=False)
        self.assertEqual(self.check({}), [])
        self.assert_complaint("it is back", world(a="ready"))

    def test_present_job_must_stay_present(self):
        self.submitted("a", accepted=False)
        self.assertEqual(self.check(world(a="ready")), [])
        self.assert_complaint("lost", {})

    def test_deleted_job_must_stay_deleted(self):
        self.submitted("a")
        self.ledger.completed(["a"])
        self.ledger.deleting(["a"])
        self.ledger.deleted(["a"])
        self.assert_complaint("it is back", world(a="completed"))

    def test_other_payload(self):
        self.submitted("a")
        found = world(a="ready")
        found["a"]["payload"] = "payload of b"
        self.assert_complaint("payload", found)

    def test_second_lease(self):
        self.submitted("a")
        found = world(a="running")
        found["a"]["attempt"] = 2
        self.assert_complaint("2 times", found)

    def test_follow_up_and_completion_belong_together(self):
        for state, follow_up, words in (
            ("running", "ready", "without its parent"),
            ("completed", None, "is missing"),
        ):
            self.ledger = Ledger()
            self.submitted("a")
            self.submitted("b", accepted=False, parent="a")
            self.ledger.completing(["a"])
            self.assert_complaint(words, world(a=state, **({"b": follow_up} if follow_up else {})))

    def test_acknowledgement_read_after_the_completion(self):
        self.submitted("a", accepted=False)
        self.ledger.completed(["a"])
        self.ledger.accepted(["a"])
        self.assert_complaint("not completed", world(a="running"))

    def test_tokens_grow(self):
        self.submitted("a", "b")
        self.ledger.leased("a", 9)
        self.assertEqual(self.check(world(a="running", b="ready")), [])
        self.ledger.leased("b", 9)
        self.assert_complaint("not above 9", world(a="running", b="running"))

    def test_tokens_of_unread_assignments_count(self):
        self.submitted("a", "b")
        self.assertEqual(self.check(world(a="running", b="ready")), [])
        self.ledger.leased("b", 4)
        self.assert_complaint("not above 5", world(a="running", b="running"))

    def test_token_given_twice(self):
        self.submitted("a", "b")
        self.ledger.leased("a", 7)
        self.ledger.leased("b", 7)
        self.assert_complaint("twice", world(a="running", b="running"))

    def test_counters(self):
        self.submitted("a")
        found = world(a="ready")
        stats, queues = counters(found)
        self.assert_complaint(
            "stats: 2 ready counted, 1 found", found, stats={"jobs": {"ready": 2}}
        )
        self.assert_complaint(
            "queue q", found, queues=[{"queue": "q", "jobs": {"ready": 1, "dead": 1}}]
        )
        self.assert_complaint(
            "in no list", found, stats=stats, queues=[{"queue": "other", "jobs": {}}]
        )
        self.assertEqual(self.check(found, stats, queues), [])


class Planning(unittest.TestCase):

    def test_each_kind_comes_even_in_a_short_run(self):
        self.assertEqual({kill.point for kill in plan(4, 1)}, set(POINTS))

    def test_same_seed_same_plan(self):
        self.assertEqual(list(plan(100, 7)), list(plan(100, 7)))
        self.assertNotEqual(list(plan(100, 7)), list(plan(100, 8)))


if __name__ == "__main__":
    unittest.main()
