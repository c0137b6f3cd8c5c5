"""Was every promise kept? Joins what ran with what the server says ran. Pure: no process, no file,
no clock.

Three sources that know nothing of each other: the lines that each job wrote itself when it began
and ended, the log that each worker kept, and the server's record of every job (`job_status`).
"""

import collections
import dataclasses

# Why the server may give a job to a second attempt, as its record names the end of the first.
CAUSES = ("failed", "timed_out", "worker_lost", "lease_expired", "released", "cancelled")
# Of these the worker may still be at work when the next attempt begins.
UNHEARD = ("worker_lost", "lease_expired", "timed_out")
ENDED = ("completed", "dead", "cancelled")
# What a worker was told about its report, and what the record may then say of that attempt. A
# report that came after the server had taken the lease back adds evidence, and the outcome stays;
# one that was sent again because its answer was lost may meet a later attempt; a failure of a job
# that was asked to stop ends it as cancelled.
REPORTED = {
    "completed": ("completed",),
    "failed": ("failed", "cancelled", *UNHEARD),
    "timed_out": ("timed_out", "failed", "cancelled", *UNHEARD),
    "cancelled": ("cancelled", *UNHEARD),
    "released": ("released", "undelivered", "cancelled", *UNHEARD),
    "lease_lost": ("failed", "cancelled", "deadline", "undelivered", "released", *UNHEARD),
}
CLOCK_SECONDS = 0.02  # a job reads /proc/uptime, which counts hundredths


@dataclasses.dataclass
class Execution:
    """One run of a job, from its own lines. Times are seconds of the machine's uptime; `end` is
    None when it was cut short.
    """

    job_id: str
    lease: int
    attempt: int
    worker: str
    start: float
    end: float | None = None


@dataclasses.dataclass
class Evidence:
    """`planned` is {job id: the states in which it may end}, `worker_logs` all entries of all
    workers, `records` {job id: job_status at the end}, `listed` the ids in list_jobs.
    """

    planned: dict
    acknowledged: set
    executions: list
    worker_logs: list
    records: dict
    listed: set


@dataclasses.dataclass
class Joined:
    """The same by lease and by job. `attempts` is {(job id, lease): attempt of the record}."""

    evidence: Evidence
    attempts: dict
    by_job: dict
    logged: dict  # {(job id, lease): {event: [entries]}}


def join(evidence):
    attempts = {
        (job_id, attempt["lease"]): attempt
        for job_id, record in evidence.records.items()
        if record
        for attempt in record["attempts"]
    }
    by_job = collections.defaultdict(list)
    for execution in sorted(evidence.executions, key=lambda execution: execution.start):
        by_job[execution.job_id].append(execution)
    logged = collections.defaultdict(lambda: collections.defaultdict(list))
    for entry in evidence.worker_logs:
        logged[(entry["job_id"], entry["lease"])][entry["event"]].append(entry)
    return Joined(evidence, attempts, by_job, logged)


def judge(evidence):
    """{what is claimed: [what speaks against it]}."""
    joined = join(evidence)
    return {claim: list(check(joined)) for claim, check in CLAIMS.items()}


def figures(evidence):
    """What was looked at, as {name: count}."""
    joined = join(evidence)
    counts = collections.Counter(
        jobs=len(evidence.planned),
        executions=len(evidence.executions),
        jobs_executed_again=sum(len(runs) > 1 for runs in joined.by_job.values()),
        overlapping_executions=sum(1 for _ in overlaps(joined)),
        executions_cut_short=sum(run.end is None for run in evidence.executions),
        late_reports_refused=sum(
            entry["event"] == "reported" and entry.get("outcome") == "lease_lost"
            for entry in evidence.worker_logs
        ),
    )
    for attempt in joined.attempts.values():
        counts[f"attempts_{attempt['outcome']}"] += 1
    return dict(counts)


# ---- the claims


def nothing_was_lost(joined):
    """Accepted jobs are there, once, and ended as planned."""
    for job_id, states in joined.evidence.planned.items():
        record = joined.evidence.records.get(job_id)
        if job_id not in joined.evidence.acknowledged:
            yield f"{job_id} was never acknowledged"
        if record is None:
            yield f"{job_id} is gone"
        elif record["state"] not in states:
            yield f"{job_id} is {record['state']}, and should be {' or '.join(states)}"


def nothing_was_invented(joined):
    known = joined.evidence.acknowledged
    for job_id in sorted(joined.evidence.listed - known):
        yield f"the server lists {job_id}, which nobody submitted"
    for job_id in sorted(set(joined.by_job) - known):
        yield f"{job_id} ran, and nobody submitted it"


def completed_exactly_once(joined):
    """One completing attempt, that of the newest lease, and the job itself says that it got to its
    end under it.
    """
    for job_id, record in joined.evidence.records.items():
        if record is None:
            continue
        completing = [a for a in record["attempts"] if a["outcome"] == "completed"]
        wanted = 1 if record["state"] == "completed" else 0
        if len(completing) != wanted:
            yield f"{job_id} is {record['state']} with {len(completing)} completed attempts"
        for attempt in completing:
            runs = [run for run in joined.by_job[job_id] if run.lease == attempt["lease"]]
            if attempt["lease"] != record["lease"]:
                yield f"{job_id} was completed by an older lease than its last"
            if attempt["worker_id"] != record["worker_id"]:
                yield f"{job_id}: the record names two workers for its completion"
            if not any(run.end is not None for run in runs):
                yield f"{job_id} is completed under lease {attempt['lease']}, and never got there"


def no_execution_without_a_lease(joined):
    """Whatever ran had a lease in the server's record, by the same worker, as that attempt; and
    the worker knew.
    """
    for run in joined.evidence.executions:
        attempt = joined.attempts.get((run.job_id, run.lease))
        what = f"{run.job_id} ran on {run.worker} under lease {run.lease}"
        if attempt is None:
            yield f"{what}, which the server never gave out"
        elif (attempt["worker_id"], attempt["attempt"]) != (run.worker, run.attempt):
            yield f"{what} as attempt {run.attempt}; the server's record says otherwise"
        elif attempt["outcome"] == "undelivered":
            yield f"{what}, which the server took for undelivered"
        if not joined.logged[(run.job_id, run.lease)]["start"]:
            yield f"{what}, and no worker logged the start"


def no_lease_twice(joined):
    """Tokens are unique over all jobs, grow with a job's attempts, and none ran two times."""
    owners = collections.defaultdict(list)
    for job_id, record in joined.evidence.records.items():
        leases = [attempt["lease"] for attempt in record["attempts"]] if record else []
        for lease in leases:
            owners[lease].append(job_id)
        if leases != sorted(set(leases)):
            yield f"{job_id}: its leases do not grow: {leases}"
    for lease, jobs in owners.items():
        if len(jobs) > 1:
            yield f"lease {lease} was given out for {' and '.join(jobs)}"
    runs = collections.Counter(run.lease for run in joined.evidence.executions)
    for lease, count in runs.items():
        if count > 1:
            yield f"{count} executions ran under lease {lease}"


def every_further_execution_has_a_cause(joined):
    """Before a second execution the server's record says how the first one's lease ended."""
    for runs in joined.by_job.values():
        for earlier, later in zip(runs, runs[1:]):
            attempt = joined.attempts.get((earlier.job_id, earlier.lease), {})
            outcome = attempt.get("outcome")
            if outcome not in CAUSES:
                yield (
                    f"{later.job_id} ran again on {later.worker} under lease {later.lease} although"
                    f" lease {earlier.lease} of {earlier.worker} is recorded as {outcome}"
                )


def overlaps(joined):
    """(earlier, later) executions of a job of which the later began while the earlier went on. One
    that was cut short counts as long as it says nothing else: its end is not known.
    """
    for runs in joined.by_job.values():
        for earlier, later in zip(runs, runs[1:]):
            if earlier.end is not None and later.start + CLOCK_SECONDS < earlier.end:
                yield earlier, later


def executions_overlap_only_unheard(joined):
    """Two at a time only when the first one's worker was not heard of any more."""
    for earlier, later in overlaps(joined):
        outcome = joined.attempts.get((earlier.job_id, earlier.lease), {}).get("outcome")
        if outcome not in UNHEARD:
            yield (
                f"{later.job_id} began on {later.worker} while {earlier.worker} still ran it,"
                f" whose lease is recorded as {outcome}"
            )


def workers_were_told_the_truth(joined):
    """What a worker was answered about its report agrees with the record."""
    for (job_id, lease), events in joined.logged.items():
        attempt = joined.attempts.get((job_id, lease))
        for entry in events["reported"]:
            told = entry["outcome"]
            outcome = attempt["outcome"] if attempt else None
            if outcome not in REPORTED.get(told, ()):
                yield (
                    f"{entry['worker']} was answered {told} about {job_id}, lease {lease},"
                    f" which is recorded as {outcome}"
                )


CLAIMS = {
    "every acknowledged job is there and ended as it should": nothing_was_lost,
    "nothing is there that nobody asked for": nothing_was_invented,
    "every completed job was completed exactly once": completed_exactly_once,
    "nothing ran without a lease": no_execution_without_a_lease,
    "no lease was given or used twice": no_lease_twice,
    "every further execution has a recorded cause": every_further_execution_has_a_cause,
    "executions overlap only where a worker was not heard of": executions_overlap_only_unheard,
    "the workers' reports were answered truly": workers_were_told_the_truth,
}
