"""`./dev proof --hours N`: every part in turn, again and again, until the time is over."""

import datetime
import subprocess
import time

from .outcome import Outcome
from .parts import ROOT
from .run import last_lines, new_seed, run_part
from .totals import run_line

# A round gives every part its slice, so that an interrupted run has looked at everything.
ROUND_SECONDS = 1800
# Of what is left, less than this is no slice.
LEAST_SECONDS = 20


def plan(parts, seconds, first_round):
    """[(part, seconds)] of one round. Parts that take as long as they take run in the first."""
    timed = [part for part in parts if part.per_minute is not None]
    fixed = [part for part in parts if part.per_minute is None]
    slices = [(part, part.seconds(part.fast)) for part in fixed] if first_round else []
    left = max(0.0, seconds - sum(length for _, length in slices))
    shares = sum(part.share for part in timed)
    return slices + [(part, left * part.share / shares) for part in timed]


def commit_name():
    def git(*words):
        return subprocess.run(
            ["git", *words], cwd=ROOT, capture_output=True, text=True, check=False
        ).stdout

    changed = [
        line
        for line in git("status", "--porcelain", "--untracked-files=no").splitlines()
        if not line.endswith((".tsv", "docs/reliability.md"))
    ]
    return git("rev-parse", "--short=10", "HEAD").strip() + ("+" if changed else "")


def say_run(run):
    counts = f"{run.outcome.passed} passed, {run.outcome.failed} failed"
    if run.outcome.skipped:
        counts += f", {run.outcome.skipped} skipped"
    print(f"  {counts} in {run.seconds:.0f} s", flush=True)
    for name, value in run.outcome.figures.items():
        print(f"    {name} {value:,} {run.outcome.meanings[name]}")
    if run.outcome.failed:
        print(f"  FAILED{': ' + run.outcome.why if run.outcome.why else ''}; log {run.log}")
        for line in last_lines(run):
            print(f"    | {line}")
        print(f"  replay: {run.replay}", flush=True)


class LongRun:
    """`totals` takes what was run; `write_report` is called after each part."""

    def __init__(self, parts, totals, write_report, run=run_part, now=time.monotonic):
        self._parts = parts
        self._totals = totals
        self._write_report = write_report
        self._run = run
        self._now = now
        self.sum = Outcome()
        self.failures = []

    def run(self, seconds):
        """Returns whether it came to its end."""
        began = self._now()
        end = began + seconds
        number = 0
        try:
            while number == 0 or end - self._now() >= LEAST_SECONDS * len(self._parts):
                left = end - self._now()
                rounds_left = max(1, round(left / ROUND_SECONDS))
                self._round(left / rounds_left, number == 0, (began, end))
                number += 1
        except KeyboardInterrupt:
            print("\ninterrupted: the part that ran is not counted, all before it are")
            return False
        return True

    def _round(self, seconds, first, span):
        for part, length in plan(self._parts, seconds, first):
            began, end = span
            gone = self._now() - began
            seed, amount = new_seed(), part.amount(length)
            print(
                f"[{gone / 60:.0f} of {(end - began) / 60:.0f} min] {part.name}: "
                f"{amount:,} {part.unit}, seed {seed}",
                flush=True,
            )
            self._note(self._run(part, seed, amount))

    def _note(self, run):
        say_run(run)
        self.sum.passed += run.outcome.passed
        self.sum.failed += run.outcome.failed
        self.sum.skipped += run.outcome.skipped
        if run.outcome.failed:
            self.failures.append(run)
        date = datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%d")
        line = run_line(date, commit_name(), run.part.name, run.seed, run.seconds, run.outcome)
        self._totals.add(line, run.outcome.meanings)
        self._write_report()
