"""Runs one part to its end, whatever it does, under the supervisor of the tests."""

import dataclasses
import json
import os
import pathlib
import random
import signal
import subprocess
import time

from .outcome import read_outcome
from .parts import PYTHON, ROOT

LOGS = pathlib.Path("build/proof")
# A part that takes so many times its planned time, and some, is stuck.
SLACK = 4
GRACE_SECONDS = 300
SHOWN_LINES = 25


@dataclasses.dataclass
class Run:
    """A part that has been run."""

    part: object
    seed: int
    amount: int
    seconds: float
    outcome: object
    log: pathlib.Path
    replay: str


def new_seed():
    return random.SystemRandom().randrange(1 << 32)


def run_part(part, seed, amount, fast=False):
    """Progress goes to the log. KeyboardInterrupt ends the part with everything it started, and is
    passed on."""
    folder = ROOT / LOGS
    folder.mkdir(parents=True, exist_ok=True)
    log, report = folder / f"{part.name}-{seed}.log", folder / f"{part.name}-{seed}.report"
    report.unlink(missing_ok=True)
    words = part.words(seed, amount, fast)
    timeout = part.seconds(amount) * SLACK + GRACE_SECONDS
    command = [PYTHON, str(ROOT / "tools/testing/supervise.py"), "--timeout", str(timeout)]
    command += ["--report", str(report), "--", *words]
    environment = dict(os.environ, PYTHONUNBUFFERED="1")
    environment.setdefault("MUSTER_BINARY", str(ROOT / "build/release/muster"))
    began = time.monotonic()
    with open(log, "wb") as out:
        # A session of its own: Ctrl-C is for this process, which then ends the part in order.
        supervisor = subprocess.Popen(
            command,
            cwd=ROOT,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        try:
            supervisor.wait()
        except KeyboardInterrupt:
            supervisor.send_signal(signal.SIGTERM)
            supervisor.wait()
            raise
    seconds = time.monotonic() - began
    text = log.read_text(encoding="utf-8", errors="replace")
    outcome = outcome_of(report, text, supervisor.returncode)
    environment_shown = f"MUSTER_BINARY={environment['MUSTER_BINARY']} "
    replay = environment_shown + " ".join(word.replace(PYTHON, "python3") for word in words)
    return Run(part, seed, amount, seconds, outcome, log.relative_to(ROOT), replay)


def outcome_of(report, text, supervisor_status):
    if not report.exists():
        return read_outcome(text, supervisor_status)
    supervision = json.loads(report.read_text(encoding="utf-8"))
    outcome = read_outcome(text, supervision["status"], supervision["timed_out"])
    for process in supervision["left_behind"]:
        outcome.failed += 1
        outcome.why = f"left a process behind: {process}"
    return outcome


def last_lines(run, count=SHOWN_LINES):
    text = (ROOT / run.log).read_text(encoding="utf-8", errors="replace")
    return text.splitlines()[-count:]
