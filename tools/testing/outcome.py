"""What one test program did, and the sums over many."""

import dataclasses
import os


@dataclasses.dataclass
class Outcome:
    """Tests of one program. `failed` and `skipped` hold (test name, message) pairs."""

    program: str
    passed: int = 0
    failed: list = dataclasses.field(default_factory=list)
    skipped: list = dataclasses.field(default_factory=list)
    seconds: float = 0.0
    log: str = ""

    def fail(self, name, message):
        self.failed.append((name, message.strip()))

    def skip(self, name, reason):
        self.skipped.append((name, reason.strip() or "no reason given"))

    def total(self):
        return self.passed + len(self.failed) + len(self.skipped)


def skips_count_as_failures():
    """On the CI machine every right is there: what is skipped there is not tested at all."""
    return os.environ.get("CI") == "true"


def settle(outcome):
    """Turns skips into failures where skipping is not allowed."""
    if skips_count_as_failures():
        for name, reason in outcome.skipped:
            outcome.fail(name, f"skipped, which CI does not allow: {reason}")
        outcome.skipped = []
    return outcome


def counts(outcomes):
    """(passed, failed, skipped) over all."""
    return (
        sum(outcome.passed for outcome in outcomes),
        sum(len(outcome.failed) for outcome in outcomes),
        sum(len(outcome.skipped) for outcome in outcomes),
    )


def counts_line(passed, failed, skipped):
    """The one form in which counts are printed, read back by tools/testing/sum_counts.py."""
    return f"{passed} passed, {failed} failed, {skipped} skipped"
