"""Where the records of a journal lie, read from its files by their description in docs/storage.md
and by nothing of the server's.
"""

import dataclasses
import pathlib
import struct

BLOCK = 4096
HEADER_BYTES = 64
MAGIC = b"\xff\x4d\x4a\xfe"
SEAL = 2


@dataclasses.dataclass(frozen=True)
class Record:
    path: pathlib.Path
    offset: int
    size: int  # header and events
    seal: bool


def segments(journal):
    """Oldest first."""
    return sorted(pathlib.Path(journal).glob("segment-*"))


def records(journal):
    """Every record of every chain, in order. Stale ones of a generation before do not count."""
    found = []
    for path in segments(journal):
        generation = int(path.name.split("-")[1])
        with open(path, "rb") as file:
            offset = 0
            while True:
                file.seek(offset)
                header = file.read(HEADER_BYTES)
                if len(header) < HEADER_BYTES or header[:4] != MAGIC:
                    break
                length, kind = struct.unpack_from("<II", header, 12)
                if struct.unpack_from("<Q", header, 24)[0] != generation:
                    break
                found.append(Record(path, offset, HEADER_BYTES + length, kind == SEAL))
                offset += -(-(HEADER_BYTES + length) // BLOCK) * BLOCK
    return found
