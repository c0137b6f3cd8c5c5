"""Thousands of workers, each with a job, lose their server and come back within a second."""

import json
import pathlib
import time

from load.crowd import Crowd, connections_possible
from load.submitting import submit_many
from support.processes import Server

CLAIMS = (
    "every worker's session is resumed",
    "no lease is lost to the herd",
)
PATIENCE = 120.0

MEANINGS = {
    "herd_workers": "workers that reconnected, each with a job",
    "herd_back_ms": "milliseconds from the first connection to the last resumed session",
    "herd_leases_lost": "leases lost meanwhile",
    "herd_completions": "jobs then completed under the leases from before",
}


def encode(message):
    return json.dumps(message).encode() + b"\n"


class Herd:
    """The workers, over two lives of the server."""

    def __init__(self, count, ttl_ms):
        self.count = count
        self.ttl_ms = ttl_ms
        self.held = [None] * count
        self.refused = []

    def registration(self, number, held=None):
        message = {
            "type": "register_worker",
            "worker_id": f"herd-{number}",
            "instance": f"instance-{number}",
            "queues": ["herd"],
            "job_types": ["load"],
            "concurrency": 1,
            "ttl_ms": self.ttl_ms,
        }
        if held is not None:
            message["held"] = held
        return encode(message)

    def take(self, address):
        """Everybody registers and takes one job; then all connections break."""

        def say(member):
            request = {"type": "request_job", "worker_id": f"herd-{member.number}"}
            return self.registration(member.number) + encode(request)

        def each(member, line):
            answer = json.loads(line)
            if "lease" in answer:
                self.held[member.number] = {"job_id": answer["job_id"], "lease": answer["lease"]}
            elif answer.get("status") == "error":
                self.refused.append(answer)

        crowd = Crowd(address, self.count, say)
        crowd.open_all(PATIENCE)
        crowd.lines_until(lambda: all(self.held), PATIENCE, each)
        return crowd

    def come_back(self, address):
        """All at once, each with what it holds; then each completes it. Returns the seconds until
        all were back, how many were, and how many completed.
        """
        back = set()
        completed = set()
        began = time.monotonic()

        def say(member):
            return self.registration(member.number, [self.held[member.number]])

        def each(member, line):
            answer = json.loads(line)
            if answer.get("status") == "error":
                self.refused.append(answer)
            elif "ttl_ms" in answer:
                back.add(member.number)
            else:
                completed.add(member.number)

        with Crowd(address, self.count, say) as crowd:
            crowd.open_all(PATIENCE, at_once=1000)
            crowd.lines_until(lambda: len(back) + len(self.refused) >= self.count, PATIENCE, each)
            seconds = time.monotonic() - began
            for member in crowd.members:
                crowd.tell(member, encode({"type": "job_complete", **self.held[member.number]}))
            crowd.lines_until(
                lambda: len(completed) + len(self.refused) >= self.count, PATIENCE, each
            )
        return seconds, len(back), len(completed)


def run(directory, workers, ttl_ms, *options):
    """Returns {claim: [what speaks against it]}, figures and notes."""
    broken = {claim: [] for claim in CLAIMS}
    workers = connections_possible(workers)
    herd = Herd(workers, ttl_ms)
    server = Server(pathlib.Path(directory), *options)
    try:
        server.start()
        submit_many(server, "herd", -(-workers // 1000) * 1000)
        first = herd.take(server.address)
        if not all(herd.held):
            raise AssertionError(f"not everybody got a job: {herd.refused[:3]}")
        server.kill()
        first.close()
        server.start()
        seconds, back, completed = herd.come_back(server.address)
        with server.connect(PATIENCE) as connection:
            totals = connection.do("stats")["totals"]
    finally:
        server.stop()
    if back != workers:
        broken[CLAIMS[0]].append(f"{back} of {workers} came back; {herd.refused[:3]}")
    if totals["lost"]:
        broken[CLAIMS[1]].append(f"{totals['lost']} leases were lost in {seconds:.1f} s")
    if completed != workers:
        broken[CLAIMS[1]].append(f"{completed} of {workers} completed; {herd.refused[:3]}")
    figures = {
        "herd_workers": workers,
        "herd_back_ms": int(seconds * 1000),
        "herd_leases_lost": totals["lost"],
        "herd_completions": completed,
    }
    return broken, figures, []
