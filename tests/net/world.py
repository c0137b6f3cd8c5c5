"""A server, its workers and one client, with everything that is needed to judge them afterwards."""

import os
import pathlib
import signal
import subprocess
import time

from net.evidence import WORKER_VARIABLE, collect, command
from net.verdict import CLAIMS, figures, judge
from support.lines import ConnectionEnded, Refused
from support.process_tree import signal_tree
from support.processes import Server, Worker

ATTEMPT_SECONDS = 5.0  # one try of a request; then another connection
PATIENCE_SECONDS = 60.0
PAUSE_SECONDS = 0.02
DRAIN_SECONDS = 45.0  # more than a worker gives its jobs, and itself
DRAINED = "every worker that lived to the end drained"
WORLD_CLAIMS = (*CLAIMS, DRAINED)  # of World.judge


class World:
    """Owned by a test or a program, which closes it: nothing is left then, whatever happened."""

    def __init__(self, directory, *server_options, place=None, environment=None):
        self.directory = pathlib.Path(directory)
        self.place = place
        # Beyond loopback the server asks for it; here every namespace is the test's own.
        options = (*server_options, *(("--insecure",) if place else ()))
        self.server = Server(self.directory, *options, place=place, environment=environment)
        self.server.start()
        self.workers = {}
        self.planned = {}
        self.acknowledged = set()
        self.runs = self.directory / "runs"
        self.queue = None  # where all jobs of `job` lie, if others lie elsewhere
        self.last_evidence = None  # what was judged last
        self._ended_workers = []
        self._stuck = []
        self._connection = None

    # ---- workers

    def start_worker(self, name, *options, queues=("default",), concurrency=1, **where):
        """`place`: a host; `via`: a proxy (then in the proxy's place); `environment`."""
        via, place = where.get("via"), where.get("place")
        place = via.place if via else place
        environment = {WORKER_VARIABLE: name, **(where.get("environment") or {})}
        worker = Worker(
            via or self.server,
            self.directory,
            name,
            *options,
            queues=queues,
            concurrency=concurrency,
            environment=environment,
            prefix=place.prefix() if place else (),
        )
        self.workers[name] = worker
        return worker

    def kill_worker(self, name):
        """SIGKILL, also to one that stands still; its jobs die with it."""
        worker = self.workers.pop(name)
        signal_tree(worker.pid, signal.SIGCONT)
        worker.kill()
        self._ended_workers.append(worker)

    def terminate_worker(self, name):
        """SIGTERM without waiting for the end, which `reap` notes."""
        self.workers[name].signal(signal.SIGTERM)

    def reap(self):
        """Forgets workers that have ended; returns {name: exit status} of them."""
        statuses = {
            name: worker.wait() for name, worker in self.workers.items() if not worker.running()
        }
        for name in statuses:
            worker = self.workers.pop(name)
            worker.close()
            self._ended_workers.append(worker)
        return statuses

    # ---- jobs

    def job(self, job_id, seconds, again=None, failures=0, ends=("completed",), **fields):
        """The message for a job that writes down its runs, and should end in one of `ends`."""
        self.planned[job_id] = set(ends)
        words = command(self.runs, seconds, again, failures)
        return {"job_id": job_id, "command": words, **fields}

    def submit(self, *jobs):
        """Until it is acknowledged, over restarts of the server: named jobs may be sent again."""
        answer = self.do("submit_jobs", jobs=list(jobs))
        if answer.get("errors"):
            raise AssertionError(f"jobs were refused: {answer['errors']}")
        self.acknowledged.update(answer["job_ids"])

    def do(self, verb, /, **fields):
        """One request that may be repeated, until it is answered."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        while True:
            try:
                if self._connection is None:
                    self._connection = self.server.connect(ATTEMPT_SECONDS)
                return self._connection.do(verb, **fields)
            except (OSError, ConnectionEnded, Refused) as error:
                if isinstance(error, Refused) and not error.answer.get("retryable"):
                    raise
                if time.monotonic() >= deadline:
                    raise
                self.hang_up()
                time.sleep(PAUSE_SECONDS)

    def hang_up(self):
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def record(self, job_id):
        return self.do("job_status", job_id=job_id)

    def await_record(self, job_id, condition, seconds=PATIENCE_SECONDS):
        """The first record of the job that fulfils it."""
        deadline = time.monotonic() + seconds
        while True:
            record = self.record(job_id)
            if condition(record):
                return record
            if time.monotonic() >= deadline:
                raise AssertionError(f"waited {seconds:g} s in vain; last record: {record}")
            time.sleep(PAUSE_SECONDS)

    def await_state(self, job_id, state, seconds=PATIENCE_SECONDS):
        return self.await_record(job_id, lambda record: record["state"] == state, seconds)

    def open_jobs(self):
        counts = self.do("stats")["jobs"]
        if self.queue:
            rows = self.do("list_queues")["queues"]
            (counts,) = [row["jobs"] for row in rows if row["queue"] == self.queue]
        return counts["scheduled"] + counts["ready"] + counts["running"]

    def await_end(self, seconds=PATIENCE_SECONDS):
        """Until no job waits or runs; returns whether that came true."""
        deadline = time.monotonic() + seconds
        while self.open_jobs():
            if time.monotonic() >= deadline:
                return False
            time.sleep(PAUSE_SECONDS)
        return True

    # ---- the end

    def evidence(self):
        """When all is over. Workers that still live are ended first, so that they have said all."""
        for worker in self.workers.values():
            signal_tree(worker.pid, signal.SIGCONT)
            worker.signal(signal.SIGTERM)
        self._stuck = []
        for name, worker in self.workers.items():
            try:
                worker.wait(DRAIN_SECONDS)
            except subprocess.TimeoutExpired:
                self._stuck.append(f"{name} did not end on SIGTERM")
                worker.kill()
        self.reap()
        logs = self.runs, {worker.log for worker in self._ended_workers}
        self.hang_up()
        with self.server.connect() as connection:
            return collect(connection, self.planned, self.acknowledged, logs, self.queue)

    def judge(self):
        """({claim: what speaks against it}, {figure: count})."""
        evidence = self.last_evidence = self.evidence()
        return {**judge(evidence), DRAINED: self._stuck}, figures(evidence)

    def forget(self):
        """What was judged: its jobs, its runs, its workers' logs. Workers must have ended."""
        self.planned, self.acknowledged = {}, set()
        self.runs.unlink(missing_ok=True)
        for worker in self._ended_workers:
            worker.log.unlink(missing_ok=True)
        self._ended_workers = []

    def close(self):
        for worker in self.workers.values():
            try:
                signal_tree(worker.pid, signal.SIGCONT)
                if worker.running():
                    worker.kill()
            except OSError:
                pass
        self.hang_up()
        if self.server.process and self.server.process.running():
            os.kill(self.server.process.pid, signal.SIGCONT)
        self.server.stop()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()
