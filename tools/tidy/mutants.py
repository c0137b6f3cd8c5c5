"""The seeded bugs (src/base/mutant.h) and sim/mutants.tsv name the same ones, both ways.

The table says what promise each breaks and in which situation somebody outside notices. Several
places may belong to one bug, if they stand in one file.
"""

import re

from .source import Finding, line_of

TABLE = "sim/mutants.tsv"
COLUMNS = ("name", "file", "promise", "shows when", "author")
AUTHORS = ("seen", "unseen")  # whether who wrote it knew the simulator's checkers
LEAST_MUTANTS = 60
LEAST_FILES = 8

_IN_CODE = re.compile(r"\bMUSTER_MUTANT\(([^)]*)\)")
_HOME = "src/base/mutant.h"


def mutants_in(sources):
    """{name: {path: line where it first stands}} of what is seeded in src/."""
    found = {}
    for source in sources:
        if source.is_cpp and source.path.startswith("src/") and source.path != _HOME:
            for match in _IN_CODE.finditer(source.code):
                line = line_of(source.code, match.start())
                found.setdefault(match[1], {}).setdefault(source.path, line)
    return found


def rows_of(table):
    """[(line, fields)], without the heading."""
    return [(number, line.split("\t")) for number, line in enumerate(table.lines, 1)][1:]


def check_row(line, fields):
    if len(fields) != len(COLUMNS) or not all(field.strip() for field in fields):
        return f"give all of: {', '.join(COLUMNS)}"
    if not re.fullmatch(r"[a-z][a-z0-9_]+", fields[0]):
        return f"name the bug in snake_case, not {fields[0]}"
    if fields[4] not in AUTHORS:
        return f"author is one of {', '.join(AUTHORS)}"
    return None


def check_table(table, seeded):
    def finding(line, rule, message):
        return Finding(TABLE, line, rule, message)

    findings, files, seen = [], set(), {}
    if not table.lines or tuple(table.lines[0].split("\t")) != COLUMNS:
        findings.append(finding(1, "mutant-row", f"begin with the heading {', '.join(COLUMNS)}"))
    for line, fields in rows_of(table):
        wrong = check_row(line, fields)
        if wrong:
            findings.append(finding(line, "mutant-row", wrong))
            continue
        name, path = fields[0], fields[1]
        if name in seen:
            message = f"{name} stands in line {seen[name]}, too: a name is one bug"
            findings.append(finding(line, "mutant-name", message))
        seen[name] = line
        files.add(path)
        if path not in seeded.get(name, {}):
            message = f"{path} has no MUSTER_MUTANT({name}): drop the row, or correct it"
            findings.append(finding(line, "mutant-row", message))
    if len(seen) < LEAST_MUTANTS or len(files) < LEAST_FILES:
        message = (
            f"{len(seen)} bugs in {len(files)} files; there are to be {LEAST_MUTANTS} in "
            f"{LEAST_FILES}: a simulator that finds few bugs shows little"
        )
        findings.append(finding(1, "mutant-count", message))
    return findings


def check_code(seeded, table):
    listed = {fields[0]: fields[1] for _, fields in rows_of(table) if len(fields) > 1}
    findings = []
    for name, places in sorted(seeded.items()):
        for path, line in places.items():
            if listed.get(name) == path:
                continue
            message = (
                f"{name} belongs to {listed[name]}: another bug has another name"
                if name in listed
                else f"describe {name} in {TABLE}"
            )
            findings.append(Finding(path, line, "mutant-row", message))
    return findings


def check(sources):
    table = next((source for source in sources if source.path == TABLE), None)
    seeded = mutants_in(sources)
    if table is None:
        return [
            Finding(path, line, "mutant-row", f"describe {name} in {TABLE}")
            for name, places in seeded.items()
            for path, line in places.items()
        ]
    return check_table(table, seeded) + check_code(seeded, table)
