"""Prints every finding of every rule; the status is 0 only if there is none."""

import argparse
import pathlib
import sys
import time

from . import documents, includes, mutants, purity, shape, words
from .source import read_sources

FAMILIES = (shape, includes, purity, words, documents, mutants)


def main():
    parser = argparse.ArgumentParser(prog="./dev tidy", description=__doc__)
    parser.add_argument("--counts", type=pathlib.Path, help="file that gets the last line")
    arguments = parser.parse_args()
    started = time.monotonic()
    sources = read_sources(pathlib.Path(__file__).resolve().parents[2])
    held, findings = 0, []
    for family in FAMILIES:
        found = family.check(sources)
        held += not found
        findings += found
    for finding in sorted(findings, key=lambda finding: (finding.path, finding.line)):
        print(finding)
    line = f"{held} passed, {len(findings)} failed, 0 skipped"
    if arguments.counts:
        arguments.counts.write_text(line + "\n", encoding="utf-8")
    seconds = time.monotonic() - started
    print(f"tidy: {len(sources)} files, {len(findings)} findings in {seconds:.1f} s")
    return 1 if findings else 0


if __name__ == "__main__":
    sys.exit(main())
