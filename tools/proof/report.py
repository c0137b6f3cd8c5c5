"""docs/reliability.md, made of the promises, the parts and what was run so far."""

from .outcome import LEAST, MOST
from .parts import PARTS
from .promises import PROMISES

HEAD = """\
# Reliability: what is promised, and what was run to show it

Made by `./dev proof --report` from `tools/proof/promises.py`, `tools/proof/parts.py` and
`docs/proof_totals.tsv`; do not edit it. `./dev proof --hours N` runs every part for long, with new
seeds, and adds what it did. `./dev ci` runs the short form of each part every time. How to add a
part: `docs/testing.md`.
"""


def number(value):
    return f"{value:,}"


def hours(seconds):
    return f"{seconds / 3600:.1f} h" if seconds >= 3600 else f"{seconds / 60:.0f} min"


def parts_of(row, parts):
    return [part for part in parts if row in part.rows]


def how_shown(promise, parts):
    shown = [f"`{part.name}`: {part.shows}" for part in parts_of(promise.row, parts)]
    return "; ".join([*shown, *promise.shown]) or "—"


def figure_text(name, totals, meanings):
    """The figure over all runs of all parts, and what it counts; empty when nobody printed it."""
    for total in totals.values():
        if name in total.figures:
            return f"{number(total.figures[name])} {meanings.get(name, name)}"
    return ""


def what_was_run(promise, parts, totals, meanings):
    """Runs of its parts so far, and its figures."""
    texts = []
    for part in parts_of(promise.row, parts):
        total = totals.get(part.name)
        if total is None:
            texts.append(f"`{part.name}`: no long run yet")
            continue
        verdict = "0 failed" if total.failed == 0 else f"**{number(total.failed)} failed**"
        texts.append(
            f"`{part.name}`: {number(total.runs)} runs, {hours(total.seconds)}, "
            f"{number(total.passed)} passed, {verdict}"
        )
    figures = [figure_text(name, totals, meanings) for name in promise.figures]
    return "; ".join(texts + [text for text in figures if text]) or (
        "in every `./dev test`" if promise.shown else "—"
    )


def status(promise, parts, totals):
    """Shown, in part, or not yet; and what is missing."""
    here = {part.name for part in parts}
    missing = [f"`{name}`" for name in promise.awaited if name not in here]
    texts = []
    if missing:
        some = promise.shown or parts_of(promise.row, parts)
        texts.append(f"*{'in part' if some else 'not yet'}*: awaits {', '.join(missing)}")
    for name, wanted in promise.goals:
        so_far = max((total.figures.get(name, 0) for total in totals.values()), default=0)
        if so_far < wanted:
            texts.append(f"*in part*: {number(so_far)} of {number(wanted)} so far (`{name}`)")
    if promise.open:
        texts.append(promise.open)
    return "; ".join(texts) or "shown"


def promise_lines(parts, totals, meanings):
    yield "| # | promise | how it is shown | what was run so far | |"
    yield "| --- | --- | --- | --- | --- |"
    for promise in PROMISES:
        yield (
            f"| {promise.row} | {promise.promise} ({promise.wanted}) | "
            f"{how_shown(promise, parts)} | {what_was_run(promise, parts, totals, meanings)} | "
            f"{status(promise, parts, totals)} |"
        )


def part_lines(parts, totals):
    yield "| part | by hand | in every CI run | so far | last |"
    yield "| --- | --- | --- | --- | --- |"
    for part in parts:
        total = totals.get(part.name)
        ran = f"{number(total.runs)} runs, {hours(total.seconds)}" if total else "—"
        last = f"{total.date}, {total.commit}" if total else "—"
        amount = part.amount(600)
        needs = f" (needs {part.needs})" if part.needs else ""
        yield (
            f"| `{part.name}` | `{part.shown(amount)}`{needs} | {number(part.fast)} {part.unit} | "
            f"{ran} | {last} |"
        )


def figure_lines(totals, meanings):
    yield "| figure | over all runs | counts |"
    yield "| --- | --- | --- |"
    for name, total in sorted(totals.items()):
        for figure, value in sorted(total.figures.items()):
            how = ""
            if MOST.search(figure):
                how = " (the most in any run)"
            elif LEAST.search(figure):
                how = " (the least in any run)"
            yield f"| `{figure}` | {number(value)} | {meanings.get(figure, name)}{how} |"


def bad_lines(totals):
    """Seeds of runs that failed, for whoever repairs it."""
    for name, total in sorted(totals.items()):
        if total.bad_seeds:
            seeds = ", ".join(str(seed) for seed in total.bad_seeds)
            yield f"* `{name}`: {seeds}"


def report(totals, meanings, parts=PARTS):
    """`totals`: {part: Line}."""
    lines = [HEAD, "## The promises", "", *promise_lines(parts, totals, meanings)]
    lines += ["", "## The parts", "", *part_lines(parts, totals)]
    bad = list(bad_lines(totals))
    if bad:
        lines += ["", "## Seeds that failed", ""]
        lines += ["What became of each stands in the commits after it, or in an issue.", ""]
        lines += bad
    if totals:
        lines += ["", "## Figures", "", *figure_lines(totals, meanings)]
    return "\n".join(lines) + "\n"
