"""A directory for the data of many lives."""

import os
import pathlib
import tempfile

ROOM_BYTES = 4 << 30
MEMORY = pathlib.Path("/dev/shm")


def scratch(prefix):
    """In memory where there is room: for what a kill, a fault or damage shows, no slow disk is
    needed, and there are more of them in a minute.
    """
    where = None
    if MEMORY.is_dir() and os.access(MEMORY, os.W_OK):
        status = os.statvfs(MEMORY)
        where = MEMORY if status.f_bavail * status.f_frsize > ROOM_BYTES else None
    return pathlib.Path(tempfile.mkdtemp(prefix=prefix, dir=where))
