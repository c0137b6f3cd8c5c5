"""The lines with which every long-running proof ends: figures that add up, and what held."""

SHOWN = 5
# What each figure counts, by the last part of its name.
MEANINGS = {
    "attempts_cancelled": "attempts ended because their job was cancelled",
    "attempts_completed": "attempts that completed their job",
    "attempts_deadline": "attempts ended by their job's deadline",
    "attempts_failed": "attempts that failed, as planned",
    "attempts_lease_expired": "attempts whose lease expired",
    "attempts_released": "attempts handed back by their worker",
    "attempts_timed_out": "attempts that ran out of their time",
    "attempts_undelivered": "assignments that did not reach their worker, uncharged",
    "attempts_worker_lost": "attempts whose worker was not heard of for too long, or left",
    "executions": "executions, by the jobs' own lines",
    "executions_cut_short": "executions killed before their end",
    "jobs": "jobs submitted and acknowledged",
    "jobs_executed_again": "jobs executed more than once, each time with a recorded cause",
    "late_reports_refused": "reports refused because another attempt had the job",
    "overlapping_executions": "executions begun while an earlier one went on unheard",
    "seconds": "seconds",
}


def print_figures(area, figures, meanings=None):
    """`meanings` of names that only this program has."""
    meanings = {**MEANINGS, **(meanings or {})}
    for name, value in figures.items():
        print(f"figure {area}.{name} {value} {meanings[name]}")


def print_verdict(claims, broken, skipped, replay):
    """`broken` is {claim: [what speaks against it]}. The last line is the counts."""
    for claim, texts in broken.items():
        print(f"NOT TRUE: {claim}")
        for text in texts[:SHOWN]:
            print(f"  {text}")
        if len(texts) > SHOWN:
            print(f"  and {len(texts) - SHOWN} more")
    if broken:
        print(f"replay: {replay}")
    held = len(claims) - len(broken)
    print(f"{held} passed, {len(broken)} failed, {skipped} skipped", flush=True)
