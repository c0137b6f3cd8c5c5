"""Puts the wall clock of a real server and its workers forward and back by up to ten years, in
jumps and many times a second, and measures whether any length of time ended early or never.

    clock_jumps.py --seconds 60 [--seed N] [--years 10]

Delays, leases, sessions, backoff, release delays, timeouts and waits are asked for all the time and
measured by the steady clock (net/time_probes.py). Workers run jobs beside it: none may be lost, and
what ran is joined with the server's record. Needs the package libfaketime; skips without.
"""

import argparse
import pathlib
import random
import shutil
import signal
import sys
import tempfile
import time
import unittest

from net.figures import print_figures, print_verdict
from net.time_probes import KINDS
from net.wall_clock import YEAR_SECONDS, Strobe, wall_clock_or_skip
from net.world import WORLD_CLAIMS, World

PROBES_OF_A_KIND = 2
WORKERS = {"shifted": True, "true": False}  # name: whether its own clock jumps, too
CONCURRENCY = 3
SECONDS_OF_A_JOB = (0.2, 1.0, 4.0)
# Nothing may hang; on a busy machine an answer may take its time.
HANGING_MS = 15_000
END_SECONDS = 30.0


FIGURES = {
    "jumps": "jumps of the wall clock, of up to ten years either way",
    **{f"{kind.kind}s_measured": f"lengths of a {kind.kind} that were measured" for kind in KINDS},
    **{f"{kind.kind}_latest_ms": "milliseconds that the latest came late" for kind in KINDS},
}


class ClockJumps:

    def __init__(self, directory, clock, seed):
        self.clock = clock
        self.rng = random.Random(seed)
        self.world = World(directory, environment=clock.environment())
        self.world.queue = "default"  # the probes have queues of their own
        self.probes = [
            kind(self.world.server, f"{kind.kind}{number}", seed)
            for kind in KINDS
            for number in range(PROBES_OF_A_KIND)
        ]
        self.jobs = 0
        self.seen_far_away = 0

    def run(self, seconds, years):
        """{claim: what speaks against it}, figures."""
        for name, shifted in WORKERS.items():
            shifted = shifted and not self.clock.steady_too
            environment = self.clock.environment() if shifted else {}
            self.world.start_worker(name, concurrency=CONCURRENCY, environment=environment)
        for probe in self.probes:
            probe.start()
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            self.submit_some()
            self.disturb(years)
        self.clock.jump(0)
        for probe in self.probes:
            probe.end()
        deadline = time.monotonic() + END_SECONDS
        for probe in self.probes:
            probe.join(max(0.0, deadline - time.monotonic()))
        return self.judge()

    def submit_some(self):
        """Jobs of the workers: some run to their end, some into their timeout."""
        jobs = []
        for _ in range(3):
            self.jobs += 1
            jobs.append(self.world.job(f"w{self.jobs}", self.rng.choice(SECONDS_OF_A_JOB)))
        self.jobs += 1
        self.world.submit(
            *jobs,
            self.world.job(
                f"w{self.jobs}", 60, ends=("dead",), timeout_ms=1500, retry={"max_attempts": 1}
            ),
        )

    def disturb(self, years):
        far = years * YEAR_SECONDS
        if self.rng.random() < 0.4:
            with Strobe(self.clock, self.rng.random(), years):
                time.sleep(self.rng.uniform(0.5, 3.0))  # how long it strobes
        else:
            self.clock.jump(self.rng.choice((-far, far, 0, self.rng.randint(-far, far))))
            shown = self.world.do("stats")["now_ms"] / 1000
            self.seen_far_away += abs(shown - time.time()) > far / 2
            time.sleep(self.rng.uniform(0.1, 2.0))  # how long it stays there

    def judge(self):
        unseen = [] if self.seen_far_away else ["its answers show the true time"]
        against = {"the server's clock jumped": unseen}
        figures = {"jumps": self.clock.jumps}
        for kind in KINDS:
            measured = [p.measured for p in self.probes if p.kind == kind.kind]
            stuck = [p.name for p in self.probes if p.kind == kind.kind and p.is_alive()]
            figures[f"{kind.kind}s_measured"] = sum(each.count for each in measured)
            latest = max(each.latest_ms for each in measured)
            figures[f"{kind.kind}_latest_ms"] = round(latest)
            against[f"no {kind.kind} ended early"] = [t for each in measured for t in each.early]
            against[f"no {kind.kind} hung"] = [
                *(text for each in measured for text in each.broken),
                *(f"{name} still waits" for name in stuck),
                *([f"{latest:.0f} ms late"] if latest > HANGING_MS else []),
                *([] if any(each.count for each in measured) else ["none was measured"]),
            ]
        ended = self.world.await_end(END_SECONDS)
        against["every job of the workers ended"] = [] if ended else ["some never ended"]
        judged, counted = self.world.judge()
        against.update(judged)
        against[NOBODY_LOST] = [
            f"{counted[name]} {name}"
            for name in ("attempts_worker_lost", "attempts_lease_expired", "jobs_executed_again")
            if counted.get(name)
        ]
        return against, {**figures, **counted}


NOBODY_LOST = "no worker was lost, no job ran again"
CLAIM_COUNT = 2 * len(KINDS) + len(WORLD_CLAIMS) + 3


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(1 << 32))
    parser.add_argument("--years", type=int, default=10)
    parser.add_argument(
        "--steady-too", action="store_true", help="the steady clock jumps, too: must fail"
    )
    arguments = parser.parse_args()
    print(f"seed {arguments.seed}", flush=True)
    directory = pathlib.Path(tempfile.mkdtemp(prefix="muster-clock-"))
    try:
        clock = wall_clock_or_skip(directory, arguments.steady_too)
    except unittest.SkipTest as reason:
        print(f"skipped: {reason}")
        print(f"0 passed, 0 failed, {CLAIM_COUNT} skipped")
        shutil.rmtree(directory, ignore_errors=True)
        return 0
    jumps = ClockJumps(directory, clock, arguments.seed)
    try:
        against, figures = jumps.run(arguments.seconds, arguments.years)
    finally:
        jumps.world.close()
        shutil.rmtree(directory, ignore_errors=True)
    print_figures("clock", figures, FIGURES)
    broken = {claim: texts for claim, texts in against.items() if texts}
    replay = f"clock_jumps.py --seconds {arguments.seconds:g} --seed {arguments.seed}"
    print_verdict(against, broken, 0, f"python3 tests/{replay}")
    return 1 if broken else 0


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that clean-ups run
    sys.exit(main())
