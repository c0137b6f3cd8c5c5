"""Lengths of time that the server promises, measured from outside by the steady clock: each probe
asks for one again and again and notes how long it really took.

A probe is early when it took less than was asked, counted from before the request was sent; what it
took beyond that, the server's answer included, is how late it was.
"""

import dataclasses
import random
import threading
import time

from support.jobs import register

SHORTEST_MS, LONGEST_MS = 1000, 3000
# The server counts whole milliseconds, and its clock and ours are read one after the other.
ROUNDING_MS = 2.0
WAIT_MS = 60_000
TIMEOUT_GRACE_MS = 15_000  # of the server, behind the timeout of a job that its worker enforces


@dataclasses.dataclass
class Measured:
    """Of one kind of probe."""

    count: int = 0
    early: list = dataclasses.field(default_factory=list)
    latest_ms: float = 0.0
    broken: list = dataclasses.field(default_factory=list)

    def note(self, what, asked_ms, took_ms):
        self.count += 1
        if took_ms < asked_ms - ROUNDING_MS:
            self.early.append(f"{what}: {took_ms:.0f} ms instead of {asked_ms}")
        self.latest_ms = max(self.latest_ms, took_ms - asked_ms)


class Probe(threading.Thread):
    """Runs until it is told to end, one measurement behind the other, in a queue of its own."""

    kind = ""

    def __init__(self, server, name, seed):
        super().__init__(name=name, daemon=True)
        self.measured = Measured()
        self._rng = random.Random(f"{seed}.{name}")
        self._server = server
        self._number = 0
        self._over = threading.Event()

    def end(self):
        self._over.set()

    def run(self):
        try:
            with self._server.connect(90.0) as self.one, self._server.connect(90.0) as self.other:
                while not self._over.is_set():
                    self._number += 1
                    asked_ms = self._rng.randint(SHORTEST_MS, LONGEST_MS)
                    self.measure(f"{self.name}.{self._number}", asked_ms)
        except Exception as error:  # pylint: disable=broad-exception-caught
            self.measured.broken.append(f"{self.name}: {error!r}")

    def measure(self, job, asked_ms):
        raise NotImplementedError

    # ---- what probes share

    def submit(self, job, **fields):
        self.one.do("submit_job", job_id=job, queue=self.name, duration=1, **fields)

    def take(self, connection, worker="one", **fields):
        """The job of this probe's queue."""
        answer = connection.do(
            "request_job", worker_id=f"{self.name}.{worker}", queues=[self.name], **fields
        )
        if answer["type"] != "assign_job":
            raise AssertionError(f"no job for {self.name}: {answer}")
        return answer

    def note_return(self, job, asked_ms, since):
        """Waits until somebody else gets the job, notes the time, and completes it."""
        again = self.take(self.other, "other", wait_ms=WAIT_MS, lease_ms=600_000)
        self.measured.note(job, asked_ms, 1000 * (time.monotonic() - since))
        if again["job_id"] != job:
            raise AssertionError(f"{again['job_id']} came instead of {job}")
        self.other.do("job_complete", job_id=job, lease=again["lease"])


class Delay(Probe):
    kind = "delay"

    def measure(self, job, asked_ms):
        began = time.monotonic()
        self.submit(job, delay_ms=asked_ms)
        self.note_return(job, asked_ms, began)


class Lease(Probe):
    """Of a worker that did not register."""

    kind = "lease"

    def measure(self, job, asked_ms):
        self.submit(job)
        began = time.monotonic()
        self.take(self.one, lease_ms=asked_ms)
        self.note_return(job, asked_ms, began)


class Session(Probe):
    """A registered worker beats twice and falls silent: its job goes on after its ttl."""

    kind = "session"

    def measure(self, job, asked_ms):
        self.submit(job)
        name = f"{self.name}.one"
        register(self.one, name, instance=job, queues=[self.name], ttl_ms=asked_ms)
        self.take(self.one)
        for _ in range(2):
            if self._over.wait(asked_ms / 2000):
                return
            began = time.monotonic()
            answer = self.one.do("heartbeat", worker_id=name, instance=job)
            if answer["state"] != "running":
                raise AssertionError(f"{job}: a heartbeat was answered {answer}")
        self.note_return(job, asked_ms, began)


class Backoff(Probe):
    kind = "backoff"

    def measure(self, job, asked_ms):
        self.submit(job, retry={"backoff_ms": asked_ms, "jitter": 0})
        lease = self.take(self.one, lease_ms=600_000)["lease"]
        began = time.monotonic()
        self.one.do("job_failed", job_id=job, lease=lease, error={"message": "again"})
        self.note_return(job, asked_ms, began)


class Release(Probe):
    kind = "release"

    def measure(self, job, asked_ms):
        self.submit(job)
        lease = self.take(self.one, lease_ms=600_000)["lease"]
        began = time.monotonic()
        self.one.do("job_release", job_id=job, lease=lease, delay_ms=asked_ms)
        self.note_return(job, asked_ms, began)


class Timeout(Probe):
    """The server's own, of a worker that does not enforce it."""

    kind = "timeout"

    def measure(self, job, asked_ms):
        self.submit(job, timeout_ms=asked_ms, retry={"backoff_ms": 0, "jitter": 0})
        began = time.monotonic()
        self.take(self.one, lease_ms=600_000)
        self.note_return(job, asked_ms + TIMEOUT_GRACE_MS, began)


class Waiting(Probe):
    """A request for a job that does not come."""

    kind = "wait"

    def measure(self, job, asked_ms):
        began = time.monotonic()
        answer = self.one.do(
            "request_job", worker_id=self.name, queues=[self.name], wait_ms=asked_ms
        )
        if answer["type"] != "no_job":
            raise AssertionError(f"{job}: {answer}")
        self.measured.note(job, asked_ms, 1000 * (time.monotonic() - began))


KINDS = (Delay, Lease, Session, Backoff, Release, Timeout, Waiting)
