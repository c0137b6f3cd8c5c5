"""A wall clock that can be put forward and back while a process runs: libfaketime, told through a
file. The steady clock stays true.
"""

import os
import pathlib
import random
import subprocess
import sys
import threading
import time
import unittest

YEAR_SECONDS = 31_557_600
LIBRARY = "libfaketimeMT.so.1"
LIBRARY_DIRECTORIES = ("/usr/lib/x86_64-linux-gnu/faketime", "/usr/lib/aarch64-linux-gnu/faketime")
# What a machine does under it: prints both clocks, then again at each line that comes.
PROBE = """
import sys, time
for line in sys.stdin:
    print(time.time(), time.monotonic(), flush=True)
"""


class WallClock:
    """The clock of all processes that were started with `environment()`."""

    def __init__(self, directory, library, steady_too=False):
        self._file = pathlib.Path(directory) / "wall_clock"
        self.library = library
        self.steady_too = steady_too  # breaks what may not break, to see it noticed
        self.offset = 0
        self.jumps = 0
        self.jump(0)

    def environment(self):
        return {
            "LD_PRELOAD": str(self.library),
            "FAKETIME_TIMESTAMP_FILE": str(self._file),
            "FAKETIME_DONT_FAKE_MONOTONIC": "0" if self.steady_too else "1",
            "FAKETIME_NO_CACHE": "1",  # a jump is seen by the next look at the clock
            "NO_FAKE_STAT": "1",
        }

    def jump(self, offset_seconds):
        """From now on the clock is so far from the true one; negative is behind it."""
        fresh = self._file.with_suffix(".new")
        fresh.write_text(f"{offset_seconds:+d}\n")
        fresh.rename(self._file)  # nobody ever reads half of it
        self.jumps += offset_seconds != self.offset
        self.offset = offset_seconds


class Strobe:
    """Jumps between far points many times a second, as a clock does that two sources fight over."""

    def __init__(self, clock, seed, years=10, pause_seconds=0.004):
        self._clock = clock
        self._rng = random.Random(seed)
        self._years = years
        self._pause = pause_seconds
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._run)

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._over.set()
        self._thread.join()

    def _run(self):
        far = self._years * YEAR_SECONDS
        while not self._over.wait(self._pause):
            self._clock.jump(self._rng.choice((-far, 0, far, self._rng.randint(-far, far))))


def find_library():
    """Its path, or None."""
    for directory in LIBRARY_DIRECTORIES:
        path = pathlib.Path(directory) / LIBRARY
        if path.exists():
            return path
    return None


def what_is_wrong(clock):
    """None when the library does what is asked of it here, otherwise one line."""
    process = subprocess.Popen(
        [sys.executable, "-c", PROBE],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, **clock.environment()},
    )

    def ask():
        process.stdin.write("\n")
        process.stdin.flush()
        return [float(word) for word in process.stdout.readline().split()]

    try:
        wall, steady = ask()
        clock.jump(10 * YEAR_SECONDS)
        later_wall, later_steady = ask()
        clock.jump(-10 * YEAR_SECONDS)
        earlier_wall, _ = ask()
        clock.jump(0)
    except (OSError, ValueError) as error:
        return f"libfaketime does not run here: {error}"
    finally:
        process.stdin.close()
        process.wait()
        process.stdout.close()
    if not later_wall - wall > 9 * YEAR_SECONDS or not wall - earlier_wall > 9 * YEAR_SECONDS:
        return "libfaketime does not move the wall clock here"
    if abs(later_steady - time.monotonic()) > 60 or later_steady < steady:
        return "libfaketime moves the steady clock too"
    return None


def wall_clock_or_skip(directory, steady_too=False):
    """A WallClock that works; skips the test where there is none."""
    library = find_library()
    if not library:
        raise unittest.SkipTest("no libfaketime here: install the package libfaketime")
    clock = WallClock(directory, library)
    wrong = what_is_wrong(clock)
    if wrong:
        raise unittest.SkipTest(wrong)
    return WallClock(directory, library, steady_too)
