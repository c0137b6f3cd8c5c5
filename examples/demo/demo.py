#!/usr/bin/python3
"""Muster's main job, shown with real processes: jobs survive a killed worker and a killed server.

    demo.py MUSTER_BINARY [--durability sync|async|memory]

Exits 0 only if everything it shows was true, by three sources that it joins at the end
(verdict.py). With `--durability memory` the server forgets its jobs when it is killed, and the exit
status is 1.
"""

import argparse
import os
import pathlib
import shutil
import signal
import sys
import tempfile

# The processes are started with the same helpers as in the process tests.
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "tests"))

from support.lines import ConnectionEnded, Refused  # noqa: E402

from narrator import BOLD, GREEN, RED, Narrator  # noqa: E402
from story import Story  # noqa: E402
from verdict import judge  # noqa: E402


def show(narrator, evidence):
    """The closing table and the verdict; True when all of it holds."""
    narrator.heading("What became of every job")
    rows = []
    for job_id in evidence.planned:
        record = evidence.records[job_id] or {"attempts": [], "attempt": "", "state": "LOST"}
        worker = record["attempts"][-1]["worker_id"] if record["attempts"] else ""
        rows.append((job_id, worker, record["attempt"], record["state"]))
    narrator.table(("job", "worker", "attempts", "state"), rows)
    narrator.heading("Was it true? By acknowledgements, workers' logs and job_status:")
    findings = judge(evidence)
    narrator.verdict(findings)
    return not any(problems for _, problems in findings)


def run(narrator, directory, durability):
    story = Story(directory, narrator, durability)
    try:
        story.begin(durability)
        story.kill_a_worker()
        story.kill_the_server()
        return show(narrator, story.evidence())
    finally:
        story.stop()


def interrupt(_signal, _frame):
    raise KeyboardInterrupt


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("binary", type=pathlib.Path)
    parser.add_argument("--durability", default="sync", choices=("sync", "async", "memory"))
    arguments = parser.parse_args()
    os.environ["MUSTER_BINARY"] = str(arguments.binary.resolve())
    signal.signal(signal.SIGTERM, interrupt)
    narrator = Narrator()
    narrator.line("Muster keeps the jobs it has accepted, whatever is killed. Watch.", BOLD)
    directory = pathlib.Path(tempfile.mkdtemp(prefix="muster-demo-"))
    try:
        true = run(narrator, directory, arguments.durability)
    except KeyboardInterrupt:
        narrator.line("\nStopped; every process that was started has ended.")
        return 130
    except (AssertionError, OSError, ConnectionEnded, Refused) as failure:
        narrator.line(f"\nIt did not go as it should: {failure}", RED)
        return 1
    finally:
        shutil.rmtree(directory, ignore_errors=True)
    narrator.line()
    if true:
        narrator.say("All of it was true.", GREEN)
    else:
        narrator.say("Not all of it was true.", RED)
    return 0 if true else 1


if __name__ == "__main__":
    sys.exit(main())
