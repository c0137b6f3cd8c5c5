"""When the server dies: at the N-th of a named kind of point (MUSTER_KILL_AT, see
docs/testing.md), or at any moment.
"""

import dataclasses
import random

# Named points and what a kill there is called.
POINTS = {
    "write": "before a write",
    "sync": "in a sync",
    "checkpoint": "in a checkpoint",
    "trim": "in a trim",
}
ANY_MOMENT = "at a random moment"


@dataclasses.dataclass(frozen=True)
class Kill:
    """`point` None: `seconds` after the load began. `at_start`: a life under load is killed after
    `seconds`, and the next one at that point of its recovery. `large`: the load fills the journal,
    so that a checkpoint is written under load.
    """

    point: str | None
    count: int = 0
    seconds: float = 0.0
    at_start: bool = False
    large: bool = False

    def environment(self):
        return {"MUSTER_KILL_AT": f"{self.point}:{self.count}"} if self.point else {}


KINDS = {
    "write": 20,
    "sync": 25,
    "checkpoint": 9,
    "trim": 9,
    "large checkpoint": 1,
    "large trim": 1,
    None: 35,
}


def plan(kills, seed, named=True):
    """So many kills: each named point once at least, whatever the number, then as the dice fall.
    Without `named` all are at random moments."""
    rng = random.Random(seed)
    for number in range(kills):
        kind = rng.choices(list(KINDS), list(KINDS.values()))[0]
        if number < len(POINTS):
            kind = list(POINTS)[number]
        seconds = rng.uniform(0.0, 0.3)
        if kind is None or not named:
            yield Kill(None, seconds=seconds)
        elif kind in ("write", "sync"):
            yield Kill(kind, count=int(2 ** rng.uniform(0, 7)))
        elif kind == "large checkpoint":
            yield Kill("checkpoint", count=1, large=True)
        elif kind == "large trim":
            yield Kill("trim", count=2, large=True)  # the first is the one of the start
        else:
            yield Kill(kind, count=1, seconds=seconds, at_start=True)
