"""A limit of memory for one process, and what it took. A cgroup where one may be made (version 1 or
2, root); elsewhere nothing is enforced, and the peak that the kernel noted is compared.
"""

import os
import pathlib
import time

CGROUPS = pathlib.Path("/sys/fs/cgroup")
MIB = 1 << 20


class MemoryLimit:
    """Use `prefix()` to start the process inside, then `peak` and `killed`. Removed by close()."""

    def __init__(self, mebibytes):
        self.limit = mebibytes * MIB
        self.folder = None
        self.kind = "the kernel's VmHWM, compared with the limit (no cgroup may be made here)"
        for kind, parent, sign, name in (
            ("cgroup 2", CGROUPS, "cgroup.subtree_control", "memory.max"),
            ("cgroup 1", CGROUPS / "memory", "memory.limit_in_bytes", "memory.limit_in_bytes"),
        ):
            if (parent / sign).exists() and self._make(parent, name):
                self.kind = kind
                return

    def _make(self, parent, name):
        folder = parent / f"muster-load-{os.getpid()}"
        try:
            folder.mkdir()
        except OSError:
            return False
        try:
            with open(folder / name, "r+", encoding="ascii") as file:  # without it: no such limit
                file.write(str(self.limit))
            swap = folder / "memory.swap.max"
            if swap.exists():
                swap.write_text("0", encoding="ascii")
        except OSError:
            folder.rmdir()
            return False
        self.folder = folder
        return True

    def prefix(self):
        """The words before a command that runs it inside."""
        if self.folder is None:
            return ()
        procs = self.folder / "cgroup.procs"
        return ("sh", "-c", f'echo $$ > "{procs}" && exec "$@"', "sh")

    def resident_peak(self, pid):
        """Bytes that the process had resident at most."""
        for line in pathlib.Path(f"/proc/{pid}/status").read_text(encoding="ascii").splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) * 1024
        return 0

    def broken(self, process):
        """What speaks against the promise that the limit was kept; None: it was."""
        if not process.running():
            return f"the server ended with {process.wait()} under {self.limit // MIB} MiB"
        peak = self.resident_peak(process.pid)
        if self.folder is None and peak > self.limit:
            return f"{peak // MIB} MiB resident, more than {self.limit // MIB} MiB"
        return None

    def close(self):
        deadline = time.monotonic() + 10.0
        while self.folder is not None:
            try:
                self.folder.rmdir()
                self.folder = None
            except OSError:  # the kernel still takes leave of the process
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.05)
