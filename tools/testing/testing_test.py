"""The test runner must not be able to lose a failure: each way to fail, shown on small programs."""

import json
import os
import pathlib
import signal
import subprocess
import sys
import tempfile
import textwrap
import time
import unittest
from unittest import mock

import gtest
import program
import run_tests
import supervise
from outcome import Outcome, counts, settle
from surroundings import sanitizer_of, seed

HERE = pathlib.Path(__file__).resolve().parent

GTEST_LOG = textwrap.dedent("""\
    [ RUN      ] A.ok
    [       OK ] A.ok (0 ms)
    [ RUN      ] A.skipped
    a_test.cc:3: Skipped
    no root
    here
    [  SKIPPED ] A.skipped (0 ms)
    [ RUN      ] A.bad
    a_test.cc:6: Failure
    [  FAILED  ] A.bad (0 ms)
    [ RUN      ] A.dies
    """)


class GtestReading(unittest.TestCase):
    def test_report_counts_each_kind_of_end(self):
        report = {
            "testsuites": [
                {
                    "name": "A",
                    "testsuite": [
                        {"name": "ok", "status": "RUN", "result": "COMPLETED"},
                        {"name": "skipped", "status": "RUN", "result": "SKIPPED"},
                        {"name": "off", "status": "NOTRUN", "result": "SUPPRESSED"},
                        {
                            "name": "bad",
                            "status": "RUN",
                            "result": "COMPLETED",
                            "failures": [{"failure": "1 is not 2"}],
                        },
                    ],
                }
            ]
        }
        outcome = gtest.from_report("a_test", json.dumps(report), GTEST_LOG)
        self.assertEqual(outcome.passed, 1)
        self.assertEqual(outcome.failed, [("A.bad", "1 is not 2")])
        self.assertEqual(
            outcome.skipped, [("A.skipped", "no root here"), ("A.off", "disabled in the source")]
        )

    def test_a_program_that_dies_fails_in_the_test_it_was_in(self):
        outcome = gtest.from_log("a_test", GTEST_LOG, "killed by signal SIGSEGV")
        self.assertEqual(outcome.passed, 1)
        self.assertEqual([name for name, _ in outcome.failed], ["A.bad", "A.dies"])
        self.assertEqual(outcome.skipped, [("A.skipped", "no root here")])

    def test_programs_follow_from_the_sources(self):
        with tempfile.TemporaryDirectory() as root:
            for name in ("a/x_test.cc", "b/y_property_test.cc", "c/z.cc"):
                path = pathlib.Path(root, "src", name)
                path.parent.mkdir(parents=True)
                path.touch()
            self.assertEqual(gtest.expected_programs(root), ["a_test", "b_property_test"])


class Skips(unittest.TestCase):
    def test_ci_turns_skips_into_failures_and_a_person_sees_them_as_skips(self):
        for ci, expected in (("true", (0, 1, 0)), ("", (0, 0, 1))):
            outcome = Outcome("p")
            outcome.skip("t", "needs root")
            with mock.patch.dict(os.environ, CI=ci):
                self.assertEqual(counts([settle(outcome)]), expected)


class Seeds(unittest.TestCase):
    def test_a_given_seed_wins(self):
        with mock.patch.dict(os.environ, MUSTER_SEED="77"):
            self.assertEqual(seed(), 77)

    def test_the_sanitizer_is_read_from_the_tree(self):
        with tempfile.TemporaryDirectory() as tree:
            self.assertEqual(sanitizer_of(tree), "")
            pathlib.Path(tree, "CMakeCache.txt").write_text(
                "X:STRING=1\nMUSTER_SANITIZE:STRING=thread\n"
            )
            self.assertEqual(sanitizer_of(tree), "thread")


class Running(unittest.TestCase):
    """Real small programs under the real supervisor."""

    def setUp(self):
        directory = tempfile.TemporaryDirectory()
        self.addCleanup(directory.cleanup)
        self.directory = pathlib.Path(directory.name)
        self.run = program.Run(self.directory, "", 1, self.directory)

    def run_python(self, body, timeout=20.0):
        path = self.directory / "test_sample.py"
        head = "import os, subprocess, time, unittest\nclass T(unittest.TestCase):\n"
        path.write_text(head + textwrap.indent(textwrap.dedent(body), "    "), encoding="utf-8")
        return program.run_program(program.Program("sample", "python", path, timeout), self.run)

    def test_passed_failed_and_skipped_are_told_apart(self):
        outcome = self.run_python("""
            def test_a(self): pass
            def test_b(self): self.fail("because")
            @unittest.skip("no rights")
            def test_c(self): pass
            def test_d(self): raise OSError("broken")
            def test_e(self):
                with self.subTest(1): self.fail("sub")
            """)
        self.assertEqual(outcome.passed, 1)
        self.assertEqual(len(outcome.failed), 3)
        self.assertEqual([reason for _, reason in outcome.skipped], ["no rights"])

    def test_a_death_half_way_is_a_failure(self):
        outcome = self.run_python("""
            def test_a(self): pass
            def test_b(self): os._exit(0)
            """)
        self.assertEqual((outcome.passed, len(outcome.failed)), (1, 1))

    def test_a_program_that_never_ends_is_killed(self):
        outcome = self.run_python("def test_a(self): time.sleep(1000)", timeout=0.7)
        self.assertIn("still running after", outcome.failed[0][1])

    def test_a_file_without_tests_is_a_failure(self):
        self.assertEqual(len(self.run_python("pass").failed), 1)

    def test_a_file_that_does_not_load_is_a_failure(self):
        self.assertEqual(len(self.run_python("import no_such_module").failed), 1)

    def test_a_process_left_behind_is_a_failure_even_in_a_session_of_its_own(self):
        outcome = self.run_python("""
            def test_a(self):
                subprocess.run(["setsid", "-f", "sleep", "1234"], check=True)
            """)
        self.assertEqual(outcome.passed, 1)
        self.assertIn("sleep 1234", outcome.failed[0][1])
        pid = int(outcome.failed[0][1].split(": ")[1].split()[0])
        self.assertFalse(pathlib.Path(f"/proc/{pid}").exists())

    def test_a_sanitizer_report_is_a_failure_even_of_a_child(self):
        outcome = self.run_python(f"""
            def test_a(self):
                open({str(self.directory / "sample.sanitizer.99")!r}, "w").write("data race")
            """)
        self.assertEqual(outcome.failed, [("sample", "sanitizer: data race")])

    def test_a_missing_gtest_program_is_a_failure(self):
        missing = program.Program("x_test", "gtest", self.directory / "x_test", 5)
        self.assertEqual(len(program.run_program(missing, self.run).failed), 1)

    def test_nothing_found_is_a_failure(self):
        done = subprocess.run(
            [sys.executable, str(HERE / "run_tests.py"), "--tree", "t"],
            cwd=self.directory,
            capture_output=True,
            text=True,
            check=False,
        )
        self.assertEqual(done.returncode, 1)
        self.assertEqual(done.stdout.splitlines()[-1], "0 passed, 1 failed, 0 skipped")

    def test_an_interrupted_run_leaves_nothing(self):
        ready = self.directory / "ready"
        (self.directory / "tests").mkdir()
        (self.directory / "tests" / "test_slow.py").write_text(
            "import pathlib, subprocess, time, unittest\n"
            "class T(unittest.TestCase):\n"
            "    def test_a(self):\n"
            "        child = subprocess.Popen(['sleep', '1234'], start_new_session=True)\n"
            f"        pathlib.Path({str(ready)!r}).write_text(str(child.pid) + '\\n')\n"
            "        time.sleep(1000)\n",
            encoding="utf-8",
        )
        run = subprocess.Popen(
            [sys.executable, str(HERE / "run_tests.py"), "--tree", "t"],
            cwd=self.directory,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        while not ready.exists() or not ready.read_text(encoding="utf-8").endswith("\n"):
            self.assertIsNone(run.poll())
            time.sleep(0.02)
        run.send_signal(signal.SIGINT)
        self.assertEqual(run.wait(20), 130)
        pid = int(ready.read_text(encoding="utf-8"))
        self.assertNotIn(pid, supervise.process_parents())


class Turns(unittest.TestCase):
    def test_each_process_test_has_its_turn_and_others_always_run(self):
        programs = [
            program.Program(name, "python", pathlib.Path(name), 1)
            for name in ("storage_test", *(f"tests/test_{letter}" for letter in "abcdefgh"))
        ]
        seen = []
        for commit in (7, 8, 9):
            chosen, others = run_tests.in_this_turn(programs, 3, commit)
            names = [found.name for found in chosen]
            self.assertIn("storage_test", names)
            self.assertEqual(len(names) + len(others), len(programs))
            seen += names[1:]
        self.assertEqual(sorted(seen), sorted(found.name for found in programs[1:]))
        self.assertEqual(run_tests.in_this_turn(programs, 1, 7), (programs, []))


class Finding(unittest.TestCase):
    def test_kinds_select_programs(self):
        with tempfile.TemporaryDirectory() as directory:
            root = pathlib.Path(directory)
            for name in (
                "tests/test_a.py",
                "tests/harness.py",
                "tools/t/t_test.py",
                "src/a/a_test.cc",
            ):
                (root / name).parent.mkdir(parents=True, exist_ok=True)
                (root / name).touch()
            names = {
                kind: [found.name for found in run_tests.find_programs(root, root, [kind])]
                for kind in run_tests.KINDS
            }
            self.assertEqual(
                names,
                {
                    "property": [],
                    "process": ["tests/test_a"],
                    "unit": ["a_test"],
                    "tools": ["tools/t/t_test"],
                },
            )


if __name__ == "__main__":
    unittest.main()
