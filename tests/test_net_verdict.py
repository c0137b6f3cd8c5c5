"""The verdict over a bad network: it passes a true story and finds every way in which one source
could contradict the others.
"""

import copy
import pathlib
import tempfile
import unittest

from net.evidence import executions
from net.verdict import CLAIMS, Evidence, Execution, figures, judge


def attempt(number, lease, worker, outcome="completed"):
    return {"attempt": number, "lease": lease, "worker_id": worker, "outcome": outcome}


def record(state, *attempts):
    last = attempts[-1]
    return {
        "state": state,
        "attempt": len(attempts),
        "lease": last["lease"],
        "worker_id": last["worker_id"],
        "attempts": list(attempts),
    }


def log(worker, job_id, lease, *events):
    """Entries of a worker log; an event may be (event, outcome)."""
    entries = []
    for event in events:
        name, outcome = event if isinstance(event, tuple) else (event, None)
        entry = {"event": name, "worker": worker, "job_id": job_id, "lease": lease}
        entries.append({**entry, **({"outcome": outcome} if outcome else {})})
    return entries


def done(outcome):
    return "start", ("end", outcome), ("reported", outcome)


def true_story():
    """`calm` ran once. `moved` began on amber, which was cut off; birch completed it while amber
    still ran it, whose late report was refused. `fails` fails once. `hopeless` fails twice and is
    dead. `cut` was killed with amber. `late` was taken for lost and completed by its worker before
    anybody else had it.
    """
    return Evidence(
        planned={
            "calm": {"completed"},
            "moved": {"completed"},
            "fails": {"completed"},
            "hopeless": {"dead"},
            "cut": {"completed"},
            "late": {"completed"},
        },
        acknowledged={"calm", "moved", "fails", "hopeless", "cut", "late"},
        executions=[
            Execution("calm", 1, 1, "amber", 1.0, 2.0),
            Execution("moved", 2, 1, "amber", 3.0, 20.0),
            Execution("moved", 3, 2, "birch", 14.0, 16.0),
            Execution("fails", 4, 1, "amber", 1.0, 1.5),
            Execution("fails", 5, 2, "birch", 3.0, 3.5),
            Execution("hopeless", 6, 1, "amber", 1.0, 1.5),
            Execution("hopeless", 7, 2, "amber", 3.0, 3.5),
            Execution("cut", 8, 1, "amber", 1.0),
            Execution("cut", 9, 2, "birch", 3.5, 4.0),
            Execution("late", 10, 1, "amber", 5.0, 30.0),
        ],
        worker_logs=[
            *log("amber", "calm", 1, *done("completed")),
            *log("amber", "moved", 2, "start", ("end", "completed"), ("reported", "lease_lost")),
            *log("birch", "moved", 3, *done("completed")),
            *log("amber", "fails", 4, *done("failed")),
            *log("birch", "fails", 5, *done("completed")),
            *log("amber", "hopeless", 6, *done("failed")),
            *log("amber", "hopeless", 7, *done("failed")),
            *log("amber", "cut", 8, "start"),
            *log("birch", "cut", 9, *done("completed")),
            *log("amber", "late", 10, *done("completed")),
        ],
        records={
            "calm": record("completed", attempt(1, 1, "amber")),
            "moved": record(
                "completed", attempt(1, 2, "amber", "worker_lost"), attempt(2, 3, "birch")
            ),
            "fails": record("completed", attempt(1, 4, "amber", "failed"), attempt(2, 5, "birch")),
            "hopeless": record(
                "dead", attempt(1, 6, "amber", "failed"), attempt(2, 7, "amber", "failed")
            ),
            "cut": record(
                "completed", attempt(1, 8, "amber", "lease_expired"), attempt(2, 9, "birch")
            ),
            "late": record("completed", attempt(1, 10, "amber")),
        },
        listed={"calm", "moved", "fails", "hopeless", "cut", "late"},
    )


class VerdictCase(unittest.TestCase):

    def setUp(self):
        self.story = true_story()

    def runs_of(self, job_id):
        return [run for run in self.story.executions if run.job_id == job_id]

    def assert_found(self, check):
        found = {CLAIMS[claim].__name__ for claim, against in judge(self.story).items() if against}
        self.assertIn(check, found)


class TrueStory(VerdictCase):

    def test_true_story(self):
        self.assertEqual([text for against in judge(self.story).values() for text in against], [])

    def test_figures(self):
        counted = figures(self.story)
        self.assertEqual(counted["jobs"], 6)
        self.assertEqual(counted["executions"], 10)
        self.assertEqual(counted["jobs_executed_again"], 4)
        self.assertEqual(counted["overlapping_executions"], 1)
        self.assertEqual(counted["executions_cut_short"], 1)
        self.assertEqual(counted["late_reports_refused"], 1)
        self.assertEqual(counted["attempts_worker_lost"], 1)

    def test_every_claim_is_contradicted_here(self):
        """A claim that no test below contradicts would be one that cannot fail."""
        source = pathlib.Path(__file__).read_text(encoding="utf-8")
        for check in CLAIMS.values():
            self.assertIn(f'assert_found("{check.__name__}")', source)


class Records(VerdictCase):

    def test_lost_job(self):
        for job_id in self.story.planned:
            self.story = true_story()
            self.story.records[job_id] = None
            self.assert_found("nothing_was_lost")

    def test_wrong_end(self):
        for state in ("running", "ready", "scheduled", "dead"):
            self.story.records["calm"]["state"] = state
            self.assert_found("nothing_was_lost")

    def test_acknowledgement_missing(self):
        self.story.acknowledged.remove("calm")
        self.assert_found("nothing_was_lost")

    def test_invented_job(self):
        self.story.listed.add("ghost")
        self.assert_found("nothing_was_invented")

    def test_two_completions(self):
        self.story.records["moved"]["attempts"][0]["outcome"] = "completed"
        self.assert_found("completed_exactly_once")

    def test_completion_of_a_dead_job(self):
        self.story.records["hopeless"]["attempts"][1]["outcome"] = "completed"
        self.assert_found("completed_exactly_once")

    def test_completed_without_a_completing_attempt(self):
        self.story.records["calm"]["attempts"][0]["outcome"] = "failed"
        self.assert_found("completed_exactly_once")

    def test_completion_by_an_older_lease(self):
        first, second = self.story.records["moved"]["attempts"]
        first["outcome"], second["outcome"] = "completed", "worker_lost"
        self.assert_found("completed_exactly_once")

    def test_completion_by_another_worker(self):
        self.story.records["calm"]["worker_id"] = "birch"
        self.assert_found("completed_exactly_once")

    def test_lease_given_for_two_jobs(self):
        self.story.records["calm"]["attempts"][0]["lease"] = 9
        self.assert_found("no_lease_twice")

    def test_leases_that_do_not_grow(self):
        first, second = self.story.records["moved"]["attempts"]
        first["lease"], second["lease"] = 3, 2
        self.assert_found("no_lease_twice")

    def test_lease_missing_in_the_record(self):
        del self.story.records["moved"]["attempts"][0]
        self.assert_found("no_execution_without_a_lease")

    def test_lease_of_another_worker(self):
        self.story.records["moved"]["attempts"][0]["worker_id"] = "birch"
        self.assert_found("no_execution_without_a_lease")

    def test_executed_and_recorded_as_undelivered(self):
        self.story.records["moved"]["attempts"][0]["outcome"] = "undelivered"
        self.assert_found("no_execution_without_a_lease")
        self.assert_found("every_further_execution_has_a_cause")

    def test_cause_missing(self):
        for job_id in ("moved", "cut"):
            for outcome in (None, "", "running", "completed"):
                self.story = true_story()
                self.story.records[job_id]["attempts"][0]["outcome"] = outcome
                self.assert_found("every_further_execution_has_a_cause")

    def test_overlap_with_a_worker_that_was_heard(self):
        for outcome in ("failed", "released"):
            self.story.records["moved"]["attempts"][0]["outcome"] = outcome
            self.assert_found("executions_overlap_only_unheard")


class Executions(VerdictCase):

    def test_job_that_nobody_submitted(self):
        self.story.executions.append(Execution("ghost", 90, 1, "amber", 1.0, 2.0))
        self.assert_found("nothing_was_invented")

    def test_every_single_execution_is_looked_for(self):
        """Of a job that is completed the completing run may not be missing."""
        for job_id in ("calm", "moved", "fails", "cut", "late"):
            self.story = true_story()
            self.story.executions.remove(self.runs_of(job_id)[-1])
            self.assert_found("completed_exactly_once")

    def test_completing_run_that_was_cut_short(self):
        self.runs_of("calm")[0].end = None
        self.assert_found("completed_exactly_once")

    def test_run_under_a_lease_of_nobody(self):
        self.runs_of("calm")[0].lease = 77
        self.assert_found("no_execution_without_a_lease")

    def test_run_by_another_worker_or_attempt(self):
        for change in ({"worker": "birch"}, {"attempt": 2}):
            self.story = true_story()
            vars(self.runs_of("calm")[0]).update(change)
            self.assert_found("no_execution_without_a_lease")

    def test_second_run_under_one_lease(self):
        self.story.executions.append(copy.copy(self.runs_of("calm")[0]))
        self.assert_found("no_lease_twice")

    def test_second_run_after_the_completion(self):
        self.story.executions.append(Execution("calm", 20, 2, "birch", 5.0, 6.0))
        self.story.records["calm"]["attempts"].append(attempt(2, 20, "birch", "worker_lost"))
        self.story.worker_logs += log("birch", "calm", 20, "start")
        self.assert_found("every_further_execution_has_a_cause")

    def test_run_before_the_earlier_attempt_had_failed(self):
        self.runs_of("fails")[1].start = 1.2
        self.assert_found("executions_overlap_only_unheard")


class WorkerLogs(VerdictCase):

    def change(self, job_id, number, event, **fields):
        for entry in self.story.worker_logs:
            if (entry["job_id"], entry["lease"], entry["event"]) == (job_id, number, event):
                entry.update(fields)

    def test_start_missing(self):
        for begin in range(10):
            self.story = true_story()
            starts = [e for e in self.story.worker_logs if e["event"] == "start"]
            self.story.worker_logs.remove(starts[begin])
            self.assert_found("no_execution_without_a_lease")

    def test_told_completed_and_recorded_otherwise(self):
        self.change("moved", 2, "reported", outcome="completed")
        self.assert_found("workers_were_told_the_truth")

    def test_told_lease_lost_and_recorded_as_completed(self):
        self.change("calm", 1, "reported", outcome="lease_lost")
        self.assert_found("workers_were_told_the_truth")

    def test_told_about_a_lease_of_nobody(self):
        self.change("calm", 1, "reported", lease=55)
        self.assert_found("workers_were_told_the_truth")

    def test_told_failed_and_recorded_as_completed(self):
        self.change("fails", 5, "reported", outcome="failed")
        self.assert_found("workers_were_told_the_truth")

    def test_failure_of_a_job_that_was_asked_to_stop(self):
        record = self.story.records["hopeless"]
        record["attempts"][1]["outcome"] = record["state"] = "cancelled"
        self.story.planned["hopeless"].add("cancelled")
        self.assertEqual([text for against in judge(self.story).values() for text in against], [])

    def test_told_that_the_job_is_unknown(self):
        self.change("calm", 1, "reported", outcome="not_found")
        self.assert_found("workers_were_told_the_truth")


class Lines(unittest.TestCase):

    def test_what_jobs_wrote(self):
        with tempfile.TemporaryDirectory() as directory:
            path = pathlib.Path(directory) / "runs"
            self.assertEqual(executions(path), [])
            path.write_text(
                "start a 1 1 amber 10.50\n"
                "start b 2 1 birch 11.00\n"
                "end a 1 1 amber 12.25\n"
                "start a 1 1 amber 13.00\n"
            )
            self.assertEqual(
                executions(path),
                [
                    Execution("a", 1, 1, "amber", 10.5, 12.25),
                    Execution("a", 1, 1, "amber", 13.0, None),
                    Execution("b", 2, 1, "birch", 11.0, None),
                ],
            )


if __name__ == "__main__":
    unittest.main()
