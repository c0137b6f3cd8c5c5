"""Submitting very many small jobs quickly: one line, built once, sent again and again. The server
names the jobs.
"""

import json
import time

from load.crowd import Crowd

BATCH = 1000
PAYLOAD = "x" * 100


def batch_line(queue, size=BATCH):
    job = {"job_type": "load", "queue": queue, "payload": PAYLOAD}
    return json.dumps({"type": "submit_jobs", "jobs": [job] * size}).encode() + b"\n"


def accepted_in(answer):
    """How many jobs of a batch were accepted; 0: it was refused."""
    if b'"status":"accepted"' not in answer:
        return 0
    return answer.count(b'"j-')


def submit_many(server, queue, count, patience=120.0):
    """Submits `count` jobs, eight batches ahead of the answers; how many were accepted."""
    line = batch_line(queue)
    accepted = asked = answered = 0
    with server.connect(patience) as connection:
        while answered < count // BATCH:
            while asked < count // BATCH and asked - answered < 8:
                connection.send(line)
                asked += 1
            accepted += accepted_in(connection.line())
            answered += 1
    return accepted


class Offer:
    """Submissions at a rate, whatever becomes of them. A connection with several batches that it
    cannot get rid of is passed over: that much of the offer the server has left unread.
    """

    CONNECTIONS = 4
    UNSENT_BATCHES = 4

    def __init__(self, server, queue):
        self.line = batch_line(queue)
        self.crowd = Crowd(server.address, self.CONNECTIONS)
        self.crowd.open_all()
        self.offered = self.accepted = self.refused = self.left_unread = 0

    def run(self, jobs_per_second, seconds):
        began = time.monotonic()
        due = 0
        while (passed := time.monotonic() - began) < seconds:
            while due + BATCH <= jobs_per_second * passed:
                self._offer(self.crowd.members[due // BATCH % self.CONNECTIONS])
                due += BATCH
            self._read(0.005)

    def _offer(self, member):
        if len(member.outgoing) > self.UNSENT_BATCHES * len(self.line):
            self.left_unread += BATCH
            return
        self.crowd.tell(member, self.line)
        self.offered += BATCH

    def _read(self, seconds):
        for member in self.crowd.turn(seconds):
            for answer in member.lines():
                accepted = accepted_in(answer)
                self.accepted += accepted
                self.refused += BATCH if accepted == 0 else 0

    def finish(self, seconds=60.0):
        """Every batch gets its answer; True if all did in time."""
        deadline = time.monotonic() + seconds
        while self.accepted + self.refused < self.offered and time.monotonic() < deadline:
            self._read(0.1)
        self.crowd.close()
        return self.accepted + self.refused == self.offered
