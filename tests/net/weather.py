"""What may happen to bytes on their way, as data. Nothing here touches a socket."""

import dataclasses
import enum


class Passage(enum.Enum):
    """Whether bytes of a direction get through at all."""

    OPEN = "passed on"
    SWALLOW = "read, acknowledged by the kernel, and lost"
    STALL = "not read: the sender's buffers fill up"


@dataclasses.dataclass(frozen=True)
class Direction:
    """One direction of every connection. Order inside a connection is always kept, as TCP keeps it.

    `delay_ms` and `jitter_ms`: each piece leaves so much, plus up to so much, after it came.
    `chop`: (least, most) bytes of a piece; None passes on what came together.
    `bytes_per_second`: of each connection; 0 is without limit.
    `shuffle_ms`: pieces of all connections are gathered for so long and leave in random order, so
    that a later one overtakes an earlier one of another connection.
    """

    delay_ms: float = 0.0
    jitter_ms: float = 0.0
    chop: tuple[int, int] | None = None
    bytes_per_second: int = 0
    shuffle_ms: float = 0.0
    passage: Passage = Passage.OPEN

    def __post_init__(self):
        if self.chop and not 1 <= self.chop[0] <= self.chop[1]:
            raise ValueError(f"no size of a piece lies in {self.chop}")
        if min(self.delay_ms, self.jitter_ms, self.bytes_per_second, self.shuffle_ms) < 0:
            raise ValueError(f"a negative time or rate: {self}")


CLEAR = Direction()
LOST = Direction(passage=Passage.SWALLOW)
STUCK = Direction(passage=Passage.STALL)


def random_direction(rng):
    """A rough but passable direction."""
    return Direction(
        delay_ms=rng.choice((0.0, 2.0, 20.0, 80.0)),
        jitter_ms=rng.choice((0.0, 1.0, 15.0, 60.0)),
        chop=rng.choice((None, (1, 1), (1, 7), (50, 1500))),
        bytes_per_second=rng.choice((0, 0, 4_000, 100_000)),
        shuffle_ms=rng.choice((0.0, 0.0, 5.0, 40.0)),
    )
