"""Runs the unittest cases of one Python file and writes one JSON line for each as it ends.

    unittest_child.py FILE REPORT

A line is {"name": …, "outcome": "passed" | "failed" | "skipped", "message": …}. The first line is
{"total": N} and the last one {"ended": true}, so that a reader knows when the process died
half-way. Imports resolve beside FILE.
"""

import importlib.util
import json
import os
import pathlib
import sys
import unittest


class StreamingResult(unittest.TextTestResult):
    """The usual text on stderr, and a line of JSON a test."""

    def __init__(self, stream, descriptions, verbosity, report):
        super().__init__(stream, descriptions, verbosity)
        self._report = report

    def say(self, **line):
        self._report.write(json.dumps(line) + "\n")
        self._report.flush()

    def addSuccess(self, test):
        super().addSuccess(test)
        self.say(name=test.id(), outcome="passed")

    def addFailure(self, test, err):
        super().addFailure(test, err)
        self.say(name=test.id(), outcome="failed", message=self.failures[-1][1])

    def addError(self, test, err):
        super().addError(test, err)
        self.say(name=test.id(), outcome="failed", message=self.errors[-1][1])

    def addSkip(self, test, reason):
        super().addSkip(test, reason)
        self.say(name=test.id(), outcome="skipped", message=reason)

    def addExpectedFailure(self, test, err):
        super().addExpectedFailure(test, err)
        self.say(name=test.id(), outcome="passed")

    def addUnexpectedSuccess(self, test):
        super().addUnexpectedSuccess(test)
        self.say(name=test.id(), outcome="failed", message="was expected to fail, and passed")

    def addSubTest(self, test, subtest, err):
        super().addSubTest(test, subtest, err)
        if err is not None:
            self.say(
                name=subtest.id(), outcome="failed", message=self._exc_info_to_string(err, test)
            )


def load(path):
    """The test cases of the file, imported under its own name."""
    sys.path.insert(0, str(path.parent))
    spec = importlib.util.spec_from_file_location(path.stem, path)
    module = importlib.util.module_from_spec(spec)
    sys.modules[path.stem] = module
    spec.loader.exec_module(module)
    return unittest.defaultTestLoader.loadTestsFromModule(module)


def main():
    path, report_path = pathlib.Path(sys.argv[1]).resolve(), sys.argv[2]
    sys.dont_write_bytecode = True
    with open(report_path, "w", encoding="utf-8") as report:
        suite = load(path)
        report.write(json.dumps({"total": suite.countTestCases()}) + "\n")
        report.flush()
        runner = unittest.TextTestRunner(
            verbosity=2,
            resultclass=lambda stream, descriptions, verbosity: StreamingResult(
                stream, descriptions, verbosity, report
            ),
        )
        result = runner.run(suite)
        report.write(json.dumps({"ended": True}) + "\n")
    return 0 if result.wasSuccessful() else 1


if __name__ == "__main__":
    status = main()
    sys.stdout.flush()
    # Threads that a test forgot must not keep the process alive.
    os._exit(status)
