"""Looking at processes that jobs started: who lives, found by a word in their environment or
command line.
"""

import collections
import os
import pathlib
import signal
import subprocess


def living(word):
    """Pids of processes, zombies aside, that have the word in their command line."""
    found = []
    for directory in pathlib.Path("/proc").glob("[0-9]*"):
        try:
            command = (
                (directory / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
            )
            state = (directory / "stat").read_text(errors="replace").rpartition(")")[2].split()[0]
        except (OSError, IndexError):
            continue
        if word in command and state not in "ZX" and int(directory.name) != os.getpid():
            found.append(int(directory.name))
    return found


def with_descendants(pid):
    """The process and everything below it, parents first. Orphans of a job stay below its
    supervisor.
    """
    children = collections.defaultdict(list)
    for directory in pathlib.Path("/proc").glob("[0-9]*"):
        try:
            fields = (directory / "stat").read_text(errors="replace").rpartition(")")[2].split()
        except OSError:
            continue
        children[int(fields[1])].append(int(directory.name))
    found = [pid]
    for each in found:  # grows while it is read
        found += children[each]
    return found


def signal_tree(pid, number):
    """To the process and everything below it, as far as it is still there."""
    for each in with_descendants(pid):
        try:
            os.kill(each, number)
        except ProcessLookupError:
            pass


class Frozen:
    """A process and everything below it, stopped until `thaw`. Nobody else would continue them: if
    this process dies first, a guard kills them.
    """

    def __init__(self, pid):
        self.pids = with_descendants(pid)
        words = [str(each) for each in self.pids]
        self._guard = subprocess.Popen(
            ["sh", "-c", 'read -r word || kill -KILL "$@"', "guard", *words],
            stdin=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            process_group=0,
        )
        self._signal(signal.SIGSTOP)

    def thaw(self):
        """May be called twice."""
        if self._guard.stdin.closed:
            return
        self._signal(signal.SIGCONT)
        self._guard.stdin.write(b"thawed\n")
        self._guard.stdin.close()
        self._guard.wait()

    def _signal(self, number):
        for pid in self.pids:
            try:
                os.kill(pid, number)
            except ProcessLookupError:
                pass
