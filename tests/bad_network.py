"""A server and its workers on a bad network: cables are pulled, packets dropped, connections reset,
swallowed, chopped and half closed, processes stopped, frozen, killed and restarted, all at once and
by a seed, while jobs run.

    bad_network.py --seconds 60 [--seed N] [--keep]

Workers live on hosts of their own (network namespaces; root needed), behind proxies of our own, and
one where nothing happens to it. Then everything is mended, every job must end, and what ran, by the
jobs' own lines and the workers' logs, is joined with the server's record. Without namespaces all
workers live behind proxies, and the faults of hosts count as skipped.
"""

import argparse
import heapq
import itertools
import pathlib
import random
import shutil
import signal
import sys
import tempfile
import threading
import time

from net.faults import CONCURRENCY, FAULTS, SERVER_FAULTS, WORKER_OPTIONS, ServerFault, Slot
from net.figures import print_figures, print_verdict
from net.namespaces import Network, what_is_missing
from net.world import WORLD_CLAIMS, World
from support.lines import Refused

SLOTS_OF_A_KIND = 3
WAITING_JOBS = 30
SECONDS_OF_A_JOB = (0.0, 0.1, 0.5, 2.0, 6.0, 13.0)
PAUSE_SECONDS = (0.1, 1.2)  # between the beginnings of two faults
SERVER_SHARE = 0.12
CALM_SECONDS = 120.0
# A loss is recorded at most so long behind the fault that it is owed to: the lease of 10 s, a beat
# that still got through, and a connection that was made again and lost again. A restart of the
# server gives a full lease again, and a server that stands still ages none.
BLAME_SECONDS = 20.0
EVERY_JOB_ENDED = "every job ended once all was mended"
NO_LOSS_UNEXPLAINED = "nobody was lost to whom nothing had happened"
EVERY_FAULT_FELL = "every kind of fault fell"
CLAIMS = (EVERY_JOB_ENDED, NO_LOSS_UNEXPLAINED, EVERY_FAULT_FELL, *WORLD_CLAIMS)


class Load(threading.Thread):
    """Submits and cancels, on a connection of its own, until it is told to end."""

    def __init__(self, world, seed):
        super().__init__(name="load")
        self._world = world
        self._rng = random.Random(f"{seed}.load")
        self._over = threading.Event()
        self._number = 0
        self.error = None

    def run(self):
        try:
            while not self._over.wait(0.1):
                if self._world.do("stats")["jobs"]["ready"] < WAITING_JOBS:
                    self._world.submit(*(self.next_job() for _ in range(10)))
                if self._rng.random() < 0.05:
                    self.cancel_one()
        except Exception as error:  # pylint: disable=broad-exception-caught
            self.error = error

    def end(self):
        self._over.set()
        self.join()
        if self.error:
            raise self.error

    def next_job(self):
        self._number += 1
        job_id = f"n{self._number}"
        seconds = self._rng.choice(SECONDS_OF_A_JOB)
        dice = self._rng.random()
        if dice < 0.1:
            retry = {"backoff_ms": 200, "max_attempts": 20}
            return self._world.job(job_id, seconds, failures=1, max_lost=1000, retry=retry)
        if dice < 0.2:  # the crash budget that everybody has
            return self._world.job(job_id, seconds, ends=("completed", "dead"))
        return self._world.job(job_id, seconds, max_lost=1000)

    def cancel_one(self):
        job_id = f"n{self._rng.randint(max(1, self._number - 40), max(1, self._number))}"
        if job_id in self._world.acknowledged:
            self._world.planned[job_id].add("cancelled")
            try:
                self._world.do("cancel_job", job_id=job_id)
            except Refused as refused:
                if refused.code != "conflict":  # it has ended
                    raise


class BadNetwork:
    """Slots, what happens to them, and when it ends. One thread but for the load."""

    def __init__(self, directory, seed, network):
        self.rng = random.Random(seed)
        self.world = World(directory, place=network.host() if network else None)
        hosts = [network.host() for _ in range(SLOTS_OF_A_KIND)] if network else []
        count = SLOTS_OF_A_KIND if network else 2 * SLOTS_OF_A_KIND
        numbers = itertools.count(1)
        self.slots = [Slot(self.world, next(numbers), host=host) for host in hosts]
        self.slots += [Slot(self.world, next(numbers), proxied=True) for _ in range(count)]
        self.load = Load(self.world, seed)
        self.suffered = {}  # {worker: [(from, to)]}, seconds of the wall clock
        self.server_suffered = []  # the same of the server, one behind the other
        self.fell = {fault.name: 0 for fault in (*FAULTS, *SERVER_FAULTS)}
        self.possible = {"any", "proxy", *(["host"] if network else [])}
        self._endings = []  # (when, order, slot or None, what to do)
        self._order = itertools.count()
        self._server_busy = False

    def run(self, seconds):
        """{claim: what speaks against it}, figures."""
        for slot in self.slots:
            slot.start_worker()
        self.world.start_worker(
            "lucky", *WORKER_OPTIONS, concurrency=CONCURRENCY, place=self.world.place
        )
        self.load.start()
        try:
            self.disturb(seconds)
        finally:
            self.load.end()
        ended = self.world.await_end(CALM_SECONDS)
        against, figures = self.world.judge()
        against[EVERY_JOB_ENDED] = [] if ended else self.open_jobs()
        against[NO_LOSS_UNEXPLAINED] = list(self.unexplained_losses())
        possible = [f.name for f in FAULTS if f.on in self.possible]
        possible += [f.name for f in SERVER_FAULTS]
        against[EVERY_FAULT_FELL] = [f"no {n} fell" for n in possible if not self.fell[n]]
        return against, {**{f"fell_{n}": self.fell[n] for n in possible}, **figures}

    def disturb(self, seconds):
        """Every kind once, in random order, however short the time; then as the dice fall. Then
        all is mended.
        """
        wanted = [fault for fault in FAULTS if fault.on in self.possible] + list(SERVER_FAULTS)
        self.rng.shuffle(wanted)
        until = time.monotonic() + seconds
        while wanted or time.monotonic() < until:
            self.begin_one(wanted)
            self.pause(self.rng.uniform(*PAUSE_SECONDS))
        while self._endings:
            self.pause(0.1, mending=True)

    def begin_one(self, wanted):
        """On a free slot, or on the server; nothing when none is free."""
        free = [slot for slot in self.slots if not slot.busy]
        slot = self.rng.choice(free) if free else None
        kinds = slot.kinds() if slot else set()
        possible = [fault for fault in wanted if self.possible_now(fault, kinds)]
        if possible:
            fault = possible[0]
            wanted.remove(fault)
        elif self.rng.random() < SERVER_SHARE:
            fault = self.rng.choice(SERVER_FAULTS)
        elif slot:
            fault = self.rng.choice([fault for fault in FAULTS if fault.on in kinds])
        else:
            return
        if self.possible_now(fault, kinds):
            self.begin(fault, slot)

    def possible_now(self, fault, kinds):
        return not self._server_busy if isinstance(fault, ServerFault) else fault.on in kinds

    def begin(self, fault, slot):
        self.fell[fault.name] += 1
        if isinstance(fault, ServerFault):
            self._server_busy = True
            end = self.ending_of_server_fault(fault, time.time())
            fault.begin(self.world.server)
        else:
            slot.busy = True
            end = self.ending_of_fault(fault, slot, slot.name, time.time())
            fault.begin(slot, self.rng)
        length = self.rng.uniform(*self.rng.choice(fault.lengths))
        heapq.heappush(self._endings, (time.monotonic() + length, next(self._order), end))

    def ending_of_fault(self, fault, slot, name, began):
        def end():
            if fault.end:
                fault.end(slot)
            self.suffered.setdefault(name, []).append((began, time.time()))
            slot.busy = False

        return end

    def ending_of_server_fault(self, fault, began):
        def end():
            fault.end(self.world.server)
            self.server_suffered.append((began, time.time()))
            self._server_busy = False

        return end

    def pause(self, seconds, mending=False):
        """Time passes, and faults end when they are due, or now when all is to be mended."""
        over = time.monotonic() + seconds
        while True:
            self.end_what_is_due(everything=mending)
            left = over - time.monotonic()
            if left <= 0:
                return
            time.sleep(min(left, 0.05))

    def end_what_is_due(self, everything=False):
        while self._endings and (everything or self._endings[0][0] <= time.monotonic()):
            heapq.heappop(self._endings)[2]()

    # ---- what is judged here

    def open_jobs(self):
        return [
            f"{job['job_id']} is {job['state']}"
            for state in ("scheduled", "ready", "running")
            for job in self.world.do("list_jobs", state=state)["jobs"]
        ]

    def unexplained_losses(self):
        for job_id, record in self.world.last_evidence.records.items():
            for attempt in record["attempts"] if record else []:
                if attempt["outcome"] not in ("worker_lost", "lease_expired"):
                    continue
                lost_at = attempt["ended_at_ms"] / 1000
                worker = attempt["worker_id"]
                faults = self.suffered.get(worker, [])
                if not any(b <= lost_at <= self.blamed_until(e) for b, e in faults):
                    yield f"{worker} lost {job_id} at {lost_at:.3f}: {faults}"

    def blamed_until(self, ended):
        until = ended + BLAME_SECONDS
        for server_began, server_ended in self.server_suffered:
            if server_began <= until:
                until = max(until, server_ended + BLAME_SECONDS)
        return until

    def close(self):
        self.world.close()
        for slot in self.slots:
            slot.close()


def run(directory, arguments):
    """(claims against, figures, how many kinds of fault were skipped)."""
    missing = what_is_missing(nft=True)
    skipped = 0
    if missing:
        print(f"skipped: {missing}")
        skipped = sum(fault.on == "host" for fault in FAULTS)
    network = None if missing else Network()
    bad = None
    try:
        bad = BadNetwork(directory, arguments.seed, network)
        began = time.monotonic()
        against, figures = bad.run(arguments.seconds)
        return against, {"seconds": round(time.monotonic() - began), **figures}, skipped
    finally:
        if bad:
            bad.close()
        if network:
            network.close()


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(1 << 32))
    parser.add_argument("--keep", action="store_true", help="keep the directory of a failed run")
    arguments = parser.parse_args()
    print(f"seed {arguments.seed}", flush=True)
    directory = pathlib.Path(tempfile.mkdtemp(prefix="muster-net-"))
    broken = True
    try:
        against, figures, skipped = run(directory, arguments)
        broken = {claim: texts for claim, texts in against.items() if texts}
        meanings = {name: f"faults: {name[5:].replace('_', ' ')}" for name in figures}
        print_figures("net", figures, {n: m for n, m in meanings.items() if n[:5] == "fell_"})
        replay = f"bad_network.py --seconds {arguments.seconds:g} --seed {arguments.seed}"
        print_verdict(against, broken, skipped, f"python3 tests/{replay}")
    finally:
        if broken and arguments.keep:
            print(f"kept {directory}", file=sys.stderr)
        else:
            shutil.rmtree(directory, ignore_errors=True)
    return 1 if broken else 0


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that clean-ups run
    sys.exit(main())
