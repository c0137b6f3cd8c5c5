"""The parts of the proof, as data. A part is a command that keeps to three rules: it takes a seed
and an amount (how many, or how many seconds); it prints lines `figure NAME INTEGER what it counts`;
and its last line is `N passed, N failed, N skipped`.

A new part is an entry here, and a mention in promises.py. Nothing else knows the parts.
"""

import dataclasses
import pathlib

ROOT = pathlib.Path(__file__).resolve().parents[2]
PYTHON = "/usr/bin/python3"
SERVER = ("muster",)


@dataclasses.dataclass(frozen=True)
class Part:
    """`command` has the places {seed} and {amount}. `fast` is the amount of a CI run, at most a
    minute or two on two cores. `per_minute`: how much of it takes a minute, 60 for an amount of
    seconds; None: the command takes as long as it takes, and is run once. `fast_command`, if the
    fast form is another command. `share`: of the time of `./dev proof`, beside the others'."""

    name: str
    shows: str
    rows: tuple
    command: tuple
    fast: int
    per_minute: float | None
    unit: str
    targets: tuple = SERVER
    fast_command: tuple = ()
    needs: str = ""
    share: float = 1.0

    def amount(self, seconds):
        """What fills so many seconds, and never less than a CI run does."""
        if self.per_minute is None:
            return self.fast
        return max(self.fast, int(self.per_minute * seconds / 60))

    def seconds(self, amount):
        """About how long it takes."""
        return 60.0 if self.per_minute is None else amount / self.per_minute * 60

    def words(self, seed, amount, fast=False):
        command = self.fast_command if fast and self.fast_command else self.command
        return [word.format(seed=seed, amount=amount) for word in command]

    def shown(self, amount, fast=False):
        """The command as a person types it. A seed is chosen if none is given."""
        words = self.words("", amount, fast)
        if "--seed" in words:
            at = words.index("--seed")
            del words[at : at + 2]
        return " ".join(word.replace(PYTHON, "python3") for word in words)

    def script(self):
        """The file that must be there: the first word that names one."""
        return next(word for word in self.command if "/" in word and word != PYTHON)


PARTS = (
    Part(
        name="kill_loop",
        shows="`kill -9` of a loaded server, at random moments and at named points of a commit",
        rows=(1,),
        command=(PYTHON, "tests/kill_loop.py", "--seed", "{seed}", "--kills", "{amount}"),
        fast=500,
        per_minute=120,
        unit="kills",
    ),
    Part(
        name="restart_loop",
        shows="restarts under load: what ran, by the jobs' own lines, joined with the record",
        rows=(6, 7),
        command=(PYTHON, "tests/restart_loop.py", "--seed", "{seed}", "--count", "{amount}"),
        fast=40,
        per_minute=50,
        unit="restarts",
    ),
    Part(
        name="clock_jumps",
        shows="the wall clock of server and workers jumps by up to ten years, and strobes",
        rows=(10,),
        command=(PYTHON, "tests/clock_jumps.py", "--seed", "{seed}", "--seconds", "{amount}"),
        fast=30,
        per_minute=60,
        unit="seconds",
        needs="libfaketime",
    ),
)


def by_name(name):
    for part in PARTS:
        if part.name == name:
            return part
    raise SystemExit(f"there is no part {name}: {', '.join(part.name for part in PARTS)}")
