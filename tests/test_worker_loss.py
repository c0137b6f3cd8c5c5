"""Workers that die, leave, freeze or lose their server: jobs go on, and never on two live
workers.
"""

import signal
import time
import unittest

from support import worker_log
from support.case import OwnServerCase
from support.jobs import await_end, await_state, output
from support.process_tree import living
from support.waiting import until


class LostWorkers(OwnServerCase):

    def submit(self, job_id, **fields):
        self.client.do("submit_job", job_id=job_id, **fields)
        return job_id

    def started_by(self, worker, job_id):
        return worker_log.await_event(worker.log, job_id, "start")

    def test_killed_worker_takes_its_job_tree_along_and_another_runs_the_job(self):
        mark = f"7{time.monotonic_ns()}"[:9]
        first = self.worker("first")
        self.submit(
            "a",
            command=[
                "sh",
                "-c",
                f'test "$MUSTER_ATTEMPT" -gt 1 || (setsid sleep {mark} & sleep {mark})',
            ],
        )
        self.started_by(first, "a")
        until("the tree", lambda: len(living(mark)) >= 2)
        first.kill()
        killed_at = time.monotonic()
        until("the end of the tree", lambda: not living(mark))
        await_state(self.client, "a", "ready")
        self.assertLess(time.monotonic() - killed_at, 2.25 + 1.0)
        self.worker("second")
        record = await_end(self.client, "a")
        self.assertEqual(
            (record["state"], record["worker_id"], record["attempt"], record["losses"]),
            ("completed", "second", 2, 1),
        )

    def test_poison_job_is_dead_after_three_lost_workers(self):
        self.submit("a", duration=600)
        for number in range(3):
            worker = self.worker(f"w{number}")
            self.started_by(worker, "a")
            worker.kill()
        record = await_end(self.client, "a")
        self.assertEqual(
            (record["state"], record["death_reason"], record["losses"]), ("dead", "worker_lost", 3)
        )
        self.assertEqual(
            [attempt["worker_id"] for attempt in record["attempts"]], ["w0", "w1", "w2"]
        )

    def test_term_drains_what_runs(self):
        worker = self.worker("w", concurrency=1)
        self.submit("a", duration=1)
        self.started_by(worker, "a")
        self.submit("b", duration=1)
        self.assertEqual(worker.terminate(), 0)
        self.assertEqual(self.client.do("job_status", job_id="a")["state"], "completed")
        self.assertEqual(self.client.do("job_status", job_id="b")["state"], "ready")

    def test_drain_that_takes_too_long_releases_uncharged(self):
        worker = self.worker("w", "--drain-timeout", "300ms", "--grace", "300ms")
        self.submit("a", duration=600)
        mark = f"8{time.monotonic_ns()}"[:9]
        self.started_by(worker, "a")
        self.assertEqual(worker.terminate(), 0)
        record = self.client.do("job_status", job_id="a")
        self.assertEqual((record["state"], record["failures"], record["losses"]), ("ready", 0, 0))
        self.assertEqual(living(mark), [])

    def test_frozen_worker_loses_its_job_and_its_late_word_changes_nothing(self):
        frozen = self.worker("frozen")
        self.submit("a", duration=1)
        self.started_by(frozen, "a")
        frozen.signal(signal.SIGSTOP)
        await_state(self.client, "a", "ready")  # after its whole ttl
        second = self.worker("second")
        record = await_end(self.client, "a")
        self.assertEqual((record["state"], record["worker_id"]), ("completed", "second"))
        frozen.signal(signal.SIGCONT)
        worker_log.await_event(frozen.log, "a", "end")
        self.submit("b", duration=0)
        await_end(self.client, "b")
        after = self.client.do("job_status", job_id="a")
        self.assertEqual(
            (after["worker_id"], after["lease"], after["attempt"]), ("second", record["lease"], 2)
        )
        second.terminate()

    def test_two_workers_with_one_name(self):
        """The newer takes over; the older stops with exit code 5, and the job runs on the newer."""
        old = self.worker("same")
        self.submit("a", command=["sh", "-c", 'test "$MUSTER_ATTEMPT" -gt 1 || sleep 600'])
        self.started_by(old, "a")
        new = self.worker("same", log="newer.log")
        self.assertEqual(old.wait(), 5, old.stderr())
        self.assertEqual(await_end(self.client, "a")["attempt"], 2)
        self.assertTrue(new.running())


class LostServer(OwnServerCase):

    def test_jobs_run_on_through_a_killed_server(self):
        workers = [self.worker(name, concurrency=2) for name in ("left", "right")]
        jobs = [f"n{number}" for number in range(4)]
        for job in jobs:
            self.client.do("submit_job", job_id=job, duration=2)
        before = [await_state(self.client, job, "running") for job in jobs]
        self.server.restart()
        self.client = self.connect()
        for record in before:
            after = await_end(self.client, record["job_id"])
            self.assertEqual(
                (after["state"], after["attempt"], after["lease"], after["worker_id"]),
                ("completed", 1, record["lease"], record["worker_id"]),
            )
        starts = [
            entry["job_id"]
            for worker in workers
            for entry in worker_log.entries(worker.log)
            if entry["event"] == "start"
        ]
        self.assertEqual(sorted(starts), jobs)

    def test_job_that_ends_while_the_server_is_away_is_reported_when_it_is_back(self):
        worker = self.worker("w")
        self.client.do("submit_job", job_id="a", command=["echo", "kept"])
        # The command is held until the server is gone.
        gate = self.directory / "gate"
        self.client.do(
            "submit_job",
            job_id="b",
            command=["sh", "-c", f"while ! test -e {gate}; do sleep 0.05; done; echo kept"],
        )
        await_end(self.client, "a")
        worker_log.await_event(worker.log, "b", "start")
        self.server.kill()
        gate.touch()
        worker_log.await_event(worker.log, "b", "end")
        self.server.start()
        self.client = self.connect()
        record = await_end(self.client, "b")
        self.assertEqual(
            (record["state"], record["attempt"], output(record)),
            ("completed", 1, "kept\n"),
        )

    def test_worker_waits_for_a_server_that_is_not_there_yet(self):
        self.server.kill()
        self.worker("early")
        self.server.start()
        self.client = self.connect()
        self.client.do("submit_job", job_id="a", duration=0)
        self.assertEqual(await_end(self.client, "a")["worker_id"], "early")

    def test_many_restarts_run_nothing_twice(self):
        workers = [self.worker(name, concurrency=4) for name in ("left", "right")]
        jobs = [{"job_id": f"n{number}", "duration": 0.2} for number in range(60)]
        self.client.do("submit_jobs", jobs=jobs)
        for done in (8, 20, 32, 44):
            self.await_ends(workers, done)
            self.server.restart()
        self.client = self.connect()
        for job in jobs:
            record = await_end(self.client, job["job_id"])
            self.assertEqual((record["state"], record["losses"]), ("completed", 0), record)
            # An assignment that died with the server on its way was never run.
            outcomes = [attempt["outcome"] for attempt in record["attempts"]]
            self.assertEqual(set(outcomes[:-1]) - {"undelivered"}, set(), record)
        self.assertEqual(self.count(workers, "start"), 60)

    def await_ends(self, workers, count):
        until(f"{count} ends", lambda: self.count(workers, "end") >= count)

    @staticmethod
    def count(workers, event):
        return sum(
            entry["event"] == event
            for worker in workers
            for entry in worker_log.entries(worker.log)
        )


if __name__ == "__main__":
    unittest.main()
