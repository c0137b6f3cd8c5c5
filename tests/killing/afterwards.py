"""After a life and its end: what the restarted server has, against the ledger."""

from support.jobs import all_jobs

FINISHED_KEPT = 500  # below the server's own retention, so that nothing may be missing


def compare(server, ledger):
    """Of a server that runs: returns what is wrong, and the (job id, lease) of all that is leased.
    Clears away what is finished.
    """
    with server.connect() as connection:
        found, complaints = {}, []
        for record in all_jobs(connection):
            if record["job_id"] in found:
                complaints.append(f"{record['job_id']} is listed twice")
            found[record["job_id"]] = record
        complaints += ledger.check(
            found, connection.do("stats"), connection.do("list_queues")["queues"]
        )
        held = [
            (job_id, record["lease"])
            for job_id, record in found.items()
            if record["state"] == "running"
        ]
        clear_away(connection, ledger)
    return complaints, held


def clear_away(connection, ledger):
    finished = ledger.finished_jobs()
    if len(finished) < FINISHED_KEPT:
        return
    for begin in range(0, len(finished), 1000):
        some = finished[begin : begin + 1000]
        ledger.deleting(some)
        answer = connection.do("delete_job", ids=some)
        refused = [result for result in answer["results"] if result["status"] != "ok"]
        if refused:
            ledger.complain(f"deletion was answered {refused[:3]}")
        ledger.deleted(some)
