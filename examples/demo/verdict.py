"""Was it all true? Joins three sources that know nothing of each other: the client's
acknowledgements, the log that each worker wrote while it ran, and what the server says of every job
at the end. Pure: no process, no file, no clock.
"""

import collections
import dataclasses

MILLISECONDS_OF_DOUBT = 5  # log times are rounded, and a signal takes a moment to arrive


@dataclasses.dataclass
class WorkerKill:
    """SIGKILL to a worker. `before` is job_status of the job it ran, asked just before."""

    worker: str
    at_ms: int
    before: dict


@dataclasses.dataclass
class ServerKill:
    """SIGKILL to the server. `before` are records of all jobs that ran, asked just before."""

    at_ms: int
    before: list


@dataclasses.dataclass
class Evidence:
    """`logs` are {worker: entries of its log}, `records` {job id: job_status at the end},
    `planned` {job id: the state in which it should end}.
    """

    planned: dict
    acknowledged: list
    logs: dict
    records: dict
    listed: list
    worker_kills: list
    server_kills: list


@dataclasses.dataclass
class Run:
    """One attempt as the workers saw it."""

    worker: str
    lease: int
    start_ms: int
    end_ms: float  # when its worker was killed, for those that never ended


def judge(evidence):
    """[(what is claimed, [what speaks against it])]: it was all true when no list holds
    anything.
    """
    runs = runs_by_job(evidence)
    return [(claim, list(check(evidence, runs))) for claim, check in CLAIMS.items()]


def runs_by_job(evidence):
    """{job id: [Run]} from the workers' logs."""
    killed_at = {kill.worker: kill.at_ms for kill in evidence.worker_kills}
    runs = collections.defaultdict(list)
    for worker, entries in evidence.logs.items():
        ends = {
            (entry["job_id"], entry["lease"]): entry["ts_ms"]
            for entry in entries
            if entry["event"] == "end"
        }
        for entry in entries:
            if entry["event"] == "start":
                end = ends.get(
                    (entry["job_id"], entry["lease"]), killed_at.get(worker, float("inf"))
                )
                runs[entry["job_id"]].append(Run(worker, entry["lease"], entry["ts_ms"], end))
    for job_runs in runs.values():
        job_runs.sort(key=lambda run: run.start_ms)
    return runs


def nothing_was_lost(evidence, _runs):
    for job_id, state in evidence.planned.items():
        record = evidence.records.get(job_id)
        if job_id not in evidence.acknowledged:
            yield f"{job_id} was never acknowledged"
        if record is None:
            yield f"{job_id} is gone"
        elif record["state"] != state:
            yield f"{job_id} is {record['state']}, and should be {state}"


def nothing_was_invented(evidence, _runs):
    for job_id in sorted(set(evidence.listed) - set(evidence.acknowledged)):
        yield f"the server knows {job_id}, which nobody submitted"
    for job_id in sorted(set(_runs) - set(evidence.acknowledged)):
        yield f"a worker ran {job_id}, which nobody submitted"


def server_and_workers_agree(evidence, runs):
    """The run that counts is in the log of the very worker, and no run is missing from the
    server's count.
    """
    for job_id, record in evidence.records.items():
        if record is None:
            continue
        leases = [run.lease for run in runs[job_id]]
        if record["state"] == "completed" and not completing_run(record, runs[job_id]):
            yield f"{job_id} was completed by {record['worker_id']}, whose log does not show it"
        if len(set(leases)) != len(leases):
            yield f"{job_id} was started twice under one lease"
        counted = record["attempt"]
        if not 0 <= counted - len(leases) <= record["losses"] + undelivered(record):
            yield f"{job_id}: the server counts {counted} attempts, the workers {len(leases)}"


def undelivered(record):
    """Attempts whose assignment died with the server, on its way to the worker."""
    return sum(attempt["outcome"] == "undelivered" for attempt in record["attempts"])


def completing_run(record, runs):
    return [
        run
        for run in runs
        if run.worker == record["worker_id"]
        and run.lease == record["lease"]
        and run.end_ms != float("inf")
    ]


def never_two_live_workers(_evidence, runs):
    for job_id, job_runs in runs.items():
        for earlier, later in zip(job_runs, job_runs[1:]):
            if later.start_ms + MILLISECONDS_OF_DOUBT < earlier.end_ms:
                yield f"{later.worker} began {job_id} while {earlier.worker} still ran it"


def killed_workers_job_went_on(evidence, runs):
    if not evidence.worker_kills:
        yield "no worker was killed"
    for kill in evidence.worker_kills:
        job_id, after = kill.before["job_id"], evidence.records.get(kill.before["job_id"])
        if kill.before["state"] != "running" or kill.before["worker_id"] != kill.worker:
            yield f"{job_id} was not running on {kill.worker} when that was killed"
        if not [
            run for run in runs[job_id] if run.worker == kill.worker and run.end_ms == kill.at_ms
        ]:
            yield f"the log of {kill.worker} does not show {job_id} cut short"
        if after is None:
            yield f"{job_id} is gone"
        elif (
            after["state"] != "completed"
            or after["worker_id"] == kill.worker
            or after["losses"] != 1
        ):
            yield f"{job_id} was not finished by another worker after one loss"


def server_kill_disturbed_nobody(evidence, runs):
    """Jobs that ran are finished by the same worker under the same lease, as their first and
    only run.
    """
    if not evidence.server_kills:
        yield "the server was not killed"
    for kill in evidence.server_kills:
        if not kill.before:
            yield "nothing ran when the server was killed"
        for before in kill.before:
            job_id, after = before["job_id"], evidence.records.get(before["job_id"])
            if before["state"] != "running":
                yield f"{job_id} was {before['state']} when the server was killed"
            if after is None:
                yield f"{job_id} is gone"
            elif (after["worker_id"], after["lease"]) != (before["worker_id"], before["lease"]):
                yield f"{job_id} was not finished by {before['worker_id']} under its lease"
            if len([run for run in runs[job_id] if run.end_ms >= kill.at_ms]) != 1:
                yield f"{job_id} did not run on through the restart"


CLAIMS = {
    "Every acknowledged job is there and ended as it should": nothing_was_lost,
    "Nothing is there that nobody asked for": nothing_was_invented,
    "The workers' own logs agree with the server": server_and_workers_agree,
    "No job was run by two live workers at a time": never_two_live_workers,
    "The killed worker's job was finished by another": killed_workers_job_went_on,
    "Jobs ran on while the server was killed and restarted": server_kill_disturbed_nobody,
}
