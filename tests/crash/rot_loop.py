#!/usr/bin/env python3
"""Damages the files of a killed server, one place after the other, and starts it on them.

    rot_loop.py --count 80 [--seed N] [--canary]

Two servers are killed, one at work and one after it, when its journal is sealed. Of their files
bits are flipped, sectors zeroed or overwritten, ends cut off, files removed: in every kind of file,
and in the journal by the parts of its records. A start must refuse, naming the file (of RocksDB's
the store), or serve exactly what was acknowledged. Only damage to the last record, when nothing
sealed it, may take that record, as a whole. Never may it abort, hang or serve anything else,
neither at once nor after a stop and another start. Where the document promises a refusal, nothing
else will do. With `--canary` a job that nobody knows of is slipped in instead: must be found out.
"""

import pathlib
import random
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))

# pylint: disable=wrong-import-position
from crash.damage import Outcome, Planner
from crash.lives import CANNOT_START, STOPPED
from crash.report import Report, clear, parser
from crash.victims import Victim
from support.scratch import scratch


def outcome_of(victim, damage):
    """(what the start did, what is wrong with that by itself)."""
    status, everything = victim.serve()
    if everything is None:
        if status != CANNOT_START:
            return None, [f"it ended with {status}: {victim.last_words()}"]
        return Outcome.REFUSED, judge_name(victim, damage)
    if status != STOPPED:
        return None, [f"its stop ended with {status}: {victim.last_words()}"]
    if everything == victim.whole:
        return Outcome.SAME, []
    if everything == victim.without_last:
        return Outcome.CUT, []
    return None, ["it serves something else"]


def judge_name(victim, damage):
    """The store is checked before the journal, and of its files RocksDB may know only the
    directory.
    """
    words = victim.last_words()
    name = str(victim.work / "default/store") if "/store/" in damage.file else damage.file
    return [] if name in words else [f"it was refused without its name: {words}"]


def one(victim, damage, rng, canary):
    """Returns (outcome, what is wrong)."""
    victim.copy()
    if canary:
        victim.slip_in_a_job()
    else:
        damage.apply(victim.work, rng)
    outcome, complaints = outcome_of(victim, damage)
    if not complaints and outcome not in damage.allowed:
        complaints = [f"it was {outcome.value}: {victim.last_words()}"]
    if not complaints and outcome is not Outcome.REFUSED:
        again, complaints = outcome_of(victim, damage)
        if not complaints and again is not outcome:
            complaints = [f"it was {outcome.value}, and at the next start {again.value}"]
    return outcome, complaints


def run(directory, arguments, report):
    victims = [
        Victim(directory, "killed-at-work", arguments.seed, idle=False),
        Victim(directory, "killed-idle", arguments.seed, idle=True),
    ]
    for victim in victims:
        report.case(f"{victim.name}, undamaged", victim.complaints)
    rng = random.Random(arguments.seed)
    planners = [Planner(victim, rng) for victim in victims]
    for number in range(arguments.count):
        victim, planner = victims[number % 2], planners[number % 2]
        damage = planner.next()
        outcome, complaints = one(victim, damage, rng, arguments.canary)
        report.case(f"{victim.name}, {damage}", complaints)
        if outcome:
            what = outcome.value.replace("_", " ")
            report.count(f"crash.rot_{outcome.value}", f"starts on damaged files that were {what}")
        if (number + 1) % 25 == 0:
            print(f"{number + 1} damages, {report.failed} failed", flush=True)


def main():
    options = parser(__doc__, count=80)
    options.add_argument("--canary", action="store_true")
    arguments = options.parse_args()
    print(f"seed {arguments.seed}", flush=True)
    report = Report(
        f"python3 tests/crash/rot_loop.py --count {arguments.count} --seed {arguments.seed}"
    )
    directory = scratch("muster-rot-")
    try:
        run(directory, arguments, report)
        return report.end()
    finally:
        clear(directory, report.failed, arguments.keep)


if __name__ == "__main__":
    sys.exit(main())
