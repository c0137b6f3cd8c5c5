"""What the demonstration says: plain lines of at most 80 columns, colours only on a terminal."""

import os
import sys
import textwrap
import time

WIDTH = 80
BOLD, RED, GREEN, DIM = "1", "31", "32", "2"


class Narrator:
    """Prints with the seconds since the beginning in front."""

    def __init__(self, out=sys.stdout):
        self._out = out
        self._began = time.monotonic()
        self._coloured = out.isatty() and "NO_COLOR" not in os.environ

    def seconds(self):
        return time.monotonic() - self._began

    def paint(self, text, colour):
        return f"\x1b[{colour}m{text}\x1b[0m" if self._coloured else text

    def line(self, text="", colour=None):
        print(self.paint(text, colour) if colour else text, file=self._out, flush=True)

    def heading(self, text):
        self.line()
        self.line(text, BOLD)

    def say(self, text, colour=None):
        """A sentence, wrapped behind its time."""
        stamp = f"{self.seconds():5.1f} s  "
        for number, part in enumerate(textwrap.wrap(text, WIDTH - len(stamp))):
            self.line((stamp if number == 0 else " " * len(stamp)) + part, colour)

    def table(self, headings, rows):
        widths = [
            max(len(str(row[column])) for row in [headings, *rows])
            for column in range(len(headings))
        ]
        for number, row in enumerate([headings, *rows]):
            cells = "  ".join(str(cell).ljust(width) for cell, width in zip(row, widths))
            self.line("  " + cells.rstrip(), BOLD if number == 0 else None)

    def verdict(self, findings):
        """Each claim with yes or NO, and what speaks against it."""
        for claim, problems in findings:
            answer = self.paint("NO ", RED) if problems else self.paint("yes", GREEN)
            self.line(f"  {answer}  {claim}")
            for problem in problems[:5]:
                self.line(f"         {problem}"[:WIDTH], RED)
            if len(problems) > 5:
                self.line(f"         … and {len(problems) - 5} more", RED)
