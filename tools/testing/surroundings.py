"""What a test program finds around it: seed, binary under test, sanitizer settings."""

import os
import pathlib
import subprocess

SYMBOLIZER = "/usr/lib/llvm-19/bin/llvm-symbolizer"

# How much longer than the plain build a program may take.
SLOWER = {"": 1, "address,undefined": 4, "thread": 8}

# Sequences a property gets under a sanitizer, where each is several times slower; the plain run
# does them all.
REDUCED_CASES = 200


def seed():
    """Seed of the property tests: MUSTER_SEED, else the commit, so that a change is tried with
    fresh input but every machine sees the same; 1 outside a repository."""
    if given := os.environ.get("MUSTER_SEED"):
        return int(given)
    head = subprocess.run(
        ["git", "rev-parse", "HEAD"], capture_output=True, text=True, check=False
    ).stdout.strip()
    return int(head[:12], 16) if head else 1


def sanitizer_of(tree):
    """Which sanitizer a build tree was configured with: address,undefined, thread or none ("")."""
    cache = pathlib.Path(tree, "CMakeCache.txt")
    if cache.exists():
        for line in cache.read_text(encoding="utf-8").splitlines():
            if line.startswith("MUSTER_SANITIZE:"):
                return line.partition("=")[2]
    return ""


def sanitizer_settings(sanitizer, report_prefix):
    """Environment of a sanitized program. Reports go to files named report_prefix.PID, so that one
    from a server that a test started is found even when the test looks at nothing but its
    answers."""
    common = f"log_path={report_prefix}:external_symbolizer_path={SYMBOLIZER}"
    if sanitizer == "address,undefined":
        return {
            "ASAN_OPTIONS": f"{common}:detect_stack_use_after_return=1:strict_string_checks=1",
            "UBSAN_OPTIONS": f"{common}:print_stacktrace=1",
        }
    if sanitizer == "thread":
        # librocksdb is not instrumented; what it does between its own threads looks like races.
        return {
            "TSAN_OPTIONS": f"{common}:ignore_noninstrumented_modules=1:second_deadlock_stack=1"
        }
    return {}


def test_environment(tree, sanitizer, run_seed, report_prefix, scratch):
    """The whole environment of one test program."""
    environment = dict(os.environ)
    cases = f" max_success={REDUCED_CASES}" if sanitizer else ""
    environment.setdefault("RC_PARAMS", f"seed={run_seed}{cases}")
    environment.update(
        MUSTER_SEED=str(run_seed),
        MUSTER_BINARY=str(pathlib.Path(tree, "muster").resolve()),
        MUSTER_SANITIZER=sanitizer,
        TMPDIR=str(scratch),
        PYTHONDONTWRITEBYTECODE="1",
        PYTHONUNBUFFERED="1",
    )
    environment.update(sanitizer_settings(sanitizer, report_prefix))
    return environment
