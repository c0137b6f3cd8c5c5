"""The figures of a judged run, as text."""

import collections
import dataclasses

REASONS = {
    "check": "failed CHECKs",
    "switch": "switches without default",
    "seeded": "seeded bugs",
    "comment": "by a comment in the source",
}


@dataclasses.dataclass
class Figures:
    """Outcomes of one folder, or of all."""

    asked: int = 0
    taken: int = 0
    excluded: collections.Counter = dataclasses.field(default_factory=collections.Counter)

    def add(self, outcome):
        if outcome.excluded:
            self.excluded[outcome.excluded] += 1
        else:
            self.asked += 1
            self.taken += outcome.taken

    def percent(self):
        return 100 * self.taken / self.asked if self.asked else 0.0

    def __str__(self):
        why = ", ".join(f"{self.excluded[key]} {text}" for key, text in REASONS.items())
        return (
            f"{self.percent():5.1f} %  {self.taken} of {self.asked} outcomes; "
            f"{self.excluded.total()} excluded: {why}"
        )


def by_folder(outcomes, folders):
    figures = {folder: Figures() for folder in folders}
    for outcome in outcomes:
        figures[outcome.branch.path.split("/")[1]].add(outcome)
    return figures


def sum_of(figures):
    total = Figures()
    for part in figures.values():
        total.asked += part.asked
        total.taken += part.taken
        total.excluded += part.excluded
    return total


def uncovered_lines(outcomes, prefix):
    """`file:line: answer: condition` of what no test took, below the path prefix."""
    return [
        f"{outcome.branch.path}:{outcome.branch.line}: {outcome.answer}: {outcome.text}"
        for outcome in outcomes
        if not outcome.taken
        and outcome.excluded is None
        and outcome.branch.path.startswith(prefix)
    ]


def figure_lines(figures, total):
    """Lines of the form that ./dev proof adds up."""
    lines = [
        f"figure coverage.{folder}_per_mille {int(10 * part.percent())} "
        f"of the branch outcomes of src/{folder} are taken"
        for folder, part in figures.items()
    ]
    lines.append(f"figure coverage.outcomes {total.asked} branch outcomes asked for")
    lines.append(f"figure coverage.taken {total.taken} branch outcomes taken by a test")
    lines.append(f"figure coverage.excluded {total.excluded.total()} branch outcomes excluded")
    return lines
