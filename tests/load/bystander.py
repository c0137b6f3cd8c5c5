"""A well-behaved client: one job after the other through its whole life, on a queue of its own,
while others misbehave. What it waits for is what a disturbed neighbour would notice.
"""

import threading
import time

from support.lines import Refused

QUEUE = "bystander"


class Bystander:
    """Runs in a thread between enter and exit; `waits` are seconds, one for each answer. `pressed`:
    its submissions may be refused for want of room, like everybody's, but not be left unanswered.
    """

    def __init__(self, server, patience, pressed=False):
        self.connection = server.connect(patience)
        self.patience = patience
        self.waits = []
        self.pressed = pressed
        self.jobs = 0
        self.refused = 0
        self.failure = None
        self.answered = threading.Event()  # the first time, or nothing will be
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run)

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._stop.set()
        self._thread.join(self.patience + 10)
        self.connection.close()

    def _ask(self, verb, **fields):
        began = time.monotonic()
        try:
            return self.connection.do(verb, **fields)
        finally:
            self.waits.append(time.monotonic() - began)
            self.answered.set()

    def _one_job(self):
        job_id = f"bystander-{self.jobs}"
        try:
            self._ask("submit_job", job_id=job_id, queue=QUEUE, job_type="sleep", duration=0)
        except Refused as refused:
            if not self.pressed or refused.code != "queue_full":
                raise
            self.refused += 1
            return
        job = self._ask("request_job", worker_id="bystander", queues=[QUEUE])
        if job.get("job_id") != job_id:
            raise AssertionError(f"asked for {job_id}, got {job}")
        self._ask("job_complete", job_id=job_id, lease=job["lease"])
        self.jobs += 1

    def _run(self):
        try:
            while not self._stop.is_set():
                self._one_job()
                self._stop.wait(0.01)  # a client at leisure
        except Exception as problem:  # told by the one who waits for it
            self.failure = f"after {self.jobs} jobs: {type(problem).__name__}: {problem}"

    def worst(self):
        return max(self.waits, default=0.0)

    def broken(self, seconds):
        """What speaks against it having been left in peace."""
        if self.failure:
            return [self.failure]
        if self.jobs + self.refused == 0:
            return ["the well-behaved client got no answer"]
        if self.worst() > seconds:
            return [f"the well-behaved client waited {self.worst():.1f} s for an answer"]
        return []
