"""The demonstration's verdict: it must find every way in which the story could be untrue."""

import copy
import pathlib
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "examples" / "demo"))

from verdict import CLAIMS, Evidence, ServerKill, WorkerKill, judge  # noqa: E402


def record(job_id, worker, lease, attempts=1, state="completed", losses=0):
    return {
        "job_id": job_id,
        "state": state,
        "worker_id": worker,
        "lease": lease,
        "attempt": attempts,
        "losses": losses,
        "attempts": [],
    }


def log_of(worker, *runs):
    """Entries for (job, lease, start, end); no end where that is None."""
    entries = []
    for job_id, lease, start, end in runs:
        for event, at in (("start", start), ("end", end)):
            if at is not None:
                entries.append(
                    {
                        "event": event,
                        "worker": worker,
                        "job_id": job_id,
                        "lease": lease,
                        "ts_ms": at,
                    }
                )
    return entries


def true_story():
    """amber naps, and is killed at 500 in the middle of `cut`, which birch finishes; the server
    is killed at 2000 while `across` runs on birch; `hopeless` fails twice.
    """
    return Evidence(
        planned={"nap": "completed", "cut": "completed", "across": "completed", "hopeless": "dead"},
        acknowledged=["nap", "cut", "across", "hopeless"],
        logs={
            "amber": log_of("amber", ("nap", 1, 100, 200), ("cut", 2, 300, None)),
            "birch": log_of(
                "birch",
                ("hopeless", 3, 100, 150),
                ("cut", 4, 700, 1500),
                ("hopeless", 5, 400, 450),
                ("across", 6, 1600, 3000),
            ),
        },
        records={
            "nap": record("nap", "amber", 1),
            "cut": record("cut", "birch", 4, attempts=2, losses=1),
            "across": record("across", "birch", 6),
            "hopeless": record("hopeless", "", 5, 2, "dead"),
        },
        listed=["nap", "cut", "across", "hopeless"],
        worker_kills=[WorkerKill("amber", 500, record("cut", "amber", 2, state="running"))],
        server_kills=[ServerKill(2000, [record("across", "birch", 6, state="running")])],
    )


class Verdict(unittest.TestCase):

    def setUp(self):
        self.story = true_story()

    def assert_found(self, claim_check):
        """Exactly that claim, and maybe others, is contradicted."""
        contradicted = [
            check for check, (_, problems) in zip(CLAIMS.values(), judge(self.story)) if problems
        ]
        self.assertIn(claim_check, [check.__name__ for check in contradicted])

    def test_true_story(self):
        self.assertEqual([problem for _, problems in judge(self.story) for problem in problems], [])

    def test_lost_job(self):
        for job_id in self.story.planned:
            self.story = true_story()
            self.story.records[job_id] = None
            self.assert_found("nothing_was_lost")

    def test_job_that_did_not_end(self):
        self.story.records["nap"]["state"] = "running"
        self.assert_found("nothing_was_lost")

    def test_job_without_acknowledgement(self):
        self.story.acknowledged.remove("nap")
        self.assert_found("nothing_was_lost")

    def test_everything_forgotten(self):
        self.story.records = dict.fromkeys(self.story.records)
        self.story.listed = []
        self.assert_found("nothing_was_lost")

    def test_invented_job(self):
        self.story.listed.append("ghost")
        self.assert_found("nothing_was_invented")

    def test_job_run_that_nobody_submitted(self):
        self.story.logs["birch"] += log_of("birch", ("ghost", 9, 10, 20))
        self.assert_found("nothing_was_invented")

    def test_completion_by_a_worker_that_never_ran_it(self):
        self.story.records["nap"]["worker_id"] = "birch"
        self.assert_found("server_and_workers_agree")

    def test_completion_under_another_lease(self):
        self.story.records["nap"]["lease"] = 7
        self.assert_found("server_and_workers_agree")

    def test_completion_that_the_worker_never_finished(self):
        self.story.logs["birch"] = [
            entry
            for entry in self.story.logs["birch"]
            if (entry["job_id"], entry["event"]) != ("across", "end")
        ]
        self.assert_found("server_and_workers_agree")

    def test_run_that_the_server_does_not_count(self):
        self.story.logs["birch"] += log_of("birch", ("nap", 8, 300, 400))
        self.assert_found("server_and_workers_agree")

    def test_attempt_that_no_worker_saw(self):
        self.story.records["nap"]["attempt"] = 2
        self.assert_found("server_and_workers_agree")

    def test_attempt_that_never_reached_its_worker(self):
        self.story.records["nap"].update(attempt=2, attempts=[{"outcome": "undelivered"}])
        self.assertEqual([problem for _, found in judge(self.story) for problem in found], [])

    def test_two_runs_under_one_lease(self):
        self.story.logs["birch"] += log_of("birch", ("across", 6, 3100, 3200))
        self.assert_found("server_and_workers_agree")

    def test_two_live_workers(self):
        self.story.logs["amber"] += log_of("amber", ("across", 7, 400, 1700))
        self.story.records["across"]["attempt"] = 2
        self.assert_found("never_two_live_workers")

    def test_second_worker_before_the_first_was_killed(self):
        self.story.worker_kills[0].at_ms = 900
        self.assert_found("never_two_live_workers")

    def test_nobody_was_killed(self):
        self.story.worker_kills = []
        self.assert_found("killed_workers_job_went_on")
        self.story = true_story()
        self.story.server_kills = []
        self.assert_found("server_kill_disturbed_nobody")

    def test_killed_while_its_job_did_not_run(self):
        for change in ({"state": "ready"}, {"worker_id": "birch"}):
            self.story = true_story()
            self.story.worker_kills[0].before.update(change)
            self.assert_found("killed_workers_job_went_on")

    def test_killed_after_its_job_had_ended(self):
        self.story.logs["amber"] += log_of("amber", ("cut", 2, None, 450))
        self.assert_found("killed_workers_job_went_on")

    def test_loss_that_was_not_recorded(self):
        self.story.records["cut"]["losses"] = 0
        self.assert_found("killed_workers_job_went_on")

    def test_server_killed_while_nothing_ran(self):
        for before in ([], [record("across", "birch", 6, state="ready")]):
            self.story = true_story()
            self.story.server_kills[0].before = before
            self.assert_found("server_kill_disturbed_nobody")

    def test_job_given_out_again_by_the_new_server(self):
        self.story.records["across"].update(lease=9, attempts=2, losses=1)
        self.story.logs["birch"] += log_of("birch", ("across", 9, 3100, 3500))
        self.assert_found("server_kill_disturbed_nobody")

    def test_job_that_had_ended_before_the_server_was_killed(self):
        logs = copy.deepcopy(self.story.logs["birch"])
        for entry in logs:
            if entry["job_id"] == "across" and entry["event"] == "end":
                entry["ts_ms"] = 1900
        self.story.logs["birch"] = logs
        self.assert_found("server_kill_disturbed_nobody")


if __name__ == "__main__":
    unittest.main()
