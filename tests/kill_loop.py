"""Kills a real server again and again under load and looks whether it kept every promise it had
made.

    kill_loop.py --kills 300 [--seed N] [--durability sync|async|memory] [--keep]

Each kill is SIGKILL: at a random moment, or raised by the server itself at a named point. Then the
server starts again and every job is compared with the ledger of what the clients had sent and what
had been acknowledged. The last line is `N passed, N failed`; the status is 1 when anything was
lost, undone, torn or counted wrong, or a kind of kill is missing. `--durability memory` must fail:
it shows that the loop can.
"""

import argparse
import collections
import random
import shutil
import subprocess
import sys
import time

from killing.afterwards import compare
from killing.ledger import Ledger
from killing.load import Load
from killing.plan import ANY_MOMENT, POINTS, Kill, plan
from support.processes import Server
from support.scratch import scratch

SELF_KILL_SECONDS = 5.0  # a named point that is not reached by then is passed over
LARGE_SELF_KILL_SECONDS = 20.0
SHOWN_COMPLAINTS = 5


class KillLoop:
    """One server, one ledger, many lives."""

    def __init__(self, directory, durability, seed):
        self.server = Server(directory, "--durability", durability)
        self.ledger = Ledger()
        self.seed = seed
        self.on_disk = durability != "memory"
        self.fell = collections.Counter()
        self.in_recovery = 0
        self.held = []

    def kill(self, kill, number):
        """Kills it as planned; says what the server died of."""
        if kill.at_start:
            self.live_and_die(Kill(None, seconds=kill.seconds), number)
            return self.die_at_start(kill)
        if kill.large:
            # Recovery is over and done with, so that the point is one under load.
            if self.running():
                self.server.kill()
            self.server.start()
            self.server.kill()
        return self.live_and_die(kill, number)

    def live_and_die(self, kill, number):
        """The server of the last look lives on, unless its start has to be another."""
        if kill.point or not self.running():
            if self.running():
                self.server.kill()
            self.server.start(kill.environment())
        load = Load(self.server, self.ledger, f"{self.seed}-{number}", self.held, kill.large)
        load.start()
        try:
            return self.await_death(kill)
        finally:
            self.server.kill()
            load.join()

    def running(self):
        return self.server.process is not None and self.server.process.running()

    def die_at_start(self, kill):
        try:
            self.server.start(kill.environment())
        except AssertionError:
            if self.server.process.wait() != -9:
                raise
            self.in_recovery += 1
            return POINTS[kill.point]
        self.server.kill()
        return ANY_MOMENT

    def await_death(self, kill):
        seconds = kill.seconds
        if kill.point:
            seconds = LARGE_SELF_KILL_SECONDS if kill.large else SELF_KILL_SECONDS
        try:
            status = self.server.process.wait(seconds)
        except subprocess.TimeoutExpired:
            return ANY_MOMENT
        if status != -9:
            stderr = self.server.process.stderr()[-2000:]
            raise AssertionError(f"the server ended by itself with {status}\n{stderr}")
        return POINTS[kill.point]

    def check(self):
        """Starts it undisturbed, compares everything, clears away what is finished; returns what
        is wrong.
        """
        self.server.start()
        complaints, self.held = compare(self.server, self.ledger)
        return complaints

    def run(self, kills):
        """Returns how many kills were survived without a complaint, and how many were not."""
        passed = failed = 0
        for number, kill in enumerate(plan(kills, self.seed, self.on_disk), start=1):
            self.fell[self.kill(kill, number)] += 1
            complaints = self.check()
            passed, failed = (passed, failed + 1) if complaints else (passed + 1, failed)
            for text in complaints[:SHOWN_COMPLAINTS]:
                print(f"kill {number} ({kill}): {text}", flush=True)
            if len(complaints) > SHOWN_COMPLAINTS:
                print(f"kill {number}: and {len(complaints) - SHOWN_COMPLAINTS} more", flush=True)
            if number % 25 == 0:
                accepted = self.ledger.counts["accepted"]
                print(
                    f"{number} kills, {accepted} jobs acknowledged, {failed} failed",
                    flush=True,
                )
        return passed, failed


def report(loop, kills, seconds):
    """Says where the kills fell; returns the kinds that are missing."""
    kinds = [*POINTS.values(), ANY_MOMENT]
    print(
        f"{kills} kills in {seconds:.0f} s, seed {loop.seed}: "
        + ", ".join(f"{loop.fell[kind]} {kind}" for kind in kinds)
        + f"; {loop.in_recovery} of them during a start"
    )
    print(
        ", ".join(f"{count} {what}" for what, count in loop.ledger.counts.items())
        + " (acknowledged)"
    )
    print(f"figure kill.kills {kills} SIGKILLs under load, each followed by a comparison")
    for point, kind in POINTS.items():
        print(f"figure kill.at_{point} {loop.fell[kind]} of them {kind}")
    print(f"figure kill.in_recovery {loop.in_recovery} of them during a start")
    for what, count in loop.ledger.counts.items():
        print(f"figure kill.{what.replace(' ', '_')} {count} {what}, as acknowledged")
    return [kind for kind in POINTS.values() if loop.on_disk and loop.fell[kind] == 0]


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--kills", type=int, default=300)
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(1 << 32))
    parser.add_argument("--durability", default="sync")
    parser.add_argument(
        "--keep", action="store_true", help="keep the data directory of a run that failed"
    )
    arguments = parser.parse_args()
    print(f"seed {arguments.seed}", flush=True)
    directory = scratch("muster-kill-")
    loop = KillLoop(directory, arguments.durability, arguments.seed)
    failed = 1
    try:
        began = time.monotonic()
        passed, failed = loop.run(arguments.kills)
        missing = report(loop, arguments.kills, time.monotonic() - began)
        for kind in missing:
            print(f"no kill fell {kind}")
        failed += len(missing)
        print(f"{passed} passed, {failed} failed")
    finally:
        loop.server.stop()
        if failed and arguments.keep:
            print(f"kept {directory}", file=sys.stderr)
        else:
            shutil.rmtree(directory, ignore_errors=True)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
