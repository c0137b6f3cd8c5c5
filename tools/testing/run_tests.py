"""Runs the test programs of a build tree and sums what they say.

    run_tests.py --tree build/release [--kinds unit,property,process,tools] [--counts FILE]
    [--process-groups N] [PATTERN…]

Unit and property tests are the GoogleTest programs that the sources call for, process tests are
tests/test_*.py with MUSTER_BINARY set, tools' own tests are tools/**/*_test.py. A PATTERN (regular
expression) picks programs by name. With --process-groups N only one of N groups of process tests
runs, chosen by the seed and so by the commit; those left out are named. The last line is the sum;
the status is 0 only if nothing failed.
"""

import argparse
import concurrent.futures
import os
import pathlib
import re
import signal
import sys
import time
import zlib

import gtest
from outcome import Outcome, counts, counts_line, settle
from program import Program, Run, run_program
from supervise import process_parents
from surroundings import sanitizer_of, seed

# Seconds a program may take in the plain build; surroundings.SLOWER stretches them under a
# sanitizer.
TIMEOUT_SECONDS = {"unit": 120, "property": 300, "process": 300, "tools": 120}
KINDS = ("property", "process", "unit", "tools")

# Lines of a failure's message that are shown; the log has all.
SHOWN_LINES = 40


def find_programs(root, tree, kinds):
    """The programs of each wanted kind, the long ones first."""
    programs = []
    for kind in KINDS:
        if kind not in kinds:
            continue
        timeout = TIMEOUT_SECONDS[kind]
        if kind == "process":
            files = sorted(root.glob("tests/test_*.py"))
        elif kind == "tools":
            files = sorted(root.glob("tools/**/*_test.py"))
        else:
            is_property = kind == "property"
            programs += [
                Program(name, "gtest", tree / name, timeout)
                for name in gtest.expected_programs(root)
                if name.endswith("_property_test") == is_property
            ]
            continue
        programs += [
            Program(str(path.relative_to(root).with_suffix("")), "python", path, timeout)
            for path in files
        ]
    return programs


def in_this_turn(programs, groups, run_seed):
    """(programs to run, names of those that are left to other commits). A program stays in its
    group whatever others come and go."""
    chosen, others = [], []
    for program in programs:
        is_process = program.name.startswith("tests/")
        if is_process and zlib.crc32(program.name.encode()) % groups != run_seed % groups:
            others.append(program.name)
        else:
            chosen.append(program)
    return chosen, others


def run_all(programs, run, at_once):
    """Outcomes in the order in which programs end; prints a line for each."""
    outcomes = []
    with concurrent.futures.ThreadPoolExecutor(max_workers=at_once) as pool:
        pending = [pool.submit(run_program, program, run) for program in programs]
        try:
            for future in concurrent.futures.as_completed(pending):
                outcome = settle(future.result())
                outcomes.append(outcome)
                show(outcome, len(outcomes), len(programs))
        except KeyboardInterrupt:
            pool.shutdown(wait=False, cancel_futures=True)
            stop_children()
            raise
    return outcomes


def stop_children():
    """Ends the supervisors that run now; each takes its tree along."""
    for pid, parent in process_parents().items():
        if parent == os.getpid():
            os.kill(pid, signal.SIGTERM)


def show(outcome, number, total):
    line = counts_line(outcome.passed, len(outcome.failed), len(outcome.skipped))
    print(f"[{number}/{total}] {outcome.program}: {line} ({outcome.seconds:.1f} s)", flush=True)
    for name, reason in outcome.skipped:
        print(f"    skipped {name}: {reason}")
    for name, message in outcome.failed:
        lines = message.splitlines()
        more = [f"… {len(lines) - SHOWN_LINES} lines more"] if len(lines) > SHOWN_LINES else []
        print(f"    FAILED {name}")
        for text in lines[:SHOWN_LINES] + more:
            print(f"        {text}")
    if outcome.failed and outcome.log:
        print(f"    log: {outcome.log}", flush=True)


def parse_arguments():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--tree", type=pathlib.Path, required=True)
    parser.add_argument("--kinds", default=",".join(KINDS))
    parser.add_argument("--counts", type=pathlib.Path, help="file that gets the last line")
    parser.add_argument("--at-once", type=int, default=min(2, os.cpu_count() or 1))
    parser.add_argument("--process-groups", type=int, default=1, metavar="N")
    parser.add_argument("patterns", nargs="*")
    return parser.parse_args()


def main():
    arguments = parse_arguments()
    started = time.monotonic()
    root = pathlib.Path.cwd()
    programs = find_programs(root, arguments.tree, arguments.kinds.split(","))
    if arguments.patterns:
        programs = [
            program
            for program in programs
            if any(re.search(pattern, program.name) for pattern in arguments.patterns)
        ]
    programs, others = in_this_turn(programs, arguments.process_groups, seed())
    logs = arguments.tree / "test-logs"
    logs.mkdir(parents=True, exist_ok=True)
    run = Run(arguments.tree, sanitizer_of(arguments.tree), seed(), logs)
    print(
        f"{len(programs)} test programs, seed {run.seed} (MUSTER_SEED={run.seed} replays it)",
        flush=True,
    )
    if others:
        print(f"{len(others)} are left to other commits: {' '.join(others)}", flush=True)
    outcomes = run_all(programs, run, arguments.at_once)
    if not programs:
        nothing = Outcome("run_tests")
        nothing.fail("run_tests", "no test program was found")
        outcomes.append(nothing)
    for outcome in outcomes:
        for name, _ in outcome.failed:
            print(f"failed: {outcome.program}: {name}")
    line = counts_line(*counts(outcomes))
    if arguments.counts:
        arguments.counts.parent.mkdir(parents=True, exist_ok=True)
        arguments.counts.write_text(line + "\n", encoding="utf-8")
    print(f"tests took {time.monotonic() - started:.0f} s")
    print(line)
    return 1 if any(outcome.failed for outcome in outcomes) else 0


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        print("interrupted", file=sys.stderr)
        sys.exit(130)
