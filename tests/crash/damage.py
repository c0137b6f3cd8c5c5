"""Damage to the files of a killed server, and what may come of it."""

import dataclasses
import enum
import functools

from crash.journal_files import BLOCK, HEADER_BYTES, segments

SECTOR = 512
GLOBS = (
    "default/store/*.sst",
    "default/store/MANIFEST*",
    "default/store/CURRENT",
    "default/store/*.log",
    "default/store/[IOL]*",  # IDENTITY, OPTIONS, LOCK
    "[bl]*",  # ballast, lock
)
KINDS = ("flip", "flip", "flip", "zeros", "noise", "cut")


class Outcome(enum.Enum):
    REFUSED = "refused"
    SAME = "whole"
    CUT = "without_the_last_record"


ANY_BUT_CUT = (Outcome.REFUSED, Outcome.SAME)


@dataclasses.dataclass(frozen=True)
class Damage:
    """`kind`: flip (one bit), zeros or noise (a sector), cut (the file ends there), gone. `file` is
    below the data directory. `region` names the part of it for people; `allowed` says what a start
    may do.
    """

    kind: str
    file: str
    offset: int
    bit: int
    region: str
    allowed: tuple = ANY_BUT_CUT

    def __str__(self):
        return f"{self.kind} of {self.file} at {self.offset}, {self.region}"

    def apply(self, data, rng):
        path = data / self.file
        if self.kind == "gone":
            path.unlink()
            return
        with open(path, "r+b") as file:
            if self.kind == "cut":
                file.truncate(self.offset)
                return
            file.seek(self.offset)
            before = file.read(1 if self.kind == "flip" else SECTOR)
            after = bytes(len(before))
            if self.kind == "flip":
                after = bytes([before[0] ^ 1 << self.bit])
            elif self.kind == "noise":
                after = rng.randbytes(len(before))
            file.seek(self.offset)
            file.write(after)


class Planner:
    """Damage to a victim's files by the dice: each region as often as the others."""

    def __init__(self, victim, rng):
        self._data = victim.data
        self._rng = rng
        self._records = victim.records
        self._regions = [self._older_record, self._last_record, self._behind, self._spare]
        self._regions += [self._table_end]
        self._regions += [functools.partial(self._file, glob) for glob in GLOBS]

    def next(self):
        return self._rng.choice(self._regions)()

    def _make(self, path, offset, region, allowed=ANY_BUT_CUT, kinds=KINDS):
        return Damage(
            self._rng.choice(kinds),
            str(path.relative_to(self._data)),
            offset,
            self._rng.randrange(8),
            region,
            allowed,
        )

    def _in_record(self, record, region, allowed):
        """A bit of header or events: a whole sector would reach into what carries nothing."""
        size = HEADER_BYTES if self._rng.random() < 0.5 else record.size
        at = self._rng.randrange(size)
        return self._make(record.path, record.offset + at, region, allowed, ("flip",))

    def _older_record(self):
        """Something durable stands behind it: nothing but a refusal will do."""
        older = self._records[:-1]
        record = self._rng.choice(older[-20:] if self._rng.random() < 0.5 else older)
        return self._in_record(record, "a record with others behind it", (Outcome.REFUSED,))

    def _last_record(self):
        last = self._records[-1]
        if last.seal:
            return self._in_record(last, "the seal", (Outcome.SAME,))
        return self._in_record(last, "the last record", (Outcome.CUT,))

    def _behind(self):
        """Zeros or stale records; a file that was cut is refused wherever that was."""
        last = self._records[-1]
        begin = last.offset + -(-last.size // BLOCK) * BLOCK
        size = last.path.stat().st_size
        damage = self._make(
            last.path, self._rng.randrange(begin, size), "behind the end", (Outcome.SAME,)
        )
        if damage.kind == "cut":
            return dataclasses.replace(damage, allowed=(Outcome.REFUSED,))
        return damage

    def _spare(self):
        spares = sorted((self._data / "default/journal").glob("spare-*"))
        spare = self._rng.choice(spares or segments(self._data / "default/journal")[-1:])
        if not spares:
            return self._behind()
        offset = self._rng.randrange(spare.stat().st_size)
        return self._make(spare, offset, "a spare", (Outcome.SAME,), KINDS + ("gone",))

    def _table_end(self):
        tables = sorted((self._data / "default/store").glob("*.sst"))
        if not tables:
            return self._older_record()
        table = self._rng.choice(tables)
        size = table.stat().st_size
        offset = size - 1 - self._rng.randrange(min(1000, size))
        return self._make(table, offset, "a table's end", (Outcome.REFUSED,), ("flip",))

    def _file(self, glob):
        path = self._rng.choice(sorted(self._data.glob(glob)))
        if path.stat().st_size == 0:
            return self._make(path, 0, glob, kinds=("gone",))
        offset = self._rng.randrange(path.stat().st_size)
        return self._make(path, offset, glob, kinds=KINDS + ("gone",))
