"""Branch coverage of folders of src/ by their unit and property tests.

Fails when a folder is below the threshold, a test fails, a comment excludes nothing, or a source is
linked into no test program. The programs must be built in the tree (./dev coverage does).
"""

import argparse
import pathlib
import sys

from . import branches, exclusions, profile, report, shipped

FOLDERS = ("engine", "protocol", "storage")


def parse_arguments():
    parser = argparse.ArgumentParser(prog="./dev coverage", description=__doc__)
    parser.add_argument("--tree", type=pathlib.Path, default="build/coverage")
    parser.add_argument(
        "--least", type=float, default=95.0, metavar="PERCENT", help="per folder; default 95"
    )
    parser.add_argument(
        "--uncovered",
        nargs="?",
        const="src/",
        metavar="PATH",
        help="also print the outcomes that no test took, of all files or below PATH",
    )
    parser.add_argument("--no-run", action="store_true", help="read the last run again")
    parser.add_argument("--counts", type=pathlib.Path, help="file that gets the last line")
    return parser.parse_args()


def programs_of(texts):
    """The test programs of the folders, property tests apart: those that are built with seeded bugs
    may not say which branches there are."""
    plain, with_seeds = [], []
    for folder in FOLDERS:
        tests = [
            path
            for path in texts
            if path.startswith(f"src/{folder}/") and path.endswith("_test.cc")
        ]
        property_tests = [path for path in tests if path.endswith("_property_test.cc")]
        if len(tests) > len(property_tests):
            plain.append(f"{folder}_test")
        if property_tests:
            with_seeds.append(f"{folder}_property_test")
    return plain, with_seeds


def measure(root, tree, texts):
    """(outcomes of the shipped files, findings that fail the run)."""
    plain, with_seeds = programs_of(texts)
    defining = [profile.export(root / tree, program) for program in plain]
    adding = [profile.export(root / tree, program) for program in with_seeds]
    counts = branches.merge(defining, adding, str(root))
    product = {path for folder in FOLDERS for path in shipped.shipped_files(texts, folder)}
    counts = {branch: taken for branch, taken in counts.items() if branch.path in product}
    sources = exclusions.Sources(lambda path: (root / path).read_text(encoding="utf-8"))
    outcomes, useless = exclusions.judge(counts, sources)
    findings = [f"{path}:{line}: this comment excludes nothing" for path, line in useless]
    measured = branches.files_measured(defining, str(root))
    for path in sorted(product - measured):
        if path.endswith(".cc"):
            findings.append(f"{path}: no test program has it")
    return outcomes, findings


def show(figures, total, findings, least):
    """Prints the table; returns the number of folders that are good, and of those that are not."""
    print("branch coverage by unit and property tests:")
    for folder, part in figures.items():
        print(f"  {f'src/{folder}':14} {part}")
    print(f"  {'all':14} {total}")
    low = [folder for folder, part in figures.items() if part.percent() < least]
    for folder in low:
        print(f"src/{folder} is below {least:g} %; to see what is missing:")
        print(f"  ./dev coverage --no-run --uncovered src/{folder}")
    for finding in findings:
        print(finding)
    return len(figures) - len(low), len(low)


def main():
    arguments = parse_arguments()
    root = pathlib.Path(__file__).resolve().parents[2]
    texts = {
        str(path.relative_to(root)): path.read_text(encoding="utf-8")
        for path in sorted((root / "src").rglob("*"))
        if path.suffix in (".cc", ".h")
    }
    failed = 0
    if not arguments.no_run:
        for program in sum(programs_of(texts), []):
            failed += not profile.run_program(root, arguments.tree, program)
    try:
        outcomes, findings = measure(root, arguments.tree, texts)
    except profile.NothingCounted as problem:
        print(problem, file=sys.stderr)
        outcomes, findings = [], [str(problem)]
    figures = report.by_folder(outcomes, FOLDERS)
    total = report.sum_of(figures)
    if arguments.uncovered:
        print("\n".join(report.uncovered_lines(outcomes, arguments.uncovered)))
    good, low = show(figures, total, findings, arguments.least)
    print("\n".join(report.figure_lines(figures, total)))
    failed += low + len(findings)
    line = f"{good} passed, {failed} failed, 0 skipped"
    if arguments.counts:
        arguments.counts.write_text(line + "\n", encoding="utf-8")
    print(line)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
