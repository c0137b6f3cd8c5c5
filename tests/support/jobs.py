"""Questions about jobs that many tests ask."""

from support.waiting import until


def state(connection, job_id):
    return connection.do("job_status", job_id=job_id)["state"]


def await_state(connection, job_id, wanted):
    """Polls job_status until the job is in that state; returns the record."""

    def record():
        answer = connection.do("job_status", job_id=job_id)
        return answer if answer["state"] == wanted else None

    return until(f"job {job_id} to be {wanted}", record)


def await_end(connection, job_id, timeout_ms=30_000):
    """The record of the job once it has ended."""
    answer = connection.do("wait_job", job_id=job_id, timeout_ms=timeout_ms)
    if answer["state"] not in ("completed", "dead", "cancelled"):
        raise AssertionError(f"job {job_id} had not ended after {timeout_ms} ms: {answer}")
    return answer


def all_jobs(connection, limit=1000, **filters):
    """Every job of the list, page by page."""
    after = {}
    while True:
        page = connection.do("list_jobs", limit=limit, **filters, **after)
        yield from page["jobs"]
        if page.get("next") is None:
            return
        after = {"after": page["next"]}


def take(connection, worker_id, **fields):
    """One job for an unregistered worker that wants its lease."""
    answer = connection.do("request_job", worker_id=worker_id, **fields)
    if answer["type"] != "assign_job":
        raise AssertionError(f"no job for {worker_id}: {answer}")
    return answer


def register(connection, worker_id, **fields):
    """A session for one job at a time of the default queue, unless `fields` say otherwise."""
    session = {
        "worker_id": worker_id,
        "instance": "i",
        "queues": ["default"],
        "job_types": ["sleep"],
        "concurrency": 1,
        **fields,
    }
    return connection.do("register_worker", **session)


def stand_waiting(connection, verb, **fields):
    """Sends a request that waits, with `rid` 1; returns when the server has taken it."""
    connection.send({"type": verb, **fields, "rid": 1}, {"type": "stats", "rid": 2})
    answer = connection.read()
    if answer["rid"] != 2:
        raise AssertionError(f"{verb} did not wait: {answer}")


def output(record, stream="stdout"):
    """What a command wrote, as far as it was kept."""
    captured = record["result"][stream]
    return captured["head"] + captured["tail"]
