"""The client's side of the bargain: what was sent, what was acknowledged, and what must therefore
be found after the server was killed. Knows no socket; the load's threads write it, the check reads
it while they rest.
"""

import collections
import dataclasses
import enum
import threading


class Fate(enum.Enum):
    """What the client knows of a job."""

    SENT = "submitted, not acknowledged"
    OPEN = "acknowledged"
    FINISHING = "completion sent, not acknowledged"
    FINISHED = "completion acknowledged"
    DELETING = "deletion sent, not acknowledged"
    DELETED = "deletion acknowledged"
    NEVER = "refused, or found absent"


@dataclasses.dataclass
class Entry:
    """`unit` numbers the request that carried the job: jobs of one unit are there together or not
    at all. A job with a `parent` was a follow-up in the completion of that job, and is there
    exactly when that completion is.
    """

    unit: int
    payload: str
    fate: Fate = Fate.SENT
    parent: str | None = None


class Ledger:
    """All methods but `check` may be called from any thread."""

    def __init__(self):
        self._lock = threading.Lock()
        self._entries = {}
        self._units = 0
        self._tokens_before = 0  # the highest one seen when the server last started
        self._highest_token = 0
        self._tokens = set()
        self._complaints = []
        self.counts = collections.Counter()

    def submitting(self, payloads, parent=None):
        """{job id: payload} that are about to be sent in one request."""
        with self._lock:
            self._units += 1
            for job_id, payload in payloads.items():
                self._entries[job_id] = Entry(self._units, payload, parent=parent)

    def accepted(self, job_ids):
        """A worker may have got and even finished them before the acknowledgement was read."""
        with self._lock:
            for job_id in job_ids:
                if self._entries[job_id].fate is Fate.SENT:
                    self._entries[job_id].fate = Fate.OPEN
            self.counts["accepted"] += len(job_ids)

    def refused(self, job_ids):
        """Their request was answered with an error: they must never be seen."""
        with self._lock:
            for job_id in job_ids:
                self._entries[job_id].fate = Fate.NEVER
            self.counts["refused"] += len(job_ids)

    def completing(self, job_ids):
        self._move(job_ids, Fate.FINISHING, None)

    def completed(self, job_ids):
        self._move(job_ids, Fate.FINISHED, "completed")

    def deleting(self, job_ids):
        self._move(job_ids, Fate.DELETING, None)

    def deleted(self, job_ids):
        self._move(job_ids, Fate.DELETED, "deleted")

    def _move(self, job_ids, fate, counted):
        with self._lock:
            for job_id in job_ids:
                self._entries[job_id].fate = fate
            if counted:
                self.counts[counted] += len(job_ids)

    def leased(self, job_id, token):
        """A lease was given out by the server that runs now."""
        with self._lock:
            self.counts["leased"] += 1
            if token <= self._tokens_before:
                self._complaints.append(
                    f"lease {token} of {job_id} is not above {self._tokens_before}, given before"
                )
            if token in self._tokens:
                self._complaints.append(f"lease {token} of {job_id} was given out twice")
            self._tokens.add(token)
            self._highest_token = max(self._highest_token, token)

    def complain(self, text):
        """An answer that should not have come."""
        with self._lock:
            self._complaints.append(text)

    def open_jobs(self):
        with self._lock:
            return sum(
                entry.fate in (Fate.SENT, Fate.OPEN, Fate.FINISHING)
                for entry in self._entries.values()
            )

    def finished_jobs(self):
        with self._lock:
            return [
                job_id for job_id, entry in self._entries.items() if entry.fate is Fate.FINISHED
            ]

    def check(self, found, stats, queues):
        """Compares with what the restarted server has: `found` is {job id: record} of all pages.
        Returns what is wrong, and settles every open question by what was found.
        """
        complaints, self._complaints = self._complaints, []
        complaints += self._strangers(found)
        complaints += self._torn_units(found)
        for job_id, entry in self._entries.items():
            wrong = self._judge(job_id, entry, found)
            if wrong:
                complaints.append(f"{job_id} ({entry.fate.value}): {wrong}")
            settle(entry, found.get(job_id))
        complaints += recount(found.values(), stats, queues)
        self._highest_token = max(
            [self._highest_token, *(record.get("lease") or 0 for record in found.values())]
        )
        self._tokens_before = self._highest_token
        self._tokens.clear()
        # What is over and gone needs no memory, except against a resurrection of the latest.
        over = [
            job_id
            for job_id, entry in self._entries.items()
            if entry.fate in (Fate.DELETED, Fate.NEVER)
        ]
        for job_id in over[:-20_000]:
            del self._entries[job_id]
        return complaints

    def _strangers(self, found):
        return [f"{job_id}: nobody submitted it" for job_id in found if job_id not in self._entries]

    def _torn_units(self, found):
        """Requests of which one part is there and another is not."""
        units = {entry.unit for entry in self._entries.values() if entry.fate is Fate.SENT}
        present = collections.defaultdict(set)
        for job_id, entry in self._entries.items():
            if entry.unit in units:
                present[entry.unit].add(job_id in found)
        return [
            f"unit {unit}: unacknowledged and half there"
            for unit, answers in present.items()
            if len(answers) > 1
        ]

    def _judge(self, job_id, entry, found):
        """None, or what is wrong with one job."""
        record = found.get(job_id)
        if record is None:
            return judge_absent(entry, found)
        if entry.fate in (Fate.DELETED, Fate.NEVER):
            return f"it is back, {record['state']}"
        if record.get("payload") != entry.payload:
            return "its payload is another"
        if record["attempt"] > 1:
            return f"it was given out {record['attempt']} times within its first lease"
        if entry.parent and entry.fate is Fate.SENT and not parent_completed(entry, found):
            return "a follow-up is there without its parent's completion"
        return judge_state(entry.fate, record["state"])


def parent_completed(entry, found):
    parent = found.get(entry.parent)
    return parent is not None and parent["state"] == "completed"


def judge_absent(entry, found):
    if entry.fate in (Fate.OPEN, Fate.FINISHING, Fate.FINISHED):
        return "lost"
    if entry.fate is Fate.SENT and entry.parent and parent_completed(entry, found):
        return "a follow-up is missing although its parent is completed"
    return None


def judge_state(fate, state):
    allowed = {
        Fate.SENT: ("ready", "running"),
        Fate.OPEN: ("ready", "running"),
        Fate.FINISHING: ("running", "completed"),
        Fate.FINISHED: ("completed",),
        Fate.DELETING: ("completed",),
    }[fate]
    return None if state in allowed else f"it is {state}, not {' or '.join(allowed)}"


def settle(entry, record):
    """After a restart there is nothing left that only may have happened."""
    if record is None:
        # What is lost has been complained of, and is not expected again.
        deleted = entry.fate in (Fate.DELETING, Fate.DELETED)
        entry.fate = Fate.DELETED if deleted else Fate.NEVER
    elif record["state"] == "completed":
        entry.fate = Fate.FINISHED
    elif entry.fate in (Fate.SENT, Fate.FINISHING):
        entry.fate = Fate.OPEN


def recount(records, stats, queues):
    """The server's counters against the jobs themselves. `queues` are the rows of list_queues."""
    by_state, by_queue = collections.Counter(), collections.defaultdict(collections.Counter)
    for record in records:
        by_state[record["state"]] += 1
        by_queue[record["queue"]][record["state"]] += 1
    complaints = differences("stats", stats["jobs"], by_state)
    for row in queues:
        complaints += differences(
            f"queue {row['queue']}", row["jobs"], by_queue.pop(row["queue"], {})
        )
    complaints += [f"queue {queue} has jobs and is in no list" for queue in by_queue]
    return complaints


def differences(what, counted, recounted):
    return [
        f"{what}: {counted.get(state, 0)} {state} counted, {recounted.get(state, 0)} found"
        for state in {*counted, *recounted}
        if counted.get(state, 0) != recounted.get(state, 0)
    ]
