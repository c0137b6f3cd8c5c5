"""GoogleTest programs: which there must be, and what they said."""

import json
import pathlib
import re

from outcome import Outcome

# Folders of one library each: where foo_test.cc stands there is a program FOLDER_test.
LIBRARIES = ("src/*/", "fuzz/")


def expected_programs(root):
    """Names of the unit and property test programs that the sources call for."""
    names = []
    for libraries in LIBRARIES:
        for folder in sorted(pathlib.Path(root).glob(libraries)):
            tests = [path.name for path in folder.glob("*_test.cc")]
            property_tests = [name for name in tests if name.endswith("_property_test.cc")]
            if len(tests) > len(property_tests):
                names.append(f"{folder.name}_test")
            if property_tests:
                names.append(f"{folder.name}_property_test")
    return names


def skip_reasons(log):
    """{test name: reason}: GoogleTest 1.12 prints the reason but does not put it into its JSON."""
    pattern = re.compile(
        r"^\[ RUN      \] (?P<name>\S+)\n(?P<text>(?:(?!\[ RUN ).*\n)*?)\[  SKIPPED \] (?P=name)",
        re.M,
    )
    reasons = {}
    for match in pattern.finditer(log):
        reason = re.sub(r"^.*: Skipped\n", "", match["text"], flags=re.M)
        reasons[match["name"]] = " ".join(reason.split())
    return reasons


def add_case(outcome, name, case, reasons):
    if case.get("failures"):
        outcome.fail(name, "\n".join(failure["failure"] for failure in case["failures"]))
    elif case["result"] == "SKIPPED":
        outcome.skip(name, reasons.get(name, ""))
    elif case["status"] == "NOTRUN":
        outcome.skip(name, "disabled in the source")
    else:
        outcome.passed += 1


def from_report(program, report_text, log):
    """Outcome of a program that ran to its end and wrote its JSON."""
    outcome = Outcome(program)
    reasons = skip_reasons(log)
    for suite in json.loads(report_text)["testsuites"]:
        for case in suite["testsuite"]:
            add_case(outcome, f"{suite['name']}.{case['name']}", case, reasons)
    return outcome


def from_log(program, log, why):
    """Outcome of a program that died: what it printed until then, and the test it died in."""
    outcome = Outcome(program)
    running = None
    for tag, name in re.findall(r"^\[ *(RUN|OK|FAILED|SKIPPED) *\] ([\w/]+\.[\w/]+)", log, re.M):
        if tag == "RUN":
            running = name
        elif running == name:
            running = None
            if tag == "OK":
                outcome.passed += 1
            elif tag == "FAILED":
                outcome.fail(name, "see the log")
            else:
                outcome.skip(name, skip_reasons(log).get(name, ""))
    outcome.fail(running or program, why)
    return outcome
