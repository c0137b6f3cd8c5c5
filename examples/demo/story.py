"""The acts of the demonstration, and the evidence they leave."""

import time

from support import worker_log
from support.lines import Refused
from support.processes import Server, Worker
from support.waiting import until

from verdict import Evidence, ServerKill, WorkerKill

ENDED = ("completed", "dead", "cancelled")
NAP, SECONDS_CUT_SHORT, SECONDS_ACROSS = 0.4, 4, 5
# Exit status 1 in the first attempt, 0 in every later one.
FAILS_ONCE = ["sh", "-c", 'echo "attempt $MUSTER_ATTEMPT"; test "$MUSTER_ATTEMPT" -gt 1']
QUICK_RETRY = {"backoff_ms": 300, "jitter": 0}


class Story:
    """Owns every process it starts; `stop` ends them all, whatever has happened."""

    def __init__(self, directory, narrator, durability):
        self._directory = directory
        self._narrator = narrator
        self._server = Server(directory, "--durability", durability)
        self._workers = {}
        self._told = {}  # lines of each worker's log that were already told
        self._connection = None
        self._planned = {}
        self._acknowledged = []
        self._worker_kills = []
        self._server_kills = []

    def stop(self):
        for worker in self._workers.values():
            if worker.running():
                worker.kill()
        self._server.stop()

    def begin(self, durability):
        say = self._narrator.say
        self._narrator.heading("1. A server, two workers, a mix of jobs")
        self._server.start()
        self._connection = self._server.connect()
        say(
            f"The server listens on {self._server.listen_words()}, process"
            f" {self._server.process.pid}, durability {durability}."
        )
        for name in ("amber", "birch"):
            self._start_worker(name)
        say(
            "Jobs are submitted: naps, commands, one urgent, one that fails once, one that always"
            " fails. Lower priority numbers are sooner."
        )
        for number in range(1, 7):
            self._submit(f"nap-{number}", duration=NAP)
        self._submit("hello", command=["echo", "hello from a job"])
        self._submit("count-lines", command=["wc", "-l", __file__])
        self._submit("fails-once", command=FAILS_ONCE, retry={"max_attempts": 3, **QUICK_RETRY})
        self._submit(
            "hopeless", ends="dead", command=["false"], retry={"max_attempts": 2, **QUICK_RETRY}
        )
        self._submit("urgent", command=["echo", "me first"], priority=1)
        self._await_end(*self._planned)
        record = self._record("hopeless")
        say(
            f"hopeless is {record['state']} after {record['attempt']} attempts; its evidence is"
            " kept."
        )

    def kill_a_worker(self):
        self._narrator.heading("2. kill -9 to a worker in the middle of a job")
        self._submit("cut-short", duration=SECONDS_CUT_SHORT)
        before = self._await_running("cut-short")
        victim = self._workers[before["worker_id"]]
        self._narrator.say(
            f"job_status says: cut-short is {before['state']} on {victim.name}. Killing"
            f" {victim.name}, process {victim.pid}."
        )
        victim.kill()
        self._worker_kills.append(WorkerKill(victim.name, now_ms(), before))
        self._await("cut-short to go back", lambda: self._record("cut-short")["losses"] == 1)
        record = self._record("cut-short")
        self._narrator.say(
            f"cut-short went back after {(now_ms() - self._worker_kills[0].at_ms) / 1000:.1f} s and"
            f" is now {record['state']}, attempt {record['attempt']}."
        )
        self._await_end("cut-short")
        self._narrator.say(f"Finished by {self._record('cut-short')['worker_id']}.")
        self._start_worker("cedar")

    def kill_the_server(self):
        self._narrator.heading("3. kill -9 to the server in the middle of other jobs")
        across = [f"across-{number}" for number in range(1, 5)]
        for job_id in across:
            self._submit(job_id, duration=SECONDS_ACROSS)
        for number in range(1, 5):
            self._submit(f"waiting-{number}", duration=NAP)
        before = [self._await_running(job_id) for job_id in across]
        for record in before:
            job_id, state, worker = record["job_id"], record["state"], record["worker_id"]
            self._narrator.say(f"job_status says: {job_id} is {state} on {worker}.")
        self._narrator.say(
            f"Killing the server, process {self._server.process.pid}. Four more jobs wait in it."
        )
        self._server.kill()
        self._server_kills.append(ServerKill(now_ms(), before))
        self._connection.close()
        self._server.start()
        self._connection = self._server.connect()
        self._narrator.say(
            f"A new server, process {self._server.process.pid}, has read the old one's data. The"
            " workers ran on and report to it."
        )
        self._await_end(*across, *(f"waiting-{number}" for number in range(1, 5)))

    def evidence(self):
        """All three sources, once everything has ended."""
        listed = [job["job_id"] for job in self._connection.do("list_jobs", limit=1000)["jobs"]]
        return Evidence(
            planned=self._planned,
            acknowledged=self._acknowledged,
            logs={name: worker_log.entries(worker.log) for name, worker in self._workers.items()},
            records={job_id: self._record_or_none(job_id) for job_id in self._planned},
            listed=listed,
            worker_kills=self._worker_kills,
            server_kills=self._server_kills,
        )

    def _start_worker(self, name):
        self._workers[name] = Worker(self._server, self._directory, name, concurrency=2)
        self._narrator.say(
            f"Worker {name} starts, process {self._workers[name].pid}, two jobs at a time."
        )
        self._await(
            f"worker {name}",
            lambda: name
            in [row["worker_id"] for row in self._connection.do("list_workers")["workers"]],
        )

    def _submit(self, job_id, ends="completed", **fields):
        self._planned[job_id] = ends
        answer = self._connection.do("submit_job", job_id=job_id, **fields)
        self._acknowledged.append(answer["job_id"])

    def _record(self, job_id):
        return self._connection.do("job_status", job_id=job_id)

    def _record_or_none(self, job_id):
        try:
            return self._record(job_id)
        except Refused:
            return None

    def _await(self, what, condition):
        """Waits, and meanwhile tells what the workers write into their logs."""

        def told_and_true():
            self._tell()
            return condition()

        return until(what, told_and_true)

    def _await_running(self, job_id):
        """The record once a worker has begun it, by the server's word and by the worker's own
        log.
        """

        def running():
            record = self._record(job_id)
            if record["state"] != "running":
                return None
            return (
                worker_log.of_job(self._workers[record["worker_id"]].log, job_id, "start")
                and record
            )

        record = self._await(f"{job_id} to run", running)
        self._tell()
        return record

    def _await_end(self, *job_ids):
        """Waits until all have ended. A job that the server does not know will not: the verdict
        is about that.
        """

        def ended():
            records = [self._record_or_none(job_id) for job_id in job_ids]
            return all(record is None or record["state"] in ENDED for record in records)

        self._await("the end of " + ", ".join(job_ids), ended)
        self._tell()

    def _tell(self):
        """Lines that the workers' logs have gained, in the order of their times."""
        fresh = []
        for name, worker in self._workers.items():
            entries = worker_log.entries(worker.log)
            fresh += entries[self._told.get(name, 0) :]
            self._told[name] = len(entries)
        for entry in sorted(fresh, key=lambda entry: entry["ts_ms"]):
            if entry["event"] == "start":
                again = f" (attempt {entry['attempt']})" if entry["attempt"] > 1 else ""
                self._narrator.say(f"  {entry['worker']} starts {entry['job_id']}{again}")
            elif entry["event"] == "end":
                self._narrator.say(
                    f"  {entry['worker']} ends   {entry['job_id']}: {entry['outcome']}"
                )


def now_ms():
    return int(time.time() * 1000)
