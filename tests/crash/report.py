"""What the programs of this folder have in common: seeds, directories, last lines."""

import argparse
import collections
import random
import shutil
import time


def parser(text, **counts):
    """`counts` are options with a number, and their defaults."""
    made = argparse.ArgumentParser(
        description=text, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    for name, default in counts.items():
        made.add_argument(f"--{name.replace('_', '-')}", type=int, default=default)
    made.add_argument("--seed", type=int, default=random.SystemRandom().randrange(1 << 32))
    made.add_argument("--keep", action="store_true", help="keep the files of a run that failed")
    return made


class Report:
    """Counts what passed, shows what did not, ends with the lines that others add up."""

    SHOWN = 5

    def __init__(self, replay):
        self.replay = replay
        self.passed = self.failed = self.skipped = 0
        self.figures = collections.OrderedDict()
        self._began = time.monotonic()

    def case(self, what, complaints):
        if not complaints:
            self.passed += 1
            return
        self.failed += 1
        for text in complaints[: self.SHOWN]:
            print(f"{what}: {text}", flush=True)
        if len(complaints) > self.SHOWN:
            print(f"{what}: and {len(complaints) - self.SHOWN} more", flush=True)

    def skip(self, what, why):
        self.skipped += 1
        print(f"skipped: {what}: {why}", flush=True)

    def count(self, name, what, by=1):
        """Adds to a figure; `what` says what it counts."""
        before, _ = self.figures.get(name, (0, what))
        self.figures[name] = (before + by, what)

    def end(self):
        """The exit status."""
        print(f"{time.monotonic() - self._began:.0f} s")
        for name, (number, what) in self.figures.items():
            print(f"figure {name} {number} {what}")
        if self.failed:
            print(f"again: {self.replay}")
        print(f"{self.passed} passed, {self.failed} failed, {self.skipped} skipped", flush=True)
        return 1 if self.failed else 0


def clear(directory, failed, keep):
    if failed and keep:
        print(f"kept {directory}")
    else:
        shutil.rmtree(directory, ignore_errors=True)
