"""File calls of a server that go wrong: builds faulty_calls.c and says to it what and when."""

import dataclasses
import pathlib
import subprocess

SOURCE = pathlib.Path(__file__).with_name("faulty_calls.c")
SYNCS = ("fsync", "fdatasync", "sync_file_range")
WRITES = ("write", "pwrite")
READS = ("read", "pread")
OTHERS = (
    "open",
    "opendir",
    "mkdir",
    "fallocate",
    "posix_fallocate",
    "ftruncate",
    "truncate",
    "rename",
    "link",
    "unlink",
)
CALLS = SYNCS + WRITES + READS + OTHERS
PLACES = ("journal", "store", "top")


def actions_for(call):
    """What can happen to it, in the words of faulty_calls.c."""
    if call in WRITES:
        return ("EIO", "ENOSPC", "torn", "short")
    if call in READS:
        return ("EIO", "short")
    if call in ("opendir",):
        return ("EIO",)
    return ("EIO", "ENOSPC")


@dataclasses.dataclass(frozen=True)
class Fault:
    """The `nth` of such calls of a process goes wrong; `lasting`: and all behind it."""

    calls: tuple
    place: str
    nth: int
    action: str
    lasting: bool = False

    def __str__(self):
        plus = "+" if self.lasting else ""
        return f"{','.join(self.calls)}:{self.place}:{self.nth}{plus}:{self.action}"

    @classmethod
    def parse(cls, text):
        calls, place, nth, action = text.split(":")
        return cls(
            tuple(calls.split(",")), place, int(nth.rstrip("+")), action, nth.endswith("+")
        )


class FaultyCalls:
    """The library, built once, and its log."""

    def __init__(self, directory):
        directory = pathlib.Path(directory)
        self._library = directory / "faulty_calls.so"
        self._log = directory / "faulty_calls.log"
        subprocess.run(
            ["cc", "-std=gnu11", "-O1", "-shared", "-fPIC", str(SOURCE), "-o", str(self._library)],
            check=True,
            timeout=60,
        )

    def environment(self, fault, below):
        """For a process whose calls on files below that directory are to go wrong."""
        self._log.write_bytes(b"")
        return {
            "LD_PRELOAD": str(self._library),
            "FAULT": str(fault),
            "FAULT_BELOW": str(below),
            "FAULT_LOG": str(self._log),
        }

    def happened(self):
        """(call, file) of each call that went wrong."""
        lines = self._log.read_text(encoding="utf-8").splitlines()
        return [tuple(line.split(" ", 2)[1:]) for line in lines]


def place_of(file):
    """As faulty_calls.c has it."""
    return "journal" if "/journal" in file else "store" if "/store" in file else "top"
