"""One test program: how it is started, watched and read."""

import dataclasses
import json
import pathlib
import shutil
import signal
import subprocess
import sys
import tempfile

import gtest
from outcome import Outcome
from surroundings import SLOWER, test_environment

HERE = pathlib.Path(__file__).resolve().parent


@dataclasses.dataclass
class Program:
    """`kind` is gtest or python; `path` the executable or the Python file; `timeout` in seconds of
    the plain build."""

    name: str
    kind: str
    path: pathlib.Path
    timeout: float


@dataclasses.dataclass
class Run:
    """What all programs of one run share."""

    tree: pathlib.Path
    sanitizer: str
    seed: int
    logs: pathlib.Path


def command_of(program, report):
    if program.kind == "gtest":
        return [str(program.path.resolve()), f"--gtest_output=json:{report}", "--gtest_color=no"]
    return [sys.executable, str(HERE / "unittest_child.py"), str(program.path), str(report)]


def why_it_died(supervision, timeout):
    """None when the program came to its own end, passed or failed."""
    status = supervision["status"]
    if supervision["timed_out"]:
        return f"still running after {timeout:.0f} s, killed"
    if status < 0:
        return f"killed by signal {signal.Signals(-status).name}"
    if status not in (0, 1):
        return f"exit status {status}"
    return None


def read_python_report(program, lines, death):
    """Outcome from the lines of unittest_child.py; tests never reached are one failure."""
    outcome = Outcome(program.name)
    total, ended = None, False
    for line in lines:
        case = json.loads(line)
        if "total" in case:
            total = case["total"]
        elif "ended" in case:
            ended = True
        elif case["outcome"] == "passed":
            outcome.passed += 1
        elif case["outcome"] == "skipped":
            outcome.skip(case["name"], case["message"])
        else:
            outcome.fail(case["name"], case["message"])
    if total is None:
        outcome.fail(program.name, death or "could not be loaded; see the log")
    elif death or not ended:
        outcome.fail(
            program.name, f"{death or 'ended early'}, {outcome.total()} of {total} tests done"
        )
    return outcome


def read_outcome(program, report, log, death):
    text = report.read_text(encoding="utf-8") if report.exists() else ""
    if program.kind == "python":
        return read_python_report(program, text.splitlines(), death)
    if death or not text:
        return gtest.from_log(program.name, log, death or "ended without a report")
    return gtest.from_report(program.name, text, log)


def run_program(program, run):
    """Runs one program to its end and returns its Outcome, whatever the program does."""
    stem = program.name.replace("/", ".")
    log_path = run.logs / f"{stem}.log"
    report, supervision_path = run.logs / f"{stem}.report", run.logs / f"{stem}.supervision"
    sanitizer_reports = run.logs / f"{stem}.sanitizer"
    for stale in run.logs.glob(f"{stem}.*"):
        stale.unlink()
    timeout = program.timeout * SLOWER[run.sanitizer]
    scratch = tempfile.mkdtemp(prefix="muster-test-")
    try:
        with open(log_path, "wb") as log:
            subprocess.run(
                [
                    sys.executable,
                    str(HERE / "supervise.py"),
                    "--timeout",
                    str(timeout),
                    "--report",
                    str(supervision_path),
                    "--",
                    *command_of(program, report),
                ],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                check=False,
                env=test_environment(
                    run.tree, run.sanitizer, run.seed, sanitizer_reports.resolve(), scratch
                ),
            )
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
    log_text = log_path.read_text(encoding="utf-8", errors="replace")
    if not supervision_path.exists():
        outcome = Outcome(program.name)
        outcome.fail(program.name, "could not be started: " + log_text[-2000:])
        return outcome
    supervision = json.loads(supervision_path.read_text(encoding="utf-8"))
    outcome = read_outcome(program, report, log_text, why_it_died(supervision, timeout))
    outcome.seconds, outcome.log = supervision["seconds"], str(log_path)
    judge_afterwards(program, supervision, outcome, run.logs.glob(f"{stem}.sanitizer.*"))
    return outcome


def judge_afterwards(program, supervision, outcome, sanitizer_reports):
    """Findings no single test makes: nothing ran, the status disagrees with the tests, a process or
    a sanitizer report was left."""
    if outcome.total() == 0:
        outcome.fail(program.name, "no test ran")
    if supervision["status"] != 0 and not outcome.failed:
        outcome.fail(
            program.name, f"exit status {supervision['status']} although every test passed"
        )
    for process in supervision["left_behind"]:
        outcome.fail(program.name, f"left a process behind: {process}")
    for path in sorted(sanitizer_reports):
        outcome.fail(
            program.name, "sanitizer: " + path.read_text(encoding="utf-8", errors="replace")[:6000]
        )
