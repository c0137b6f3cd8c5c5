"""Where a server runs when it runs under a limit of memory: here, on loopback, inside the limit."""


class LimitedPlace:
    """What support.processes.Server wants of a place."""

    address = "127.0.0.1"

    def __init__(self, limit):
        self.limit = limit

    def prefix(self):
        return self.limit.prefix()

    def run_inside(self, function):
        return function()
