"""./dev fuzz over a program that pretends to be a target: what fails must fail the command."""

import contextlib
import io
import pathlib
import sys
import tempfile
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))

from fuzzing import __main__ as command  # noqa: E402
from fuzzing import modes  # noqa: E402

# Fails for inputs that hold "bad", and finds its planted bug unless MISSES stands beside it.
PROGRAM = """#!/usr/bin/python3
import pathlib, sys
here = pathlib.Path(__file__).parent
flags = [a for a in sys.argv[1:] if a.startswith("-")]
paths = [pathlib.Path(a) for a in sys.argv[1:] if not a.startswith("-")]
prefix = next((f.partition("=")[2] for f in flags if f.startswith("-artifact_prefix=")), "")
if "--list-planted" in flags:
    print((here / "bugs").read_text())
    sys.exit(0)
def fail(data):
    pathlib.Path(prefix + "crash-1").write_bytes(data)
    print("CHECK failed: it is bad (x.cc:1) ", flush=True)
    print("Test unit written to " + prefix + "crash-1")
    print("stat::number_of_executed_units: 7")
    sys.exit(77)
if "-set_cover_merge=1" in flags:
    for path in [p for folder in paths[1:] for p in folder.iterdir()]:
        (paths[0] / path.name).write_bytes(path.read_bytes())
    sys.exit(0)
if any(f.startswith("--planted=") for f in flags) and not (here / "MISSES").exists():
    fail(b"bad" if (here / "REAL").exists() else b"fine")
files = [p for p in paths if p.is_file()]
files += [f for p in paths if p.is_dir() for f in p.iterdir()]
for path in files:
    if b"bad" in path.read_bytes():
        fail(path.read_bytes())
print("stat::number_of_executed_units: 42")
"""


class FuzzCase(unittest.TestCase):
    def setUp(self):
        directory = tempfile.TemporaryDirectory()
        self.addCleanup(directory.cleanup)
        self.root = pathlib.Path(directory.name)
        self.programs = self.root / "build/fuzz/fuzz"
        self.programs.mkdir(parents=True)
        self.kept = self.root / "fuzz/corpus/x"
        self.kept.mkdir(parents=True)
        (self.root / "fuzz/x_target.cc").write_text("// x: nothing is bad\n//\n", encoding="utf-8")
        program = self.programs / "fuzz_x"
        program.write_text(PROGRAM, encoding="utf-8")
        program.chmod(0o755)
        (self.programs / "bugs").write_text("one_bug\n", encoding="utf-8")
        (self.kept / "a").write_bytes(b"fine")

    def fuzz(self, *arguments):
        out = io.StringIO()
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(out):
            status = command.main(list(arguments), self.root)
        return status, out.getvalue()

    def refused(self, *arguments):
        with self.assertRaises(SystemExit) as raised:
            self.fuzz(*arguments)
        return raised.exception.code


class Running(FuzzCase):
    def test_lists_targets_and_their_claims(self):
        status, out = self.fuzz()
        self.assertEqual(status, 0)
        self.assertRegex(out, r"x +1 kept +nothing is bad")

    def test_a_search_prints_its_figure_and_counts(self):
        status, out = self.fuzz("x", "--seconds", "1", "--seed", "5")
        self.assertEqual(status, 0)
        self.assertIn("seed 5\n", out)
        self.assertIn("figure fuzz.x.runs 42 ", out)
        self.assertEqual(out.splitlines()[-1], "1 passed, 0 failed, 0 skipped")

    def test_a_crash_fails_and_says_how_to_replay_it(self):
        (self.kept / "b").write_bytes(b"bad")
        status, out = self.fuzz("x", "--seconds", "1")
        self.assertEqual(status, 1)
        self.assertIn("x: CHECK failed: it is bad", out)
        crash = self.root / "build/fuzz/crashes/x/crash-1"
        self.assertIn(f"replay: ./dev fuzz x --replay {crash}", out)
        self.assertTrue(crash.exists())
        status, out = self.fuzz("x", "--replay", str(crash))
        self.assertEqual(status, 1)

    def test_what_is_not_there_is_refused(self):
        self.assertEqual(self.refused("y"), 2)
        self.assertEqual(self.refused("x", "--replay", "/no/such/file"), 2)
        (self.root / "fuzz/y_target.cc").write_text("// z: another name\n", encoding="utf-8")
        self.assertIn("begin it with '// y: ", str(self.refused()))


class Regression(FuzzCase):
    def test_each_kept_input_then_a_search(self):
        status, out = self.fuzz("--regress", "--seconds", "1")
        self.assertEqual(status, 0)
        self.assertIn("figure fuzz.x.corpus 1 ", out)
        self.assertEqual(out.splitlines()[-1], "2 passed, 0 failed, 0 skipped")

    def test_a_kept_input_that_fails(self):
        (self.kept / "b").write_bytes(b"bad")
        self.assertEqual(self.fuzz("--regress")[0], 1)

    def test_a_target_without_inputs_fails(self):
        (self.kept / "a").unlink()
        status, out = self.fuzz("--regress", "--seconds", "1")
        self.assertEqual(status, 1)
        self.assertIn("nothing is kept", out)

    def test_counts_go_to_a_file(self):
        self.fuzz("--regress", "--counts", str(self.root / "counts"))
        counts = (self.root / "counts").read_text(encoding="utf-8")
        self.assertEqual(counts, "1 passed, 0 failed, 0 skipped\n")


class Planted(FuzzCase):
    def test_found(self):
        status, out = self.fuzz("--planted")
        self.assertEqual(status, 0, out)
        self.assertIn("figure fuzz.x.planted.one_bug ", out)

    def test_not_found(self):
        (self.programs / "MISSES").touch()
        status, out = self.fuzz("--planted")
        self.assertEqual(status, 1)
        self.assertIn("one_bug was not found", out)

    def test_a_bug_that_is_there_without_it_is_no_proof(self):
        (self.programs / "REAL").touch()
        status, out = self.fuzz("--planted")
        self.assertEqual(status, 1)
        self.assertIn("another bug was found", out)
        self.assertTrue((self.root / "build/fuzz/crashes/x/crash-1").exists())

    def test_a_target_without_planted_bugs_fails(self):
        (self.programs / "bugs").write_text("", encoding="utf-8")
        self.assertEqual(self.fuzz("--planted")[0], 1)


class Minimising(FuzzCase):
    def test_keeps_no_more_than_there_is_room_for(self):
        found = self.root / "build/fuzz/corpus/x"
        found.mkdir(parents=True)
        for i in range(300):
            (found / f"f{i}").write_bytes(b"y" * i)
        self.assertEqual(self.fuzz("x", "--minimise")[0], 0)
        kept = list(self.kept.iterdir())
        self.assertLess(len(kept), modes.MOST_KEPT_FILES)
        self.assertLessEqual(sum(p.stat().st_size for p in kept), modes.MOST_KEPT_BYTES)
        self.assertGreater(len(kept), modes.MOST_KEPT_FILES // 2)
        self.assertIn("f0", [path.name for path in kept])


if __name__ == "__main__":
    unittest.main()
