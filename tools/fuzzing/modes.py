"""What can be done with targets: search, run what is kept, look for planted bugs, minimise."""

import dataclasses
import pathlib
import shutil
import tempfile

from . import libfuzzer

PLANTED_SECONDS = 60
REPLAY_SECONDS = 60
# What the repository keeps of one target.
MOST_KEPT_FILES = 200
MOST_KEPT_BYTES = 200_000


def search(target, seconds, seed, report):
    """Looks for new inputs, from all that are known; those found stay in build/."""
    target.found.mkdir(parents=True, exist_ok=True)
    corpora = [target.found] + ([target.kept] if target.kept_inputs() else [])
    run = libfuzzer.run(
        target, [f"-max_total_time={seconds}", f"-seed={seed}"], seconds, corpora=corpora
    )
    report.figure(f"{target.name}.runs", run.runs, f"inputs in {run.seconds:.0f} s")
    report.note(not run.failed)
    if run.failed:
        report.complain(target, run)


def regress(target, seconds, seed, report):
    """Every kept input once, then a short search that leaves nothing behind."""
    kept = target.kept_inputs()
    report.figure(f"{target.name}.corpus", len(kept), "kept inputs, each run once")
    once = libfuzzer.run(target, [*map(str, kept)], REPLAY_SECONDS) if kept else None
    report.note(once is not None and not once.failed)
    if once is None:
        report.say(f"{target.name}: nothing is kept in {target.kept}: ./dev fuzz --minimise")
    elif once.failed:
        report.complain(target, once)
    if seconds == 0:
        return
    with tempfile.TemporaryDirectory() as fresh:
        run = libfuzzer.run(
            target,
            [f"-max_total_time={seconds}", f"-seed={seed}"],
            seconds,
            corpora=[fresh, *([target.kept] if kept else [])],
        )
    report.figure(f"{target.name}.runs", run.runs, f"inputs in {run.seconds:.0f} s")
    report.note(not run.failed)
    if run.failed:
        report.complain(target, run)


def find_planted(target, seed, report):
    """Each planted bug is found from nothing in a minute, and it is that bug that was found: the
    same input passes without it."""
    bugs = target.planted_bugs()
    report.note(bool(bugs))
    for bug in bugs:
        with tempfile.TemporaryDirectory() as directory:
            crashes = pathlib.Path(directory)
            run = libfuzzer.run(
                target,
                [f"--planted={bug}", f"-max_total_time={PLANTED_SECONDS}", f"-seed={seed}"],
                PLANTED_SECONDS,
                crashes=crashes,
            )
            if not run.failed or run.artifact is None:
                report.note(False)
                report.say(f"{target.name}: {bug} was not found in {run.runs} inputs: {run.reason}")
                continue
            without = libfuzzer.run(
                target, [str(run.artifact)], REPLAY_SECONDS, crashes=crashes
            )
            report.note(not without.failed)
            if without.failed:
                kept = target.crashes / run.artifact.name
                target.crashes.mkdir(parents=True, exist_ok=True)
                shutil.copy(run.artifact, kept)
                report.say(f"{target.name}: looking for {bug}, another bug was found")
                report.complain(target, dataclasses.replace(without, artifact=kept))
                continue
        report.figure(
            f"{target.name}.planted.{bug}", round(run.seconds * 1000), "ms until it was found"
        )


def replay(target, path, report):
    run = libfuzzer.run(target, [str(path)], REPLAY_SECONDS)
    report.note(not run.failed)
    report.say(f"{target.name}: {run.reason or 'passes'}")
    if run.failed:
        report.say(f"  log: {target.crashes / 'log'}")


def those_with_room(paths):
    """As many as the repository has room for, small ones and large ones alike."""
    by_size = sorted(paths, key=lambda path: (path.stat().st_size, path.name))
    chosen = by_size[:: -(-len(by_size) // (MOST_KEPT_FILES - 1)) or 1]
    while sum(path.stat().st_size for path in chosen) > MOST_KEPT_BYTES:
        chosen.pop()
    return chosen


def minimise(target, report):
    """Makes the kept inputs anew: of all that are known the fewest that reach as much."""
    known = [folder for folder in (target.kept, target.found) if folder.is_dir()]
    with tempfile.TemporaryDirectory() as directory:
        merged = pathlib.Path(directory)
        run = libfuzzer.run(target, ["-set_cover_merge=1"], 3600, corpora=[merged, *known])
        report.note(not run.failed)
        if run.failed:
            return report.complain(target, run)
        chosen = those_with_room(list(merged.iterdir()))
        shutil.rmtree(target.kept, ignore_errors=True)
        target.kept.mkdir(parents=True)
        for path in chosen:
            shutil.copy(path, target.kept / path.name)
        report.figure(f"{target.name}.corpus", len(chosen), "inputs kept")
