"""Puts a real server under more than it can do, and looks whether it keeps its manners.

    load_limits.py [--seconds N] [--scale PERCENT] [--only PART] [--seed N] [--keep]

Parts: `backlog` (a million waiting jobs and a thousand readers that do not read, under a limit of
memory), `herd` (five thousand workers with a job each reconnect within a second), `overload` (five
times what can be done, for --seconds), `idle` (ten thousand connections that never send, slow
senders and slow readers, for --seconds). `--scale` makes them smaller.
"""

import argparse
import pathlib
import random
import shutil
import sys
import tempfile

from load import backlog, herd, idle, overload
from net.figures import print_figures, print_verdict

PARTS = ("backlog", "herd", "overload", "idle")
MEANINGS = {
    **backlog.MEANINGS,
    **herd.MEANINGS,
    **overload.MEANINGS,
    **idle.MEANINGS,
}
MEMORY_MIB = 1536  # for a million jobs of 100 bytes each, and what their readers may keep
FIXED_MEMORY_MIB = 256  # of it: a server with next to nothing, and the readers
GOODPUT_BACK = 0.9


def sized(whole, scale, least=1):
    return max(least, whole * scale // 100)


def run_part(part, directory, arguments):
    scale = arguments.scale
    if part == "backlog":
        memory = FIXED_MEMORY_MIB + sized(MEMORY_MIB - FIXED_MEMORY_MIB, scale)
        return backlog.run(directory, sized(1_000_000, scale, 10_000), 1000, memory)
    if part == "herd":
        return herd.run(directory, sized(5000, scale), 10_000)
    if part == "overload":
        return overload.run(directory, arguments.seconds, GOODPUT_BACK)
    return idle.run(directory, sized(10_000, scale), arguments.seconds, arguments.seed)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--scale", type=int, default=100, choices=range(1, 101), metavar="PERCENT")
    parser.add_argument("--only", choices=PARTS)
    parser.add_argument("--seed", type=int, default=random.randrange(1 << 32))
    parser.add_argument("--keep", action="store_true", help="keep the directories")
    arguments = parser.parse_args()
    print(f"seed {arguments.seed}", flush=True)

    claims = []
    broken = {}
    for part in PARTS if not arguments.only else (arguments.only,):
        directory = pathlib.Path(tempfile.mkdtemp(prefix=f"muster-load-{part}-"))
        try:
            found, figures, notes = run_part(part, directory, arguments)
        finally:
            if arguments.keep:
                print(f"{part}: see {directory}", flush=True)
            else:
                shutil.rmtree(directory, ignore_errors=True)
        for note in notes:
            print(f"{part}: {note}")
        print_figures("load", figures, MEANINGS)
        sys.stdout.flush()
        claims += found
        broken.update({f"{part}: {claim}": texts for claim, texts in found.items() if texts})
    only = f" --only {arguments.only}" if arguments.only else ""
    replay = (
        f"python3 tests/load_limits.py{only} --seconds {arguments.seconds:g} "
        f"--scale {arguments.scale} --seed {arguments.seed}"
    )
    print_verdict(claims, broken, 0, replay)
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main())
