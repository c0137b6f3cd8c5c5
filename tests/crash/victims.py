"""Servers that were killed for their files."""

import json
import shutil
import subprocess
import time

from crash.journal_files import records
from crash.lives import Lives
from killing.load import Load
from support.jobs import all_jobs
from support.processes import Server

LIVES = 3  # each start writes a checkpoint, and what the store's log held before becomes a table
LOAD_SECONDS = 0.2
SEAL_SECONDS = 0.5  # a seal is written after 0.1 s without work


class Victim:
    """The files of one server, killed at work or (`idle`) after it. `whole` is all that a start on
    them serves, `without_last` the same if the last record had never been written.
    """

    def __init__(self, directory, name, seed, idle):
        self.name = name
        self.data = directory / name
        self.work = directory / f"{name}-damaged"
        lives = Lives(directory, self.data, f"{name}-{seed}")
        for number in range(LIVES):
            if number > 0:
                lives.check()  # takes finished jobs away before retention does, at its own time
            lives.live(LOAD_SECONDS, at_end=lives.server.kill)
        if idle:
            die_in_peace(lives)
        self.records = records(self.data / "default/journal")
        self.server = Server(directory)
        self.server.data = lives.server.data = self.work
        self.copy()
        self.complaints = lives.check()  # the ledger's word on what is undamaged
        self.copy()
        self.whole = self._serve_or_die()
        self.copy()
        self._wipe_last_record()
        self.without_last = self._serve_or_die()

    def copy(self):
        """A fresh one to be damaged. Zeros take no room in it."""
        shutil.rmtree(self.work, ignore_errors=True)
        subprocess.run(
            ["cp", "-a", "--sparse=always", "--reflink=auto", str(self.data), str(self.work)],
            check=True,
        )

    def slip_in_a_job(self):
        self.server.start()
        with self.server.connect() as connection:
            connection.do("submit_job", duration=1)
        self.server.terminate()

    def _wipe_last_record(self):
        last = self.records[-1]
        with open(self.work / last.path.relative_to(self.data), "r+b") as file:
            file.seek(last.offset)
            file.write(bytes(last.size))

    def _serve_or_die(self):
        status, everything = self.serve()
        if status != 0:
            raise AssertionError(f"{self.name} ended with {status}: {self.last_words()}")
        return everything

    def serve(self):
        """A start on the copy, all questions, a stop: returns (exit status, all answers), the
        latter None when it did not come to that.
        """
        try:
            self.server.start()
        except AssertionError:
            if self.server.process.running():
                raise
            return self.server.process.wait(), None
        with self.server.connect() as connection:
            jobs = sorted(all_jobs(connection), key=lambda job: job["job_id"])
            queues = connection.do("list_queues")["queues"]
            for queue in queues:
                queue.pop("oldest_ready_ms")  # an age
            everything = json.dumps([jobs, queues, connection.do("stats")["jobs"]])
        return self.server.terminate(), everything

    def last_words(self):
        lines = self.server.process.stderr().strip().splitlines()
        return lines[-1] if lines else "nothing on stderr"


def die_in_peace(lives):
    lives.check()
    lives.start()
    load = Load(lives.server, lives.ledger, f"{lives.seed}-idle", lives.held)
    load.start()
    time.sleep(LOAD_SECONDS)
    load.join()
    time.sleep(SEAL_SECONDS)
    lives.server.kill()
