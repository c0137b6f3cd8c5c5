#!/usr/bin/env python3
"""Cuts the power of a real server under load, again and again, and looks whether it kept every
promise.

    shutdown_loop.py --count 200 [--seed N] [--fs ext4,xfs] [--canary NAME]

The data lies on a loop-mounted file system that is shut down (FS_IOC_SHUTDOWN) at a random moment,
or by the server's own n-th write, sync or rename. What was not synced is gone; with the other flag
the file system's own log still gets out, which leaves new sizes without their data. Then it is
unmounted and mounted, the server starts, and every job is compared with what had been
acknowledged. That ledger is in this process's memory, which no shutdown reaches.

A canary is a server that must be found out: `async` answers before it syncs, the others are the
default one, only that its syncs (`no-sync`), or those of its journal or store, do nothing.
`--count` is for each kind of file system.
"""

import pathlib
import random
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))

# pylint: disable=wrong-import-position
from crash import volumes
from crash.faults import SYNCS, Fault, FaultyCalls
from crash.lives import CANNOT_START, JOURNAL_ENDED, Lives
from crash.report import Report, clear, parser
from support.lines import ConnectionEnded
from support.scratch import scratch

LONGEST_LOAD_SECONDS = 0.5
POINT_SECONDS = 3.0  # a point that is not reached by then is given up for a random moment
SYNCLESS = {  # canaries, and whose syncs do nothing
    "no-sync": "any",
    "no-journal-sync": "journal",
    "no-store-sync": "store",
}
# Where the server itself pulls the plug: calls, place, and up to which pass of them.
POINTS = (
    (("pwrite",), "journal", 60),
    (("fdatasync",), "journal", 60),
    (("pwrite", "fdatasync"), "journal", 100),
    (("fsync", "rename"), "journal", 4),
    (("write", "fdatasync", "fsync", "rename", "unlink", "open"), "store", 60),
    (("open", "fsync", "pwrite", "mkdir"), "top", 6),
)


class Shutdowns:
    """One volume and the server on it."""

    def __init__(self, directory, kind, seed, canary=None):
        self.volume = volumes.Volume(directory, kind)
        options = ("--durability", "async", "--sync-interval", "60000") if canary == "async" else ()
        self.lives = Lives(directory, self.volume.path / "data", f"{kind}-{seed}", *options)
        self.faulty = FaultyCalls(directory)
        self.lie = canary in SYNCLESS and Fault(SYNCS, SYNCLESS[canary], 1, "lie", lasting=True)
        self.rng = random.Random(f"{seed}-{kind}")
        self.at_points = 0
        self.after_the_end = []

    def one(self):
        """A life, its end, and the morning after. Returns (what was done, what is wrong)."""
        how = self.rng.choice((volumes.LOG_LOST, volumes.LOG_LOST, volumes.LOG_FLUSHED))
        large = self.rng.random() < 0.04
        seconds = self.rng.uniform(0.0, LONGEST_LOAD_SECONDS) * (4 if large else 1)
        environment, what = None, f"{self.volume.kind}, {seconds:.3f} s into the load"
        if self.lie:
            environment = self.faulty.environment(self.lie, self.volume.path)
        elif self.rng.random() < 0.6:
            calls, place, most = self.rng.choice(POINTS)
            action = "cut" if how == volumes.LOG_LOST else "cutlog"
            fault = Fault(calls, place, int(most ** self.rng.random()), action)
            environment = self.faulty.environment(fault, self.volume.path)
            seconds, what = POINT_SECONDS, f"{self.volume.kind}, {fault}"
        self.after_the_end = []
        status = self.lives.live(seconds, environment, large, at_end=lambda: self._pull(how))
        complaints = self._judge_end(status) + self.after_the_end
        self.at_points += bool(environment and not self.lie and self.faulty.happened())
        self.volume.remount()
        return what + (", large" if large else ""), complaints + self.lives.check()

    def _pull(self, how):
        """A server that had nothing to do learns of it by the next submission."""
        self.volume.shut_down(how)
        try:
            with self.lives.server.connect() as connection:
                answer = connection.ask({"type": "submit_job", "job_id": "late", "duration": 1})
        except (ConnectionEnded, OSError):
            return
        if answer.get("status") != "error":
            self.after_the_end.append(f"on a dead file system it answered {answer}")

    def _judge_end(self, status):
        if status in (CANNOT_START, JOURNAL_ENDED):
            return []
        ended = f"ended with {status}" if status is not None else "did not end"
        return [f"on a dead file system the server {ended}: {self.lives.last_words()}"]

    def close(self):
        self.lives.server.stop()
        self.volume.close()


def run(kind, directory, arguments, report):
    loop = Shutdowns(directory, kind, arguments.seed, arguments.canary)
    name = kind.partition("-")[0]
    try:
        if arguments.canary:
            loop.lives.check()  # made by an honest server: the canary shall not be found at once
        for number in range(1, arguments.count + 1):
            what, complaints = loop.one()
            report.case(f"shutdown {number} ({what})", complaints)
            report.count(f"crash.shutdowns_{name}", f"file-system shutdowns of {name} under load")
            if number % 25 == 0:
                print(f"{kind}: {number} shutdowns, {report.failed} failed", flush=True)
            if complaints and arguments.canary:
                break  # found out
    finally:
        loop.close()
    report.count("crash.shutdowns_at_points", "of them at a chosen call", loop.at_points)
    report.count(
        "crash.shutdowns_acknowledged",
        "acknowledged submissions and completions that were looked for afterwards",
        loop.lives.ledger.counts["accepted"] + loop.lives.ledger.counts["completed"],
    )


def main():
    options = parser(__doc__, count=20)
    options.add_argument("--fs", default="ext4,xfs", help=f"of {', '.join(volumes.KINDS)}")
    options.add_argument("--canary", choices=("async", *SYNCLESS))
    arguments = options.parse_args()
    print(f"seed {arguments.seed}", flush=True)
    volumes.private_mounts()
    report = Report(
        f"python3 tests/crash/shutdown_loop.py --count {arguments.count} --seed {arguments.seed}"
        f" --fs {arguments.fs}"
    )
    directory = scratch("muster-shutdown-")
    try:
        for kind in arguments.fs.split(","):
            missing = volumes.why_not(directory, kind)
            if missing:
                report.skip(kind, missing)
            else:
                run(kind, directory, arguments, report)
        status = report.end()
    finally:
        clear(directory, report.failed, arguments.keep)
    return status


if __name__ == "__main__":
    sys.exit(main())
