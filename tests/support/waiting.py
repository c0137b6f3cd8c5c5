"""Waiting for something that nobody can be told about: a file that grows, a process that ends."""

import time

PATIENCE_SECONDS = 30.0
PAUSE_SECONDS = 0.01


def until(what, condition, seconds=PATIENCE_SECONDS):
    """Asks `condition` again and again until it is true, and returns what it answered. `what`
    names what was awaited in the failure.
    """
    deadline = time.monotonic() + seconds
    while True:
        answer = condition()
        if answer:
            return answer
        if time.monotonic() >= deadline:
            raise AssertionError(
                f"waited {seconds:g} s in vain for {what}; last answer: {answer!r}"
            )
        time.sleep(PAUSE_SECONDS)
