"""Where a verdict's evidence comes from: what jobs write themselves, worker logs, the server."""

import pathlib

from net.verdict import Evidence, Execution
from support import worker_log
from support.jobs import all_jobs

# A job that writes down its own beginning and end: one append each, with the machine's uptime, a
# clock that every process shares and no shifted wall clock touches. Arguments: the log, seconds of
# the first attempt, seconds of later ones, how many attempts fail.
SCRIPT = """
say() {
  read -r up rest </proc/uptime
  echo "$1 $MUSTER_JOB_ID $MUSTER_LEASE $MUSTER_ATTEMPT $MUSTER_TEST_WORKER $up" >>"$0"
}
say start
if [ "$MUSTER_ATTEMPT" = 1 ]; then sleep "$1"; else sleep "$2"; fi
say end
[ "$MUSTER_ATTEMPT" -gt "$3" ]
"""
WORKER_VARIABLE = "MUSTER_TEST_WORKER"


def command(log, seconds, again=None, failures=0):
    """The `command` of such a job. `again`: seconds of its later attempts, if not the same."""
    again = seconds if again is None else again
    return ["sh", "-c", SCRIPT, str(log), str(seconds), str(again), str(failures)]


def executions(log):
    """From the jobs' own lines; one that was killed has no end."""
    log = pathlib.Path(log)
    found = {}
    for line in log.read_text().splitlines() if log.exists() else []:
        event, job_id, lease, attempt, worker, uptime = line.split()
        key = (job_id, int(lease), worker)
        if event == "end":
            found[key][-1].end = float(uptime)
        else:
            run = Execution(job_id, int(lease), int(attempt), worker, float(uptime))
            found.setdefault(key, []).append(run)
    return [run for runs in found.values() for run in runs]


def collect(connection, planned, acknowledged, logs, queue=None):
    """To be asked when all is over. `logs` are paths: that of the jobs, and those of the workers.
    With a `queue` nothing that lies in another counts as invented.
    """
    only = {"queue": queue} if queue else {}
    log, worker_logs = logs
    records = {}
    for job_id in planned:
        answer = connection.ask({"type": "job_status", "job_id": job_id})
        records[job_id] = None if answer.get("status") == "error" else answer
    return Evidence(
        planned=planned,
        acknowledged=set(acknowledged),
        executions=executions(log),
        worker_logs=[entry for path in worker_logs for entry in worker_log.entries(path)],
        records=records,
        listed={job["job_id"] for job in all_jobs(connection, **only)},
    )
