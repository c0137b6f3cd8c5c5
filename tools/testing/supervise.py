"""Runs one test program so that nothing of it outlives the run.

    supervise.py --timeout SECONDS --report FILE -- PROGRAM [ARGUMENT…]

The program gets a session of its own, and this process becomes the reaper of everything below it,
so that a child which forks twice or calls setsid still ends up here. When the program has ended,
what it left behind gets a moment to go by itself, is then killed, and is named in the report:

    {"status": 0, "timed_out": false, "seconds": 1.2, "left_behind": ["4711 muster server"]}

`status` is the exit status, or the negative signal number. This process exits with 0 only when the
program did and left nothing behind. SIGTERM and SIGINT end the whole tree.
"""

import argparse
import ctypes
import json
import os
import signal
import subprocess
import sys
import time

PR_SET_PDEATHSIG = 1
PR_SET_CHILD_SUBREAPER = 36

# A worker's own supervisor needs a moment to notice that the worker is gone.
GRACE_SECONDS = 2.0
POLL_SECONDS = 0.02


def become_reaper():
    """Orphans below this process become its children; it dies with the process that started it."""
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), "prctl(PR_SET_CHILD_SUBREAPER)")
    libc.prctl(PR_SET_PDEATHSIG, signal.SIGTERM, 0, 0, 0)


def process_parents():
    """{pid: parent} of all living processes; zombies are left out."""
    parents = {}
    for entry in os.listdir("/proc"):
        if not entry.isdigit():
            continue
        try:
            with open(f"/proc/{entry}/stat", encoding="utf-8", errors="replace") as stat:
                fields = stat.read().rpartition(")")[2].split()
        except OSError:
            continue
        if fields[0] not in "ZX":
            parents[int(entry)] = int(fields[1])
    return parents


def descendants(root):
    """Living processes below `root`, parents before children."""
    children = {}
    for pid, parent in process_parents().items():
        children.setdefault(parent, []).append(pid)
    found, pending = [], [root]
    while pending:
        below = children.get(pending.pop(), [])
        found += below
        pending += below
    return found


def describe(pid):
    """What a person needs to recognise a process: its number and command line."""
    try:
        with open(f"/proc/{pid}/cmdline", "rb") as cmdline:
            words = cmdline.read().decode(errors="replace").split("\0")
    except OSError:
        words = []
    return f"{pid} {' '.join(words).strip()}"[:300]


def reap():
    """Collects every child that has ended, so that no zombie is counted or kept."""
    while True:
        try:
            pid, _ = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            return
        if pid == 0:
            return


def kill_all(root):
    """SIGKILL to everything below `root`, until nothing is left: the killed hand over children."""
    while below := descendants(root):
        for pid in below:
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
        time.sleep(POLL_SECONDS)
        reap()


def left_behind(grace):
    """What still runs below this process after the grace, killed by now."""
    deadline = time.monotonic() + grace
    while True:
        reap()
        below = descendants(os.getpid())
        if not below or time.monotonic() >= deadline:
            break
        time.sleep(POLL_SECONDS)
    names = [describe(pid) for pid in below]
    kill_all(os.getpid())
    return names


def supervise(command, timeout, grace=GRACE_SECONDS):
    """Runs the command and returns the report as a dictionary."""
    started = time.monotonic()
    timed_out = False
    child = subprocess.Popen(command, stdin=subprocess.DEVNULL, start_new_session=True)
    try:
        status = child.wait(timeout)
    except subprocess.TimeoutExpired:
        timed_out = True
        # SIGABRT lets a program say where it is; then everything goes.
        child.send_signal(signal.SIGABRT)
        try:
            status = child.wait(2)
        except subprocess.TimeoutExpired:
            child.kill()
            status = child.wait()
    seconds = time.monotonic() - started
    # After a timeout whatever still runs is a consequence, not a second finding.
    names = left_behind(0 if timed_out else grace)
    return {
        "status": status,
        "timed_out": timed_out,
        "seconds": round(seconds, 3),
        "left_behind": [] if timed_out else names,
    }


def end_tree(signum, _frame):
    """A supervisor that is told to stop takes its tree along."""
    kill_all(os.getpid())
    os._exit(128 + signum)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--timeout", type=float, required=True)
    parser.add_argument("--report", required=True)
    parser.add_argument("command", nargs="+")
    arguments = parser.parse_args()
    signal.signal(signal.SIGTERM, end_tree)
    signal.signal(signal.SIGINT, end_tree)
    become_reaper()
    report = supervise(arguments.command, arguments.timeout)
    with open(arguments.report, "w", encoding="utf-8") as out:
        json.dump(report, out)
    for process in report["left_behind"]:
        print(f"left a process behind: {process}", file=sys.stderr)
    return 1 if report["status"] != 0 or report["left_behind"] else 0


if __name__ == "__main__":
    sys.exit(main())
