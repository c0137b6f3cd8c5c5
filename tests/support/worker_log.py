"""The append-only log of a worker: one JSON line for each start, end and report of an attempt."""

import json
import pathlib

from support.waiting import until


def entries(path):
    """All whole lines; a line that its writer's death cut short is left out."""
    path = pathlib.Path(path)
    if not path.exists():
        return []
    lines = path.read_bytes().split(b"\n")[:-1]
    return [json.loads(line) for line in lines]


def of_job(path, job_id, event=None):
    """What the log says of one job, or only its events of one kind."""
    return [
        entry
        for entry in entries(path)
        if entry["job_id"] == job_id and (event is None or entry["event"] == event)
    ]


def await_event(path, job_id, event, count=1):
    """Waits until the log holds so many such events, and returns the last of them."""
    return until(
        f"{event} of {job_id} in {path}",
        lambda: len(of_job(path, job_id, event)) >= count and of_job(path, job_id, event),
    )[-1]
