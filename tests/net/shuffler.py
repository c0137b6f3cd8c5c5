"""Lets pieces of different connections overtake each other."""

import time


class Shuffler:
    """Gathers turns for a while and gives them in random order. A turn lets its flow send its next
    piece, whichever that is: so order inside a flow is kept. Belongs to the proxy's loop.
    """

    def __init__(self, rng, loop):
        self._rng = rng
        self._loop = loop
        self._waiting = []
        self.overtaken = 0

    def add(self, flow, seconds):
        """flow.send_one() is called within so many seconds."""
        if not self._waiting:
            self._loop.at(time.monotonic() + seconds, self._flush)
        self._waiting.append(flow)

    def _flush(self):
        waiting, self._waiting = self._waiting, []
        order = list(range(len(waiting)))
        self._rng.shuffle(order)
        for place, number in enumerate(order):
            later = order[place + 1 :]
            self.overtaken += any(
                other < number and waiting[other] is not waiting[number] for other in later
            )
        for number in order:
            waiting[number].send_one()
