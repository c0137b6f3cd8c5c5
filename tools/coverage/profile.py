"""Runs test programs of the coverage tree and reads what they counted (llvm-profdata, llvm-cov)."""

import json
import os
import subprocess
import sys

PROFDATA = "llvm-profdata-19"
COV = "llvm-cov-19"


class NothingCounted(Exception):
    """A program that left no counts, or counts that do not fit it."""


def profile_folder(tree, program):
    return tree / "profiles" / program


def run_program(root, tree, program):
    """Runs one program through the test runner; its counts are left in TREE/profiles/PROGRAM. True
    if all its tests passed."""
    folder = profile_folder(tree, program)
    folder.mkdir(parents=True, exist_ok=True)
    for stale in folder.iterdir():
        stale.unlink()
    # %p: a death test forks, and the child must not write over its parent's counts.
    environment = dict(os.environ, LLVM_PROFILE_FILE=str(folder.resolve() / "%p.profraw"))
    command = [sys.executable, "tools/testing/run_tests.py", "--tree", str(tree)]
    command += ["--kinds", "unit,property", f"^{program}$"]
    done = subprocess.run(
        command, cwd=root, env=environment, stdout=subprocess.PIPE, text=True, check=False
    )
    if done.returncode != 0:
        print(done.stdout, end="", flush=True)
    return done.returncode == 0


def export(tree, program):
    """What the program counted, as llvm-cov's JSON."""
    folder = profile_folder(tree, program)
    raw = sorted(folder.glob("*.profraw"))
    if not raw:
        raise NothingCounted(f"{program} left no counts in {folder}")
    merged = folder / "merged.profdata"
    call([PROFDATA, "merge", "-sparse", "-o", merged, *raw])
    options = ["--skip-expansions", f"-instr-profile={merged}"]
    return json.loads(call([COV, "export", tree / program, *options]))


def call(command):
    done = subprocess.run(
        [str(word) for word in command], capture_output=True, text=True, check=False
    )
    # "mismatched data" is a warning, and would silently leave functions without counts.
    if done.returncode != 0 or "warning" in done.stderr:
        raise NothingCounted(f"{command[0]}: {done.stderr.strip()}")
    return done.stdout
