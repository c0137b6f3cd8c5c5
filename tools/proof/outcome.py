"""What a part printed: its figures and counts."""

import dataclasses
import re

FIGURE = re.compile(r"^figure (\S+) (-?\d+)(?: (.*))?$", re.M)
COUNTS = re.compile(r"^(\d+) passed, (\d+) failed(?:, (\d+) skipped)?$", re.M)


@dataclasses.dataclass
class Outcome:
    """`figures`: {name: value}; `meanings`: {name: what it counts}."""

    passed: int = 0
    failed: int = 0
    skipped: int = 0
    figures: dict = dataclasses.field(default_factory=dict)
    meanings: dict = dataclasses.field(default_factory=dict)
    why: str = ""


def read_outcome(text, status, timed_out=False):
    """A part that ends badly has failed once at least, whatever it printed."""
    outcome = Outcome()
    for name, value, meaning in FIGURE.findall(text):
        outcome.figures[name] = int(value)
        outcome.meanings[name] = meaning
    counts = COUNTS.findall(text)
    if counts:
        outcome.passed, outcome.failed, outcome.skipped = (int(n or 0) for n in counts[-1])
    if timed_out:
        outcome.why = "still running long after its time, killed"
    elif not counts:
        outcome.why = f"ended with status {status} and without counts"
    elif status != 0 and outcome.failed == 0:
        outcome.why = f"ended with status {status} although nothing failed"
    elif outcome.passed + outcome.failed + outcome.skipped == 0:
        outcome.why = "did nothing"
    if outcome.why:
        outcome.failed += 1
    return outcome


# Figures add up over runs, but for those that are measures of a run: of these the worst counts.
MOST = re.compile(r"_(ms|us|percent|bytes|mib|latest)$")
LEAST = re.compile(r"_(per_s|per_mille|speed|times_real_time)$")


def joined(name, one, other):
    """A figure over two runs."""
    if MOST.search(name):
        return max(one, other)
    if LEAST.search(name):
        return min(one, other)
    return one + other


def join_figures(one, other):
    found = dict(one)
    for name, value in other.items():
        found[name] = joined(name, found[name], value) if name in found else value
    return found
