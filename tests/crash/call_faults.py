#!/usr/bin/env python3
"""Makes every file call of a real server fail, one by one and from then on, and looks whether it
kept every promise.

    call_faults.py --count 60 [--seed N]       a sample
    call_faults.py --all [--seed N]            n = 1, 2, 3 … of every kind of call
    call_faults.py --fault FAULT --scene NAME  one, as printed by a run that failed
    call_faults.py --canary                    syncs of the journal lose what they should have
                                               saved and report success: must be found out

Two scenes: a server that starts on nothing, and one that starts on what a killed one left; both
then work under load and are stopped. A call fails with EIO or ENOSPC, a write may be torn, reads
and writes may be short. A sync that fails loses what was not synced of that file. The server must
refuse to start (status 1), end with status 74, or go on, and must do so in time; a failed sync or
write of the journal must end it. Then it starts again, undisturbed, and is compared with what had
been acknowledged, so that nothing may have been acknowledged that rests on a failed sync.
"""

import collections
import dataclasses
import pathlib
import random
import shutil
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))

# pylint: disable=wrong-import-position
from crash.faults import CALLS, SYNCS, WRITES, Fault, FaultyCalls, actions_for, place_of
from crash.lives import CANNOT_START, JOURNAL_ENDED, STOPPED, Lives
from crash.report import Report, clear, parser
from support.scratch import scratch

SCENES = ("fresh", "again")
LOAD_SECONDS = 0.15
CANARY = Fault(("fdatasync",), "journal", 5, "lose", lasting=True)
ALL_CALLS = Fault(CALLS, "any", 1, "count")


class Faults:
    """One data directory for all faults of the scene `again`, one each for those of `fresh`."""

    def __init__(self, directory, seed):
        self.directory = directory
        self.seed = seed
        self.faulty = FaultyCalls(directory)
        self.lives = self.new_lives("again")
        self.lives.check()
        self.fresh = 0

    def new_lives(self, name):
        return Lives(self.directory, self.directory / name, f"{name}-{self.seed}")

    def survey(self, scene):
        """{(call, place): how often} in an undisturbed life."""
        lives = self.lives_of(scene)
        self.one_life(lives, ALL_CALLS)
        counted = collections.Counter(
            (call, place_of(file)) for call, file in self.faulty.happened()
        )
        self.finish(lives)
        return counted

    def lives_of(self, scene):
        if scene == "again":
            return self.lives
        self.fresh += 1
        return self.new_lives(f"fresh{self.fresh}")

    def finish(self, lives):
        complaints = lives.check()
        if lives is not self.lives:
            shutil.rmtree(lives.server.data)
        elif complaints:
            # What is lost would be missed in every life to come.
            shutil.rmtree(lives.server.data)
            self.lives = self.new_lives(f"again{self.fresh}-{lives.number}")
            self.lives.check()
        return complaints

    def one_life(self, lives, fault):
        return lives.live(
            LOAD_SECONDS,
            self.faulty.environment(fault, lives.server.data),
            at_end=lambda: lives.server.process.signal(15),
        )

    def one(self, scene, fault):
        """Returns (whether the fault happened, what is wrong)."""
        lives = self.lives_of(scene)
        status = self.one_life(lives, fault)
        happened = self.faulty.happened()
        complaints = judge_end(fault, happened, status, lives.last_words())
        return bool(happened), complaints + self.finish(lives)


def judge_end(fault, happened, status, last_words):
    if status is None:
        return [f"it did not stop: {last_words}"]
    if status not in (STOPPED, CANNOT_START, JOURNAL_ENDED):
        return [f"it ended with {status}: {last_words}"]
    if status == CANNOT_START and not last_words.startswith("muster server: "):
        return [f"it refused to start and did not say why: {last_words}"]
    fatal = fault.action in ("EIO", "torn") and any(
        "/segment-" in file and call in SYNCS + WRITES for call, file in happened
    )
    if fatal and status == STOPPED:
        return ["the journal's call failed and the server went on"]
    return []


def faults_of(counted, rng):
    """Endless: every class of calls as often as the others, then a pass of it, then an action."""
    classes = sorted(counted)
    while True:
        call, place = rng.choice(classes)
        nth = 1 + int(counted[call, place] * rng.random() ** 2)
        yield Fault((call,), place, nth, rng.choice(actions_for(call)), rng.random() < 0.5)


def sample(faults, count, rng, report):
    streams = {scene: faults_of(faults.survey(scene), rng) for scene in SCENES}
    for number in range(1, count + 1):
        scene = "fresh" if number % 4 == 0 else "again"
        try_one(faults, scene, next(streams[scene]), report)
        if number % 25 == 0:
            print(f"{number} faults, {report.failed} failed", flush=True)


def sweep(faults, report):
    """Each class, action and persistence until a pass is not reached."""
    for scene in SCENES:
        for call, place in sorted(faults.survey(scene)):
            for action in actions_for(call):
                for lasting in (False, True):
                    sweep_class(faults, scene, Fault((call,), place, 1, action, lasting), report)


def sweep_class(faults, scene, fault, report):
    """Every pass, two dozen of them without a gap: zeros are written in hundreds of pieces."""
    while try_one(faults, scene, fault, report):
        step = 1 if fault.nth < 24 else fault.nth // 8
        fault = dataclasses.replace(fault, nth=fault.nth + step)
    print(f"{scene} {fault} is not reached; {report.failed} failed", flush=True)


def try_one(faults, scene, fault, report):
    happened, complaints = faults.one(scene, fault)
    if happened or complaints:
        report.case(f"{scene} {fault}", complaints)
        report.count(f"crash.faults_{fault.action.lower()}", f"file calls that met {fault.action}")
    else:
        report.count("crash.faults_not_reached", "planned faults that no call reached")
    return happened


def main():
    options = parser(__doc__, count=60)
    options.add_argument("--all", action="store_true")
    options.add_argument("--fault", type=Fault.parse)
    options.add_argument("--canary", dest="fault", action="store_const", const=CANARY)
    options.add_argument("--scene", choices=SCENES, default="again")
    arguments = options.parse_args()
    print(f"seed {arguments.seed}", flush=True)
    report = Report("python3 tests/crash/call_faults.py --scene SCENE --fault FAULT")
    directory = scratch("muster-faults-")
    try:
        faults = Faults(directory, arguments.seed)
        try:
            if arguments.fault:
                try_one(faults, arguments.scene, arguments.fault, report)
            elif arguments.all:
                sweep(faults, report)
            else:
                sample(faults, arguments.count, random.Random(arguments.seed), report)
        finally:
            faults.lives.server.stop()
        return report.end()
    finally:
        clear(directory, report.failed, arguments.keep)


if __name__ == "__main__":
    sys.exit(main())
