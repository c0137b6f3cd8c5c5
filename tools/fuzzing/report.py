"""What the fuzzing tools print: figures, failures with their replay, and the counts at the end."""

import dataclasses
import sys


@dataclasses.dataclass
class Report:
    passed: int = 0
    failed: int = 0
    skipped: int = 0

    def note(self, good):
        self.passed += good
        self.failed += not good

    def figure(self, name, number, what):
        print(f"figure fuzz.{name} {number} {what}", flush=True)

    def say(self, text):
        print(text, flush=True)

    def complain(self, target, run):
        """A run that failed: why, where the input is, how to see it again."""
        print(f"{target.name}: {run.reason}", file=sys.stderr)
        if run.artifact:
            print(f"  input kept: {run.artifact}", file=sys.stderr)
            print(f"  replay: ./dev fuzz {target.name} --replay {run.artifact}", file=sys.stderr)
        else:
            print(f"  log: {target.crashes / 'log'}", file=sys.stderr, flush=True)

    @property
    def line(self):
        return f"{self.passed} passed, {self.failed} failed, {self.skipped} skipped"
