"""One run of a target's program: how it is started, and what it says."""

import dataclasses
import os
import pathlib
import re
import signal
import subprocess
import time

MOST_INPUT_BYTES = 4096
MOST_INPUT_SECONDS = 20
MOST_MEMORY_MB = 2560
GRACE_SECONDS = 120  # beyond its own bound, before a run is taken for stuck

_RUNS = re.compile(rb"^stat::number_of_executed_units: (\d+)", re.M)
_ARTIFACT = re.compile(rb"Test unit written to (\S+)")
_REASON = re.compile(
    rb"^(?:CHECK failed: .*|.*runtime error: .*|==\d+==\s?ERROR: .*)$", re.M
)


@dataclasses.dataclass(frozen=True)
class Run:
    """`reason`: why it failed, of a run that did. `artifact`: the input that made it fail."""

    status: int
    runs: int
    seconds: float
    reason: str = ""
    artifact: pathlib.Path | None = None

    @property
    def failed(self):
        return self.status != 0


def reason_of(output, status):
    """The first line that says what broke: a CHECK comes before the sanitizer that follows it."""
    found = _REASON.search(output)
    if found:
        return found[0].decode(errors="replace")[:400]
    return "" if status == 0 else f"ended with status {status}"


def run(target, arguments, seconds, *, corpora=(), crashes=None):
    """Runs the program over `corpora`, found inputs going to the first, for so many seconds."""
    crashes = crashes or target.crashes
    crashes.mkdir(parents=True, exist_ok=True)
    command = [
        str(target.program),
        f"-max_len={MOST_INPUT_BYTES}",
        f"-timeout={MOST_INPUT_SECONDS}",
        f"-rss_limit_mb={MOST_MEMORY_MB}",
        "-print_final_stats=1",
        f"-artifact_prefix={crashes}/",
        *arguments,
        *map(str, corpora),
    ]
    started = time.monotonic()
    # A group of its own, so that a run that is stuck ends with all that it started.
    process = subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        start_new_session=True,
        env=os.environ | {"UBSAN_OPTIONS": "print_stacktrace=1"},
    )
    try:
        output, _ = process.communicate(timeout=seconds + GRACE_SECONDS)
        status = process.returncode
    except BaseException as stopped:
        os.killpg(process.pid, signal.SIGKILL)
        output, _ = process.communicate()
        if not isinstance(stopped, subprocess.TimeoutExpired):
            raise
        output, status = output + b"\nCHECK failed: the run does not end\n", 1
    took = time.monotonic() - started
    (crashes / "log").write_bytes(output)
    runs = _RUNS.search(output)
    artifact = _ARTIFACT.search(output)
    return Run(
        status,
        int(runs[1]) if runs else 0,
        took,
        reason_of(output, status),
        pathlib.Path(os.fsdecode(artifact[1])) if artifact else None,
    )
