"""Measures how soon the jobs of a worker that is gone run again.

    dead_worker.py --count 200 [--seed N]

Four ways to go: a session whose connections close, a session that falls silent with its connection
open (a beat and then nothing), a real worker that is killed, a real worker that is stopped. There
are `--count` sessions of each kind, and a tenth as many workers. Of each the time until somebody
else has the job is measured: p50, p99 and the longest are printed. What fails is a job that comes
back too early, or far too late: the promised 2.25 s, and ttl + 250 ms, are for a machine that is
not busy with something else.
"""

import argparse
import pathlib
import random
import shutil
import signal
import sys
import tempfile
import threading
import time

from net.figures import print_figures, print_verdict
from net.world import WORLD_CLAIMS, World
from support import worker_log
from support.jobs import register
from support.waiting import until

GRACE_MS = 2000  # after the last connection closed
TTL_MS = 2000  # of the sessions
WORKER_TTL_MS = 10_000
BEAT_MS = 3000
ROUNDING_MS = 2.0
FAR_TOO_LATE_MS = 15_000
SPREAD_SECONDS = 2.0  # over which all of a kind go

FIGURES = {
    f"{kind}_{figure}": f"{meaning} {what}"
    for kind, what in (
        ("session_closed", "until a session's job has another worker, from its close"),
        ("session_silent", "of silence until a session's job has another worker, beyond its ttl"),
        ("worker_killed", "until a job runs again, from SIGKILL to its worker"),
        ("worker_stopped", "until a job runs again, from SIGSTOP to its worker (a ttl of 10,000)"),
    )
    for figure, meaning in (
        ("count", "times measured: ms"),
        ("p50_ms", "p50 of the ms"),
        ("p99_ms", "p99 of the ms"),
        ("longest_ms", "longest of the ms"),
    )
}


def summary(kind, times):
    ordered = sorted(times)
    return {
        f"{kind}_count": len(ordered),
        f"{kind}_p50_ms": round(ordered[len(ordered) // 2]),
        f"{kind}_p99_ms": round(ordered[min(len(ordered) - 1, len(ordered) * 99 // 100)]),
        f"{kind}_longest_ms": round(ordered[-1]),
    }


class Taker(threading.Thread):
    """Takes whatever comes back to a queue, and notes when."""

    def __init__(self, world, queue, count):
        super().__init__(daemon=True)
        self.taken = {}
        self._queue = queue
        self._count = count
        self._connection = world.server.connect(90.0)

    def run(self):
        with self._connection as connection:
            while len(self.taken) < self._count:
                answer = connection.do(
                    "request_job",
                    worker_id=f"{self._queue}.taker",
                    queues=[self._queue],
                    wait_ms=20_000,
                    lease_ms=600_000,
                )
                if answer["type"] == "no_job":
                    return
                self.taken[answer["job_id"]] = time.monotonic()
                connection.do("job_complete", job_id=answer["job_id"], lease=answer["lease"])


class DeadWorkers:

    def __init__(self, directory, seed):
        self.world = World(directory)
        self.world.queue = "workers"
        self.rng = random.Random(seed)
        self.against = {}
        self.figures = {}

    def note(self, kind, times, earliest_ms, promised_ms, count):
        """`promised_ms` is what the measured times are compared with where they are far over it."""
        self.against[f"{kind}: nothing came back early"] = [
            f"{each:.0f} ms" for each in times if each < earliest_ms - ROUNDING_MS
        ]
        self.against[f"{kind}: everything came back"] = [
            *([] if len(times) == count else [f"{count - len(times)} of {count} never did"]),
            *(f"{each:.0f} ms" for each in times if each > promised_ms + FAR_TOO_LATE_MS),
        ]

    # ---- sessions

    def sessions(self, kind, count, leave):
        """{job: when its session was heard of last}. `leave(connection, name)` does that."""
        connections = {}
        for number in range(count):
            name = f"{kind}.{number}"
            connection = self.world.server.connect()
            register(connection, name, queues=[kind], ttl_ms=60_000)
            connection.do("submit_job", job_id=name, queue=kind, duration=1)
            taken = connection.do("request_job", worker_id=name)
            if taken["type"] != "assign_job":
                raise AssertionError(f"no job for {name}: {taken}")
            connections[name] = connection
        taker = Taker(self.world, kind, count)
        taker.start()
        last = {}
        for name, connection in connections.items():
            time.sleep(self.rng.uniform(0, 2 * SPREAD_SECONDS / count))  # spreads them out
            last[name] = leave(connection, name)
        taker.join()
        for connection in connections.values():
            connection.close()
        return {name: 1000 * (at - last[name]) for name, at in taker.taken.items()}

    def measure_closed(self, count):
        def leave(connection, _name):
            at = time.monotonic()
            connection.close()
            return at

        times = list(self.sessions("session_closed", count, leave).values())
        self.note("session_closed", times, GRACE_MS, GRACE_MS, count)
        self.figures.update(summary("session_closed", times))

    def measure_silent(self, count):
        def leave(connection, name):
            register(connection, name, queues=["session_silent"], ttl_ms=TTL_MS)
            at = time.monotonic()
            connection.do("heartbeat", worker_id=name, instance="i")
            return at

        times = list(self.sessions("session_silent", count, leave).values())
        self.note("session_silent", times, TTL_MS, TTL_MS, count)
        self.figures.update(summary("session_silent", [each - TTL_MS for each in times]))

    # ---- workers

    def workers(self, kind, count, leave):
        """Times in ms until the job of each worker ran again."""
        names = [f"{kind}.{number}" for number in range(count)]
        for name in names:
            self.world.start_worker(name, queues=(name,))
        jobs = [self.world.job(n, 60, again=0, queue=n) for n in names]
        self.world.submit(*jobs)
        for name in names:
            worker_log.await_event(self.world.workers[name].log, name, "start")
        helper = self.world.start_worker(f"{kind}.helper", queues=tuple(names), concurrency=count)
        until("the helper", lambda: self.is_waiting(helper.name))
        gone = {}
        for name in names:
            time.sleep(self.rng.uniform(0, 2 * SPREAD_SECONDS / count))  # spreads them out
            gone[name] = 1000 * time.time()
            leave(name)
        times = []
        for name in names:
            again = worker_log.await_event(helper.log, name, "start")
            times.append(again["ts_ms"] - gone[name])
        return times

    def is_waiting(self, name):
        workers = self.world.do("list_workers")["workers"]
        return any(worker["worker_id"] == name for worker in workers)

    def measure_killed(self, count):
        times = self.workers("worker_killed", count, self.world.kill_worker)
        self.note("worker_killed", times, GRACE_MS, GRACE_MS, count)
        self.figures.update(summary("worker_killed", times))

    def measure_stopped(self, count):
        def leave(name):
            self.world.workers[name].signal(signal.SIGSTOP)

        times = self.workers("worker_stopped", count, leave)
        self.note("worker_stopped", times, WORKER_TTL_MS - BEAT_MS, WORKER_TTL_MS, count)
        self.figures.update(summary("worker_stopped", times))

    def run(self, count):
        self.measure_closed(count)
        self.measure_silent(count)
        self.measure_killed(max(1, count // 10))
        self.measure_stopped(max(1, count // 10))
        self.world.queue = None
        self.world.await_end()
        judged, counted = self.world.judge()
        # Jobs of sessions are nobody's plan, and run nowhere.
        invented = "nothing is there that nobody asked for"
        judged[invented] = [text for text in judged[invented] if "session_" not in text]
        return {**self.against, **judged}, {**self.figures, **counted}


CLAIM_COUNT = 8 + len(WORLD_CLAIMS)


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--count", type=int, default=200)
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(1 << 32))
    arguments = parser.parse_args()
    print(f"seed {arguments.seed}", flush=True)
    directory = pathlib.Path(tempfile.mkdtemp(prefix="muster-dead-"))
    dead = DeadWorkers(directory, arguments.seed)
    try:
        against, figures = dead.run(arguments.count)
    finally:
        dead.world.close()
        shutil.rmtree(directory, ignore_errors=True)
    print_figures("dead", figures, FIGURES)
    broken = {claim: texts for claim, texts in against.items() if texts}
    replay = f"dead_worker.py --count {arguments.count} --seed {arguments.seed}"
    print_verdict(against, broken, 0, f"python3 tests/{replay}")
    return 1 if broken else 0


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that clean-ups run
    sys.exit(main())
