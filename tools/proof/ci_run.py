"""CI: the short form of every part, and a longer turn for one of them, chosen by the commit."""

from .long_run import say_run
from .outcome import Outcome
from .run import run_part

# What the part whose turn it is gets beside its short form.
TURN_SECONDS = 180


def turn_of(commit, count):
    """Which of `count` things has its turn with this commit: each has, sooner or later."""
    return int(commit[:12], 16) % count if commit else 0


def choose(parts, commit):
    """[(part, amount, fast)] to run, and the part whose turn it is (None: no part has a longer
    form)."""
    runs = [(part, part.fast, True) for part in parts]
    longer = [part for part in parts if part.per_minute is not None or part.fast_command]
    if not longer:
        return runs, None
    chosen = longer[turn_of(commit, len(longer))]
    return runs + [(chosen, chosen.amount(TURN_SECONDS), False)], chosen


def seed_of(commit, part):
    """Of the commit, so that a change is tried with fresh input and every machine sees the same."""
    return (int(commit[:12], 16) if commit else 1) % (1 << 32) + len(part.name)


def run_ci(parts, commit, run=run_part):
    """The sum of all runs."""
    runs, chosen = choose(parts, commit)
    total = Outcome()
    for part, amount, fast in runs:
        print(f"{part.name}: {amount:,} {part.unit}{'' if fast else ' (its turn)'}", flush=True)
        done = run(part, seed_of(commit, part), amount, fast)
        say_run(done)
        total.passed += done.outcome.passed
        total.failed += done.outcome.failed
        total.skipped += done.outcome.skipped
    others = [part.name for part in parts if part is not chosen]
    if chosen:
        print(f"this time {chosen.name} had a longer turn; short form only: {', '.join(others)}")
    return total
