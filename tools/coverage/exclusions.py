"""Which outcomes are not asked for, and why.

Three kinds are excluded by their form, and counted:

* *check*: that a `CHECK` fails. A broken invariant ends the process; a CHECK counts as one outcome,
  that it was reached and held, however many conditions it has.
* *switch*: that no `case` of a switch without `default` applies. The compiler sees to it that every
  value of an enumeration has its case.
* *seeded*: conditions that are `MUSTER_MUTANT(name)` and nothing else, a constant in the product,
  and those that only a seeded bug would reach (seeded.py).

All others need a comment in the source, at the end of the line or on a line of its own before it:

    // not covered: why no test can take it

A comment that excludes nothing is a finding: the reason is gone, and so should the comment be.
"""

import dataclasses
import re

from .branches import Branch
from .seeded import DeadLines

COMMENT = re.compile(r"//\s*not covered:\s*\S")
CONSTANT = re.compile(r"!?\s*(MUSTER_MUTANT\(\s*\w+\s*\)|true|false)\s*")


@dataclasses.dataclass(frozen=True, order=True)
class Outcome:
    """One answer of one branch; `excluded` says why it is not asked for, or is None."""

    branch: Branch
    answer: str
    taken: bool
    excluded: str | None
    text: str


class Sources:
    """Lines of the files, read once. `read` is given a path and returns its text."""

    def __init__(self, read):
        self._read = read
        self._lines = {}
        self._dead = {}

    def lines(self, path):
        if path not in self._lines:
            self._lines[path] = self._read(path).splitlines()
        return self._lines[path]

    def is_dead(self, path, line, column):
        """Whether only a seeded bug would get there."""
        if path not in self._dead:
            self._dead[path] = DeadLines(self._read(path))
        return self._dead[path].holds(line, column)

    def words(self, span):
        """The words of a condition, in one line."""
        # Columns count bytes.
        lines = [line.encode() for line in self.lines(span.path)[span.line - 1 : span.end_line]]
        lines[-1] = lines[-1][: span.end_column - 1]
        lines[0] = lines[0][span.column - 1 :]
        return " ".join(b" ".join(lines).decode(errors="replace").split())

    def before(self, span):
        """What stands before a condition on its line."""
        line = self.lines(span.path)[span.line - 1].encode()
        return line[: span.column - 1].decode(errors="replace")


def comment_lines(lines):
    """{line that a comment excludes: line of the comment}."""
    found = {}
    for number, line in enumerate(lines, 1):
        if not COMMENT.search(line):
            continue
        target = number
        if line.lstrip().startswith("//"):
            target += 1
            while target <= len(lines) and lines[target - 1].lstrip().startswith("//"):
                target += 1
        found[target] = number
    return found


def is_check(branch, sources):
    if not branch.from_macro:
        return False
    line = sources.lines(branch.path)[branch.line - 1].encode()
    return re.match(rb"CHECK\b", line[branch.column - 1 :]) is not None


def outcomes_of_check(branches, counts, text):
    """One outcome for a CHECK with all its conditions, and the ways in which it fails."""
    branches = sorted(branches)
    held = any(any(counts[branch]) for branch in branches)
    found = [Outcome(branches[0], "reached", held, None, text)]
    found += [Outcome(branch, "fails", False, "check", text) for branch in branches]
    # The other answers inside a CHECK that joins conditions.
    found += [Outcome(branch, "joined", False, "check", text) for branch in branches[1:]]
    return found


def outcomes_of_condition(branch, taken, sources):
    """Both answers of an ordinary condition."""
    text = sources.words(branch.span)
    if CONSTANT.fullmatch(text) or sources.is_dead(branch.path, branch.line, branch.column):
        return [Outcome(branch, answer, False, "seeded", text) for answer in ("true", "false")]
    # The compiler shows the switch itself as a condition: true when no case applies.
    is_switch = re.search(r"\bswitch \($", sources.before(branch.span)) is not None
    if is_switch:
        return [Outcome(branch, "no case applies", taken[0] > 0, "switch", text)]
    return [
        Outcome(branch, answer, count > 0, None, text)
        for answer, count in zip(("true", "false"), taken)
    ]


def judge(counts, sources):
    """All outcomes of the branches in `counts`, and [(path, line)] of comments without use."""
    outcomes, checks = [], {}
    for branch, taken in counts.items():
        if is_check(branch, sources):
            checks.setdefault((branch.path, branch.line, branch.column), []).append(branch)
        else:
            outcomes += outcomes_of_condition(branch, taken, sources)
    for (path, line, _), branches in checks.items():
        outcomes += outcomes_of_check(branches, counts, sources.lines(path)[line - 1].strip())
    return apply_comments(outcomes, sources)


def apply_comments(outcomes, sources):
    used, judged = set(), []
    paths = {outcome.branch.path for outcome in outcomes}
    comments = {path: comment_lines(sources.lines(path)) for path in paths}
    for outcome in outcomes:
        path, line = outcome.branch.path, outcome.branch.line
        if not outcome.taken and outcome.excluded is None and line in comments[path]:
            used.add((path, comments[path][line]))
            outcome = dataclasses.replace(outcome, excluded="comment")
        judged.append(outcome)
    written = {(path, line) for path in paths for line in comments[path].values()}
    return sorted(judged), sorted(written - used)
