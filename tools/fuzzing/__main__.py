"""./dev fuzz: looks for inputs that break a parser, a codec or a whole session.

Without a target: the list of them. What each claims and how to add one: docs/fuzzing.md.
"""

import argparse
import pathlib
import random
import sys

from . import modes
from .report import Report
from .targets import read_targets

ROOT = pathlib.Path(__file__).resolve().parents[2]


def parse(arguments):
    parser = argparse.ArgumentParser(prog="./dev fuzz", description=__doc__)
    parser.add_argument("target", nargs="?", help="one of the list, or all")
    parser.add_argument("--minutes", type=float, default=0)
    parser.add_argument("--seconds", type=float, default=0)
    parser.add_argument("--seed", type=int, help="of libFuzzer; random when not given")
    parser.add_argument("--counts", type=pathlib.Path, help="file that gets the last line")
    mode = parser.add_mutually_exclusive_group()
    mode.add_argument("--regress", action="store_true", help="the kept inputs, then a short search")
    mode.add_argument("--planted", action="store_true", help="each planted bug must be found")
    mode.add_argument("--minimise", action="store_true", help="make fuzz/corpus anew")
    mode.add_argument("--replay", type=pathlib.Path, metavar="FILE", help="one input, once")
    parsed = parser.parse_args(arguments)
    parsed.whole_seconds = round(parsed.minutes * 60 + parsed.seconds)
    if parsed.seed is None:
        parsed.seed = random.randrange(1, 2**31)
    return parser, parsed


def list_targets(targets):
    for target in targets:
        kept = len(target.kept_inputs())
        print(f"{target.name:<10} {kept:>4} kept   {target.claim}")
    print("\n./dev fuzz TARGET [--minutes N]   ./dev fuzz --regress   ./dev fuzz --planted")


def run_one(target, options, report):
    if options.replay:
        modes.replay(target, options.replay, report)
    elif options.regress:
        modes.regress(target, options.whole_seconds, options.seed, report)
    elif options.planted:
        modes.find_planted(target, options.seed, report)
    elif options.minimise:
        modes.minimise(target, report)
    else:
        modes.search(target, options.whole_seconds or 60, options.seed, report)


def main(arguments, root=ROOT):
    parser, options = parse(arguments)
    targets = read_targets(root)
    names = [target.name for target in targets]
    of_all = options.regress or options.planted or options.minimise
    if options.target is None and not of_all:
        if options.replay:
            parser.error("--replay needs the target")
        list_targets(targets)
        return 0
    if options.target not in (None, "all", *names):
        parser.error(f"no target '{options.target}'; there are: {', '.join(names)}")
    if options.replay and not options.replay.is_file():
        parser.error(f"no file {options.replay}")
    if options.target in names:
        targets = [target for target in targets if target.name == options.target]
    report = Report()
    report.say(f"seed {options.seed}")
    for target in targets:
        run_one(target, options, report)
    if options.counts:
        options.counts.write_text(report.line + "\n", encoding="utf-8")
    report.say(report.line)
    return 1 if report.failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
