"""Restarts a real server again and again under load and looks whether a job ran twice whose worker
lived all the time: none may.

    restart_loop.py --count 1000 [--seed N] [--durability sync|async|memory] [--keep]

More than half of the ends are SIGKILL, the others SIGTERM; now and then the server stays away for a
while, or is killed again right after its start, but never for so long that a lease ends. The
workers are left alone. They run jobs of many lengths, which write down themselves when they begin
and end. At the end everything that ran is joined with the server's record. `--durability memory`
must fail.
"""

import argparse
import pathlib
import random
import shutil
import signal
import sys
import tempfile
import time

from net.figures import print_figures, print_verdict
from net.world import WORLD_CLAIMS, World

WORKERS = 3
CONCURRENCY = 4
WAITING_JOBS = 40  # kept in the queue, so that every slot is always taken
BATCH = 20
SECONDS_OF_A_JOB = (0.0, 0.05, 0.1, 0.2, 0.4, 0.8, 2.5)
LIFE_SECONDS = (0.0, 1.5)
AWAY_SECONDS = (0.5, 3.0)  # well below the lease of 10 s
START_SECONDS = 5.0
# A thousand runs are looked at and forgotten at a time: the server keeps 10,000 finished jobs.
RESTARTS_OF_A_ROUND = 250


FIGURES = {
    "restarts": "restarts of the server under load",
    "restarts_away": "of these with the server away for up to three seconds",
    "restarts_killed": "of these by SIGKILL",
    "restarts_killed_in_start": "further starts that were killed at once",
    "restarts_terminated": "of these by SIGTERM",
    "longest_away_ms": "milliseconds for which no server listened, at most",
}


class RestartLoop:
    """One server, workers that live through all of it."""

    def __init__(self, directory, durability, seed):
        self.world = World(directory, "--durability", durability)
        self.rng = random.Random(seed)
        self.number = 0
        self.counts = {"killed": 0, "terminated": 0, "killed_in_start": 0, "away": 0}
        self.longest_away = 0.0
        self.submitted = set()

    def start_workers(self, round_number):
        for number in range(WORKERS):
            self.world.start_worker(f"r{round_number}w{number}", concurrency=CONCURRENCY)

    def fill(self):
        """Keeps jobs waiting."""
        waiting = self.world.do("stats")["jobs"]["ready"]
        while waiting < WAITING_JOBS:
            jobs = []
            for _ in range(BATCH):
                self.number += 1
                seconds = self.rng.choice(SECONDS_OF_A_JOB)
                jobs.append(self.world.job(f"n{self.number}", seconds))
            self.world.submit(*jobs)
            waiting += BATCH

    def restart(self):
        """One life of the server and its end."""
        lives_until = time.monotonic() + self.rng.uniform(*LIFE_SECONDS)
        self.fill()
        time.sleep(max(0.0, lives_until - time.monotonic()))  # a random moment, not a wait
        went = time.monotonic()
        server = self.world.server
        if self.rng.random() < 0.6:
            server.kill()
            self.counts["killed"] += 1
        else:
            status = server.terminate()
            if status != 0:
                raise AssertionError(f"the server ended with {status} on SIGTERM")
            self.counts["terminated"] += 1
        if self.rng.random() < 0.1:
            self.counts["away"] += 1
            time.sleep(self.rng.uniform(*AWAY_SECONDS))
        if self.rng.random() < 0.1:
            self.start_and_kill()
        server.start()
        self.longest_away = max(self.longest_away, time.monotonic() - went)

    def start_and_kill(self):
        """A start that is killed while or right after it recovers."""
        self.world.server.start()
        self.world.server.kill()
        self.counts["killed_in_start"] += 1

    def run_round(self, round_number, restarts):
        """So many restarts, the end of every job, the judgement: what speaks against it, by claim,
        and figures.
        """
        self.start_workers(round_number)
        for number in range(1, restarts + 1):
            self.restart()
            ended = self.world.reap()
            if ended:
                raise AssertionError(f"workers ended by themselves: {ended}")
            if number % 25 == 0:
                print(f"{number} of {restarts} restarts, {self.number} jobs", flush=True)
        against = {"every job ended": []}
        if not self.world.await_end():
            against["every job ended"].append(f"{self.world.open_jobs()} jobs never ended")
        judged, counted = self.world.judge()
        against.update(judged)
        against[NOTHING_TWICE] = list(self.ran_twice(counted))
        self.forget()
        return against, counted

    def ran_twice(self, counted):
        """Every worker lived: not one job may have run again, for whatever cause."""
        for name in ("jobs_executed_again", "executions_cut_short", "late_reports_refused"):
            if counted[name]:
                yield f"{counted[name]} {name.replace('_', ' ')}"
        for outcome in ("worker_lost", "lease_expired", "timed_out", "failed"):
            if counted.get(f"attempts_{outcome}"):
                yield f"{counted[f'attempts_{outcome}']} attempts are recorded as {outcome}"
        if counted["executions"] != counted["jobs"]:
            yield f"{counted['executions']} executions of {counted['jobs']} jobs"

    def forget(self):
        """What was judged is cleared away, so that rounds add up without end."""
        job_ids = list(self.world.planned)
        for begin in range(0, len(job_ids), 1000):
            self.world.do("delete_job", ids=job_ids[begin : begin + 1000])
        self.world.forget()


NOTHING_TWICE = "no job ran again whose worker lived"


def add_up(totals, counted):
    for name, count in counted.items():
        totals[name] = totals.get(name, 0) + count


def run(loop, count):
    """(claims that held, [claims that did not], figures) over all rounds."""
    totals, broken = {}, {}
    claims = {"every job ended", *WORLD_CLAIMS, NOTHING_TWICE}
    round_number, left = 0, count
    while left > 0 and not broken:
        round_number += 1
        restarts = min(left, RESTARTS_OF_A_ROUND)
        against, counted = loop.run_round(round_number, restarts)
        add_up(totals, counted)
        broken = {claim: texts for claim, texts in against.items() if texts}
        left -= restarts
    return claims, broken, totals


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--count", type=int, default=40, help="restarts")
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(1 << 32))
    parser.add_argument("--durability", default="sync")
    parser.add_argument("--keep", action="store_true", help="keep the directory of a failed run")
    arguments = parser.parse_args()
    print(f"seed {arguments.seed}", flush=True)
    directory = pathlib.Path(tempfile.mkdtemp(prefix="muster-restarts-"))
    failed = 1
    loop = RestartLoop(directory, arguments.durability, arguments.seed)
    try:
        began = time.monotonic()
        claims, broken, totals = run(loop, arguments.count)
        failed = len(broken)
        figures = {
            "restarts": sum(loop.counts[how] for how in ("killed", "terminated")),
            **{f"restarts_{how}": number for how, number in loop.counts.items()},
            "longest_away_ms": round(1000 * loop.longest_away),
            "seconds": round(time.monotonic() - began),
            **totals,
        }
        print_figures("restarts", figures, FIGURES)
        replay = f"restart_loop.py --count {arguments.count} --seed {arguments.seed}"
        print_verdict(claims, broken, 0, f"python3 tests/{replay}")
    finally:
        loop.world.close()
        if failed and arguments.keep:
            print(f"kept {directory}", file=sys.stderr)
        else:
            shutil.rmtree(directory, ignore_errors=True)
    return 1 if failed else 0


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that clean-ups run
    sys.exit(main())
