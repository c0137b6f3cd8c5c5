"""Lives of one server over one data directory, each under load and each with a bad end; after each
the ledger decides.
"""

import subprocess

from killing.afterwards import compare
from killing.ledger import Ledger
from killing.load import Load
from support.processes import Server

CANNOT_START = 1
JOURNAL_ENDED = 74
STOPPED = 0
PATIENCE_SECONDS = 20.0


class Ended(Exception):
    """The server ended by itself, with a status or by a signal that nobody sent."""


class Lives:
    """`directory` keeps the log; the data lies in `data`."""

    def __init__(self, directory, data, seed, *options):
        self.server = Server(directory, *options)
        self.server.data = data
        self.ledger = Ledger()
        self.seed = seed
        self.number = 0
        self.held = []

    def start(self, environment=None):
        """True once it listens; False when it refused to start."""
        try:
            self.server.start(environment)
        except AssertionError:
            if self.server.process.running():
                raise
            return False
        return True

    def live(self, seconds, environment=None, large=False, at_end=None):
        """A start and a load. Returns the status of a server that ended by itself, within
        `seconds` or after `at_end` was called (which brings it about, or stops it).
        """
        self.number += 1
        if not self.start(environment):
            return self.server.process.wait()
        load = Load(self.server, self.ledger, f"{self.seed}-{self.number}", self.held, large)
        load.start()
        try:
            return self._await_end(seconds, at_end)
        finally:
            if self.server.process.running():
                self.server.kill()
            load.join()

    def _await_end(self, seconds, at_end):
        try:
            return self.server.process.wait(seconds)
        except subprocess.TimeoutExpired:
            if at_end:
                at_end()
        try:
            return self.server.process.wait(PATIENCE_SECONDS)
        except subprocess.TimeoutExpired:
            return None

    def check(self):
        """An undisturbed start on what was left; returns what is wrong."""
        if not self.start():
            return [f"it does not start any more: {self.last_words()}"]
        complaints, self.held = compare(self.server, self.ledger)
        self.server.kill()
        return complaints

    def last_words(self):
        lines = self.server.process.stderr().strip().splitlines()
        return lines[-1] if lines else "nothing on stderr"
