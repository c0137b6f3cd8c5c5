"""Runs the parts of the proof and adds up what they did.

    ./dev proof --hours 2 [PART…]     every part in turn, with new seeds, until the time is over
    ./dev proof --minutes 20 [PART…]
    ./dev proof --report              docs/reliability.md from what was run so far
    ./dev proof --list                the parts and their commands
    ./dev proof --ci                  the short form of each, and a longer turn for one

A part that fails keeps its log in build/proof/ and prints the command that replays it; the others
go on. Ctrl-C ends the run; what was done before counts.
"""

import argparse
import pathlib
import subprocess
import sys

from .ci_run import run_ci
from .long_run import LongRun
from .parts import PARTS, ROOT, by_name
from .report import report
from .totals import Totals

DOCS = ROOT / "docs"


def parse_arguments():
    parser = argparse.ArgumentParser(
        prog="./dev proof",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    how = parser.add_mutually_exclusive_group(required=True)
    how.add_argument("--hours", type=float)
    how.add_argument("--minutes", type=float)
    how.add_argument("--report", action="store_true")
    how.add_argument("--list", action="store_true")
    how.add_argument("--targets", action="store_true", help="what must be built, for ./dev")
    how.add_argument("--ci", action="store_true")
    parser.add_argument("--counts", type=pathlib.Path, help="file that gets the last line")
    parser.add_argument("parts", nargs="*")
    return parser.parse_args()


def write_report(totals):
    text = report(totals.by_part(), totals.meanings())
    (DOCS / "reliability.md").write_text(text, encoding="utf-8")


def list_parts(parts):
    for part in parts:
        rows = ", ".join(map(str, part.rows))
        print(f"{part.name} (rows {rows}): {part.shows}")
        print(f"    in CI: {part.shown(part.fast, fast=True)}")
        print(f"    long:  {part.shown(part.amount(600))}")


def head_commit():
    done = subprocess.run(
        ["git", "rev-parse", "HEAD"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    return done.stdout.strip()


def finish(outcome, counts_file):
    line = f"{outcome.passed} passed, {outcome.failed} failed, {outcome.skipped} skipped"
    if counts_file:
        counts_file.parent.mkdir(parents=True, exist_ok=True)
        counts_file.write_text(line + "\n", encoding="utf-8")
    print(line)
    return 1 if outcome.failed else 0


def main():
    arguments = parse_arguments()
    parts = [by_name(name) for name in arguments.parts] or PARTS
    totals = Totals(DOCS)
    if arguments.report:
        write_report(totals)
        print("docs/reliability.md")
        return 0
    if arguments.list:
        list_parts(parts)
        return 0
    if arguments.targets:
        print(" ".join(sorted({target for part in parts for target in part.targets})))
        return 0
    if arguments.ci:
        return finish(run_ci(parts, head_commit()), arguments.counts)
    minutes = arguments.minutes if arguments.minutes is not None else arguments.hours * 60
    long_run = LongRun(parts, totals, lambda: write_report(totals))
    ended = long_run.run(minutes * 60)
    for run in long_run.failures:
        print(f"failed: {run.part.name}, seed {run.seed}, log {run.log}")
        print(f"  replay: {run.replay}")
    status = finish(long_run.sum, arguments.counts)
    return status if ended else 130


if __name__ == "__main__":
    sys.exit(main())
