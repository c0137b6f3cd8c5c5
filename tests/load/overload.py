"""Five times as many submissions as can be worked off, for a while; and then no more."""

import pathlib
import threading
import time

from load.bystander import Bystander
from load.submitting import Offer, submit_many
from load.workers import Workers
from support.processes import Server

CLAIMS = (
    "under overload submissions wait or are refused, and each gets an answer",
    "under overload completions go on",
    "after it goodput comes back",
    "a well-behaved client gets its answers",
)
FACTOR = 5
WINDOW = 2.0  # seconds over which goodput is measured
RECOVERY = 30.0  # within which it must be back
JOB_MEMORY_MIB = 48  # a little more than the backlog with which it begins
PATIENCE = 20.0

MEANINGS = {
    "overload_seconds": "seconds of overload",
    "overload_offered": "jobs offered in them",
    "overload_accepted": "of these accepted",
    "overload_refused": "of these refused",
    "overload_left_unread": "further jobs that the server did not even read",
    "overload_before": "jobs completed a second before",
    "overload_during": "jobs completed a second in it",
    "overload_after": "jobs completed a second after it, at best in two seconds within thirty",
    "overload_recovery_ms": "milliseconds until goodput was back",
}


class Goodput:
    """Completions a second, as the server counts them."""

    def __init__(self, connection):
        self.connection = connection

    def over(self, seconds):
        first = self.connection.do("stats")["totals"]["completed"]
        began = time.monotonic()
        time.sleep(seconds)  # the time over which is measured
        last = self.connection.do("stats")["totals"]["completed"]
        return (last - first) / (time.monotonic() - began)


def beside(offer, rate, seconds):
    thread = threading.Thread(target=offer.run, args=(rate, seconds))
    thread.start()
    return thread


def recover(goodput, wanted):
    """(best goodput, seconds until it was as wanted, or None)."""
    began = time.monotonic()
    best = 0.0
    while time.monotonic() - began < RECOVERY:
        now = goodput.over(WINDOW)
        best = max(best, now)
        if now >= wanted:
            return best, time.monotonic() - began
    return best, None


def run(directory, seconds, share):
    """`share` of the goodput before must come back. Returns {claim: [what speaks against it]},
    figures and notes.
    """
    broken = {claim: [] for claim in CLAIMS}
    server = Server(pathlib.Path(directory), "--job-memory", str(JOB_MEMORY_MIB))
    try:
        server.start()
        submit_many(server, "load", 400_000)
        bystander = Bystander(server, PATIENCE * 3, pressed=True)
        with server.connect(PATIENCE * 3) as connection, Workers(server, "load"):
            goodput = Goodput(connection)
            usual = Offer(server, "load")
            # Short, so that the backlog lasts: what is measured is how fast it can be worked off.
            settling = beside(usual, 10_000, 2.0)
            goodput.over(0.3)
            before = goodput.over(1.5)
            settling.join()
            offer = Offer(server, "load")
            overload = beside(offer, FACTOR * before, seconds)
            with bystander:
                during = goodput.over(seconds)
                overload.join()
                after_load = beside(usual, before, RECOVERY / 3)
                after, recovery = recover(goodput, share * before)
            after_load.join()
            answered = offer.finish(PATIENCE * 3) and usual.finish(PATIENCE * 3)
    finally:
        server.stop()
    if not answered:
        broken[CLAIMS[0]].append("some submissions got no answer")
    if offer.refused + offer.left_unread == 0:
        broken[CLAIMS[0]].append("nothing was refused: there was no overload")
    if during < before / 10:
        broken[CLAIMS[1]].append(f"{during:.0f} completions a second, {before:.0f} before")
    if recovery is None:
        broken[CLAIMS[2]].append(f"{after:.0f} completions a second, {before:.0f} before")
    broken[CLAIMS[3]] += bystander.broken(PATIENCE)
    figures = {
        "overload_seconds": int(seconds),
        "overload_offered": offer.offered + offer.left_unread,
        "overload_accepted": offer.accepted,
        "overload_refused": offer.refused,
        "overload_left_unread": offer.left_unread,
        "overload_before": int(before),
        "overload_during": int(during),
        "overload_after": int(after),
        "overload_recovery_ms": int((recovery or RECOVERY) * 1000),
    }
    return broken, figures, []
