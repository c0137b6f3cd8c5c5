"""docs/proof_totals.tsv: what was run, so that hours add up. One line for each day, commit and
part; docs/proof_figures.tsv says what each figure counts. Both are small, and written whole.

Columns of proof_totals.tsv:

    date       day of the runs, UTC
    commit     what was tested, with + when the working tree had changes
    part       its name in tools/proof/parts.py
    runs       how many, each with a seed of its own
    seconds    that they took
    passed     the sums of their last lines
    failed
    skipped
    bad_seeds  seeds of the runs that failed, comma between them
    figures    name=value, space between them
"""

import dataclasses
import pathlib

from .outcome import join_figures

HEADER = "date\tcommit\tpart\truns\tseconds\tpassed\tfailed\tskipped\tbad_seeds\tfigures"
FIGURES_HEADER = "figure\twhat it counts"


@dataclasses.dataclass
class Line:
    """One day, commit and part."""

    date: str
    commit: str
    part: str
    runs: int = 0
    seconds: int = 0
    passed: int = 0
    failed: int = 0
    skipped: int = 0
    bad_seeds: list = dataclasses.field(default_factory=list)
    figures: dict = dataclasses.field(default_factory=dict)

    def key(self):
        return self.date, self.commit, self.part

    def add(self, other):
        self.runs += other.runs
        self.seconds += other.seconds
        self.passed += other.passed
        self.failed += other.failed
        self.skipped += other.skipped
        self.bad_seeds += other.bad_seeds
        self.figures = join_figures(self.figures, other.figures)

    def text(self):
        figures = " ".join(f"{name}={value}" for name, value in sorted(self.figures.items()))
        numbers = (self.runs, self.seconds, self.passed, self.failed, self.skipped)
        seeds = ",".join(str(seed) for seed in self.bad_seeds)
        return "\t".join([*self.key(), *map(str, numbers), seeds, figures])


def parse_line(text):
    date, commit, part, *numbers, seeds, figures = text.split("\t")
    line = Line(date, commit, part, *map(int, numbers))
    line.bad_seeds = [int(seed) for seed in seeds.split(",") if seed]
    for pair in figures.split():
        name, _, value = pair.partition("=")
        line.figures[name] = int(value)
    return line


def run_line(date, commit, part, seed, seconds, outcome):
    """Of one run."""
    bad = [seed] if outcome.failed else []
    counts = (outcome.passed, outcome.failed, outcome.skipped)
    return Line(date, commit, part, 1, round(seconds), *counts, bad, dict(outcome.figures))


class Totals:
    """The two files below `docs`."""

    def __init__(self, docs):
        self._totals = pathlib.Path(docs, "proof_totals.tsv")
        self._figures = pathlib.Path(docs, "proof_figures.tsv")

    def lines(self):
        return [parse_line(text) for text in rows(self._totals, HEADER)]

    def meanings(self):
        return dict(text.split("\t", 1) for text in rows(self._figures, FIGURES_HEADER))

    def add(self, line, meanings):
        lines = {known.key(): known for known in self.lines()}
        if line.key() in lines:
            lines[line.key()].add(line)
        else:
            lines[line.key()] = line
        write(self._totals, HEADER, [known.text() for known in lines.values()])
        known = {**self.meanings(), **meanings}
        texts = [f"{name}\t{meaning}" for name, meaning in sorted(known.items())]
        write(self._figures, FIGURES_HEADER, texts)

    def by_part(self):
        """{part: Line of everything}, date and commit of the last."""
        found = {}
        for line in self.lines():
            total = found.setdefault(line.part, Line(line.date, line.commit, line.part))
            total.add(line)
            total.date, total.commit = line.date, line.commit
        return found


def rows(path, header):
    if not path.exists():
        return []
    lines = path.read_text(encoding="utf-8").splitlines()
    if not lines or lines[0] != header:
        raise ValueError(f"{path} does not begin with its header")
    return lines[1:]


def write(path, header, texts):
    """Whole or not at all: a run may be interrupted at any moment."""
    new = path.with_suffix(".new")
    new.write_text("\n".join([header, *texts]) + "\n", encoding="utf-8")
    new.replace(path)
