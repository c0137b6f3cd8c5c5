"""Code that is dead in the product because a seeded bug is switched off for good.

`MUSTER_MUTANT(name)` is `false` there, so what only a seeded bug reaches is never run: the rest of
`MUSTER_MUTANT(a) && …`, the statement of an `if` that needs it, the first choice of
`MUSTER_MUTANT(a) ? … : …`, and the rest of `!MUSTER_MUTANT(a) || …`.
"""

import re

MUTANT = re.compile(r"(!?)\s*\bMUSTER_MUTANT\(\s*\w+\s*\)")
BLANKED = re.compile(
    r"""//[^\n]*                                  # line comment
      | /\*.*?\*/                                 # block comment
      | "(?:[^"\\\n]|\\.)*"                       # string
      | (?<![0-9A-Fa-f])'(?:[^'\\\n]|\\.)+'       # character, and no digit separator
    """,
    re.X | re.S,
)
OPEN, CLOSE = "([{", ")]}"


def blank(text):
    """The text with comments and strings as spaces, places kept. Bytes would move, so use only for
    ASCII outside of them."""
    return BLANKED.sub(lambda found: re.sub(r"[^\n]", " ", found[0]), text)


def expression_end(text, at, stops):
    """Where the expression from `at` ends: at an unmatched bracket or one of `stops` outside of
    brackets."""
    depth = 0
    while at < len(text):
        if text[at] in OPEN:
            depth += 1
        elif text[at] in CLOSE:
            if depth == 0:
                return at
            depth -= 1
        elif depth == 0 and any(text.startswith(stop, at) for stop in stops):
            return at
        at += 1
    return at


def statement_end(text, at):
    """Behind the statement that begins at or after `at`."""
    while at < len(text) and text[at].isspace():
        at += 1
    if at < len(text) and text[at] == "{":
        return expression_end(text, at + 1, ()) + 1
    return expression_end(text, at, (";",)) + 1


def condition_of(text, at):
    """(start, end) of the bracket of an `if` whose direct content holds `at`; None if there is
    none."""
    depth, start = 0, at
    while start > 0:
        start -= 1
        if text[start] in CLOSE:
            depth += 1
        elif text[start] in OPEN:
            if depth == 0:
                break
            depth -= 1
    if not re.search(r"\bif\s*$", text[:start]):
        return None
    return start, expression_end(text, start + 1, ())


def top_level(text):
    """The text without what stands in brackets."""
    kept, depth = [], 0
    for letter in text:
        depth += letter in OPEN
        kept.append(letter if depth == 0 else " ")
        depth -= letter in CLOSE
    return "".join(kept)


def dead_spans(text):
    """[(from, to)] positions in the text that the product never runs."""
    text = blank(text)
    spans = []
    for found in MUTANT.finditer(text):
        negated, behind = found[1] == "!", found.end()
        rest = text[behind:].lstrip()
        if rest.startswith("||" if negated else "&&"):
            stops = ("?", ",", ";") if negated else ("||", "?", ",", ";")
            spans.append((behind, expression_end(text, behind, stops)))
        if negated:
            continue
        if rest.startswith("?"):
            question = text.index("?", behind)
            spans.append((question, expression_end(text, question + 1, (":",))))
        condition = condition_of(text, found.start())
        if condition and "||" not in top_level(text[condition[0] + 1 : condition[1]]):
            spans.append((condition[1] + 1, statement_end(text, condition[1] + 1)))
    return spans


class DeadLines:
    """Whether a place of a file, by line and column (both from 1), is dead."""

    def __init__(self, text):
        self._spans = dead_spans(text)
        self._starts = [0]
        for line in text.splitlines(keepends=True):
            self._starts.append(self._starts[-1] + len(line))

    def holds(self, line, column):
        at = self._starts[line - 1] + column - 1
        return any(start <= at < end for start, end in self._spans)
