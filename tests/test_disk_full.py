"""A full disk: submissions are refused, what runs is finished, and room is enough to go on: no
restart.
"""

import collections
import itertools
import time
import unittest

from support.case import scratch_directory, ConnectingCase
from support.jobs import register, state, take
from support.processes import Server
from support.small_disk import mount_or_skip
from support.waiting import until

DISK_MEBIBYTES = 1024
CHUNK = b"\0" * (1 << 20)
LEAVE_BYTES = 64 << 20  # far below the low-water mark


class FullDisk(ConnectingCase):

    def setUp(self):
        self.directory = scratch_directory(self)
        self.disk = mount_or_skip(self, self.directory, DISK_MEBIBYTES)
        self.server = Server(self.disk.path).start()
        self.addCleanup(self.server.stop)
        self.client = self.connect()
        self.filler = self.disk.path / "filler"

    def fill(self, leave):
        with open(self.filler, "wb", buffering=0) as file:
            try:
                while self.disk.free_bytes() > leave + len(CHUNK):
                    file.write(CHUNK)
            except OSError:
                pass  # full to the last block

    def submit_code(self):
        """None when it was accepted, else the code of the refusal."""
        return self.client.ask({"type": "submit_job", "duration": 1}).get("code")

    def running_jobs(self, count):
        self.client.do(
            "submit_jobs", jobs=[{"job_id": f"n{number}", "duration": 1} for number in range(count)]
        )
        return [take(self.client, "w", lease_ms=600_000) for _ in range(count)]

    def test_submissions_refused_completions_taken_and_recovery(self):
        jobs = self.running_jobs(200)
        self.fill(LEAVE_BYTES)
        until("disk_low", lambda: self.submit_code() == "disk_low")
        answer = self.client.refusal("submit_jobs", jobs=[{"duration": 1}])
        self.assertEqual((answer["code"], answer["retryable"]), ("disk_low", True))
        self.assertGreater(answer["retry_after_ms"], 0)
        for job in jobs[:100]:
            self.client.do("job_complete", job_id=job["job_id"], lease=job["lease"])
        self.client.do("job_release", job_id=jobs[100]["job_id"], lease=jobs[100]["lease"])
        self.client.do(
            "job_failed",
            job_id=jobs[101]["job_id"],
            lease=jobs[101]["lease"],
            error={"class": "E", "message": "m"},
        )
        self.filler.unlink()
        until("submissions again", lambda: self.submit_code() is None)
        self.assertEqual(state(self.client, jobs[99]["job_id"]), "completed")

    def test_every_report_and_heartbeat_of_a_session_while_full_to_the_last_byte(self):
        """A worker gets jobs and keeps them over more than one term of its session, whatever it
        reports is taken, large results included, and the same process goes on.
        """
        session = {"worker_id": "w", "instance": "i"}
        self.client.do("submit_jobs", jobs=[{"job_id": f"s{n}", "duration": 1} for n in range(400)])
        process = self.server.process.pid
        self.fill(0)
        until("disk_low", lambda: self.submit_code() == "disk_low")
        register(self.client, "w", concurrency=400, ttl_ms=1500)
        jobs = self.client.do("request_job", max=400, **session)["jobs"]
        self.assertEqual(len(jobs), 400)
        reports = itertools.cycle(
            (
                ("job_complete", {"result": "r" * 20_000}),
                ("job_failed", {"error": {"class": "E", "message": "m"}}),
                ("job_release", {}),
                ("job_complete", {}),
            )
        )
        refused, began = collections.Counter(), time.monotonic()
        for number, (job, (verb, fields)) in enumerate(zip(jobs, reports)):
            # Spread over two terms, so that the heartbeats count.
            while time.monotonic() - began < 3.0 * number / len(jobs):
                self.assertTrue(self.client.quiet_for(0.005))
            beat = self.client.do("heartbeat", **session)
            self.assertEqual(beat["state"], "running")
            self.client.do(verb, job_id=job["job_id"], lease=job["lease"], **fields)
            refused[self.submit_code()] += 1
        self.assertEqual(refused, {"disk_low": len(jobs)})
        self.assertGreater(time.monotonic() - began, 2.9)
        self.filler.unlink()
        until("submissions again", lambda: self.submit_code() is None)
        self.assertEqual(self.server.process.pid, process)
        self.assertTrue(self.server.process.running())
        self.assertEqual(state(self.client, jobs[0]["job_id"]), "completed")

    def test_full_to_the_last_byte(self):
        """Completions go into room that was set aside; what was acknowledged is there after kill
        -9 on the full disk.
        """
        jobs = self.running_jobs(500)
        self.fill(0)
        until("disk_low", lambda: self.submit_code() == "disk_low")
        for job in jobs:
            self.client.do(
                "job_complete", job_id=job["job_id"], lease=job["lease"], result="r" * 2000
            )
        self.server.restart()
        self.client = self.connect()
        for job in jobs:
            self.assertEqual(state(self.client, job["job_id"]), "completed")
        self.filler.unlink()
        until("submissions again", lambda: self.submit_code() is None)


if __name__ == "__main__":
    unittest.main()
