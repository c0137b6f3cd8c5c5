"""Looking at processes that jobs started: who lives, found by a word in their environment or
command line.
"""

import os
import pathlib


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
