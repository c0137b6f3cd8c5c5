"""Very many waiting jobs and very many readers that do not read, under a limit of memory."""

import pathlib

from load.bystander import Bystander
from load.crowd import Crowd, connections_possible
from load.memory import MIB, MemoryLimit
from load.place import LimitedPlace
from load.submitting import BATCH, submit_many
from support.lines import ConnectionEnded, Refused
from support.processes import Server

CLAIMS = (
    "every submitted job is accepted and waits",
    "the server stays within its memory",
    "completions are always taken",
    "nobody else is disturbed by the backlog and its readers",
)
HELD = 1000  # jobs that are completed while the readers stall
PAGES = 40  # that each stalled reader asks for, 1,000 jobs each: as much as one may have unsent
PATIENCE = 20.0

MEANINGS = {
    "backlog_jobs": "jobs waiting at once",
    "backlog_readers": "connections that asked for pages and read nothing",
    "backlog_memory_limit_mib": "MiB that the server was allowed",
    "backlog_memory_peak_mib": "MiB that it had resident at most",
    "backlog_completions": "completions taken meanwhile",
    "backlog_worst_wait_ms": "milliseconds that a well-behaved client waited at most",
}


def hold_some(connection):
    """Leases HELD jobs to a worker that lives as long as the test."""
    answer = connection.do(
        "request_job",
        worker_id="holder",
        queues=["backlog"],
        job_types=["load"],
        max=HELD,
        lease_ms=3_600_000,
    )
    return [{"job_id": job["job_id"], "lease": job["lease"]} for job in answer["jobs"]]


def complete_all(connection, held):
    """In batches of ten; returns how many were taken."""
    taken = 0
    for first in range(0, len(held), 10):
        answer = connection.do("jobs_complete", jobs=held[first : first + 10])
        taken += sum(1 for result in answer["results"] if result.get("status") == "ok")
    return taken


def run(directory, jobs, readers, mebibytes):
    """Returns {claim: [what speaks against it]}, figures and notes."""
    broken = {claim: [] for claim in CLAIMS}
    readers = connections_possible(readers)
    limit = MemoryLimit(mebibytes)
    server = Server(pathlib.Path(directory), place=LimitedPlace(limit))
    try:
        server.start()
        accepted = submit_many(server, "backlog", jobs)
        if accepted != jobs // BATCH * BATCH:
            broken[CLAIMS[0]].append(f"{accepted} of {jobs} jobs were accepted")
        with server.connect(PATIENCE * 3) as holder:
            held = hold_some(holder)
            bystander = Bystander(server, PATIENCE * 3)
            page = b'{"type":"list_jobs","limit":1000}\n' * PAGES
            with bystander, Crowd(server.address, readers, page, reads=False) as crowd:
                crowd.open_all()
                try:
                    taken = complete_all(holder, held)
                    waiting = holder.do("stats")["jobs"]["ready"]
                except (OSError, Refused, ConnectionEnded) as problem:
                    taken, waiting = 0, 0
                    broken[CLAIMS[2]].append(f"{type(problem).__name__}: {problem}")
        if taken != len(held):
            broken[CLAIMS[2]].append(f"{taken} of {len(held)} completions were taken")
        if waiting < accepted - len(held):
            expected = accepted - len(held)
            broken[CLAIMS[0]].append(f"{waiting} jobs wait, of {expected} there must be")
        broken[CLAIMS[3]] += bystander.broken(PATIENCE)
        if problem := limit.broken(server.process):
            broken[CLAIMS[1]].append(problem)
        peak = limit.resident_peak(server.process.pid) if server.process.running() else 0
    finally:
        server.stop()
        limit.close()
    figures = {
        "backlog_jobs": accepted,
        "backlog_readers": readers,
        "backlog_memory_limit_mib": mebibytes,
        "backlog_memory_peak_mib": peak // MIB,
        "backlog_completions": taken,
        "backlog_worst_wait_ms": int(bystander.worst() * 1000),
    }
    return broken, figures, [f"memory limited by {limit.kind}"]
