"""The proof must not be able to lose a failure, or to claim what was not run."""

import contextlib
import dataclasses
import io
import pathlib
import signal
import subprocess
import sys
import tempfile
import time
import unittest
from unittest import mock

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))

from proof import ci_run, long_run, parts, promises, report, run, totals
from proof.outcome import Outcome, join_figures, read_outcome

ROOT = parts.ROOT


def part(name="p", command=("true",), fast=5, per_minute=60, **more):
    return parts.Part(name, "it", (1,), command, fast, per_minute, "units", **more)


class Reading(unittest.TestCase):
    GOOD = "seed 5\nfigure a.kills 12 kills\nfigure a.b 3\n7 passed, 0 failed, 1 skipped\n"

    def test_figures_and_counts(self):
        outcome = read_outcome(self.GOOD, 0)
        self.assertEqual((outcome.passed, outcome.failed, outcome.skipped), (7, 0, 1))
        self.assertEqual(outcome.figures, {"a.kills": 12, "a.b": 3})
        self.assertEqual(outcome.meanings["a.kills"], "kills")

    def test_each_way_to_end_badly_is_a_failure(self):
        for text, status, timed_out in (
            ("", 0, False),
            ("0 passed, 0 failed, 0 skipped\n", 0, False),
            ("7 passed, 0 failed\n", 1, False),
            ("7 passed, 0 failed\n", -9, False),
            ("7 passed, 0 failed\nTraceback\n", 1, True),
        ):
            self.assertGreater(read_outcome(text, status, timed_out).failed, 0, text)
        self.assertEqual(read_outcome("7 passed, 2 failed\n", 1).failed, 2)

    def test_figures_add_up_but_measures_of_a_run_do_not(self):
        one = {"kills": 3, "late_ms": 9, "ops_per_s": 100, "only": 1}
        other = {"kills": 4, "late_ms": 5, "ops_per_s": 80}
        self.assertEqual(
            join_figures(one, other),
            {"kills": 7, "late_ms": 9, "ops_per_s": 80, "only": 1},
        )
        worse = join_figures({"a.ok_per_mille": 990}, {"a.ok_per_mille": 950})
        self.assertEqual(worse, {"a.ok_per_mille": 950})


class Running(unittest.TestCase):
    """Real small programs under the real supervisor."""

    def run_script(self, script, **more):
        command = (parts.PYTHON, "-c", script, "{seed}", "{amount}")
        done = run.run_part(part(f"test-{id(self)}", command, **more), 7, 2)
        for path in (ROOT / done.log, (ROOT / done.log).with_suffix(".report")):
            self.addCleanup(path.unlink, missing_ok=True)
        return done

    def test_seed_and_amount_arrive_and_the_figures_come_back(self):
        done = self.run_script(
            "import sys; print('figure a.b', sys.argv[1] + sys.argv[2], 'x');"
            "print('1 passed, 0 failed')"
        )
        self.assertEqual(done.outcome.figures, {"a.b": 72})
        self.assertEqual(done.outcome.failed, 0)
        self.assertIn(" 7 2", done.replay)
        self.assertIn("MUSTER_BINARY=", done.replay)

    def test_a_death_and_a_process_left_behind_are_failures(self):
        dead = self.run_script("import os; print('1 passed, 0 failed', flush=True); os.abort()")
        self.assertEqual(dead.outcome.failed, 1)
        left = self.run_script(
            "import subprocess; subprocess.run(['setsid', '-f', 'sleep', '1234']);"
            "print('1 passed, 0 failed')"
        )
        self.assertIn("sleep 1234", left.outcome.why)

    def test_what_is_stuck_is_killed(self):
        with mock.patch.multiple(run, SLACK=0, GRACE_SECONDS=0.5):
            stuck = self.run_script("import time; time.sleep(100)")
        self.assertIn("still running", stuck.outcome.why)


class LongRuns(unittest.TestCase):
    def setUp(self):
        directory = tempfile.TemporaryDirectory()
        self.addCleanup(directory.cleanup)
        self.totals = totals.Totals(directory.name)
        self.clock = 0.0
        self.ran = []

    def fake_run(self, shown, seed, amount):
        self.ran.append((shown.name, amount))
        self.clock += shown.seconds(amount)
        failed = int(shown.name == "bad")
        outcome = Outcome(1, failed, 0, {f"{shown.name}.n": amount}, {f"{shown.name}.n": "units"})
        if shown.name == "stop":
            raise KeyboardInterrupt
        seconds = shown.seconds(amount)
        return run.Run(shown, seed, amount, seconds, outcome, pathlib.Path("x"), "again")

    def proof(self, *shown):
        with mock.patch.object(long_run, "last_lines", lambda run: []):
            proof = long_run.LongRun(
                shown, self.totals, lambda: None, self.fake_run, lambda: self.clock
            )
            with contextlib.redirect_stdout(io.StringIO()) as self.out:
                self.ended = proof.run(self.seconds)
        return proof

    def test_time_is_shared_in_rounds(self):
        self.seconds = 7200
        once = part("once", per_minute=None, fast=1)
        self.proof(part("a", share=3.0), part("b", share=1.0), once)
        seconds = {name: sum(n for other, n in self.ran if other == name) for name in "ab"}
        self.assertAlmostEqual(seconds["a"], 3 * seconds["b"], delta=5)
        self.assertEqual([name for name, _ in self.ran].count("once"), 1)
        self.assertGreaterEqual([name for name, _ in self.ran].count("a"), 4)
        self.assertLess(abs(self.clock - 7200), 120)

    def test_a_short_run_looks_at_everything_once(self):
        self.seconds = 10
        self.proof(part("a"), part("b"))
        self.assertEqual(self.ran, [("a", 5), ("b", 5)])

    def test_a_failure_is_counted_kept_and_no_reason_to_stop(self):
        self.seconds = 20
        proof = self.proof(part("bad"), part("good"))
        self.assertEqual((proof.sum.passed, proof.sum.failed), (2, 1))
        self.assertIn("replay: again", self.out.getvalue())
        lines = self.totals.by_part()
        self.assertEqual(len(lines["bad"].bad_seeds), 1)
        self.assertEqual(lines["good"].bad_seeds, [])

    def test_an_interruption_keeps_what_was_done(self):
        self.seconds = 60
        self.proof(part("a"), part("stop"), part("b"))
        self.assertFalse(self.ended)
        self.assertEqual(set(self.totals.by_part()), {"a"})


class Interrupting(unittest.TestCase):
    def test_ctrl_c_ends_the_part_with_all_it_started(self):
        with tempfile.TemporaryDirectory() as directory:
            ready = pathlib.Path(directory, "ready")
            script = (
                "import pathlib, subprocess, time\n"
                "child = subprocess.Popen(['sleep', '1234'], start_new_session=True)\n"
                f"pathlib.Path({str(ready)!r}).write_text(str(child.pid) + chr(10))\n"
                "time.sleep(1000)\n"
            )
            program = (
                "import sys\n"
                f"sys.path.insert(0, {str(ROOT / 'tools')!r})\n"
                "from proof import parts, run\n"
                f"command = (parts.PYTHON, '-c', {script!r})\n"
                "run.run_part(parts.Part('ctrl-c', '', (1,), command, 1, 60, ''), 1, 1)\n"
            )
            child = subprocess.Popen([parts.PYTHON, "-c", program], stderr=subprocess.DEVNULL)
            while not ready.exists() or not ready.read_text().endswith("\n"):
                self.assertIsNone(child.poll())
                time.sleep(0.02)
            child.send_signal(signal.SIGINT)
            self.assertNotEqual(child.wait(20), 0)
            pid = int(ready.read_text())
        self.assertFalse(pathlib.Path(f"/proc/{pid}").exists())
        (ROOT / run.LOGS / "ctrl-c-1.log").unlink()


class TotalsFiles(unittest.TestCase):
    def test_runs_of_a_day_commit_and_part_are_one_line(self):
        with tempfile.TemporaryDirectory() as directory:
            kept = totals.Totals(directory)
            for seed, failed in ((1, 0), (2, 1)):
                outcome = Outcome(5, failed, 0, {"p.n": 4, "p.late_ms": seed})
                line = totals.run_line("2030-01-02", "abc", "p", seed, 9.6, outcome)
                kept.add(line, {"p.n": "units"})
            kept.add(totals.run_line("2030-01-03", "abc", "p", 3, 1, Outcome(1)), {})
            first, second = kept.lines()
            text = pathlib.Path(directory, "proof_totals.tsv").read_text(encoding="utf-8")
            self.assertEqual(kept.meanings(), {"p.n": "units"})
        self.assertEqual((first.runs, first.seconds, first.passed, first.failed), (2, 20, 10, 1))
        self.assertEqual((first.bad_seeds, first.figures), ([2], {"p.n": 8, "p.late_ms": 2}))
        self.assertEqual(second.date, "2030-01-03")
        self.assertEqual(text.splitlines()[0], totals.HEADER)

    def test_another_file_is_not_taken_for_ours(self):
        with tempfile.TemporaryDirectory() as directory:
            pathlib.Path(directory, "proof_totals.tsv").write_text("a\tb\n")
            with self.assertRaises(ValueError):
                totals.Totals(directory).lines()


class Ci(unittest.TestCase):
    def test_every_part_runs_and_every_part_gets_its_turn(self):
        shown = [part("a"), part("b"), part("c"), part("fixed", per_minute=None)]
        turns = set()
        for commit in range(40):
            runs, chosen = ci_run.choose(shown, f"{commit:040x}"[-12:])
            self.assertEqual([fast for _, _, fast in runs], [True] * 4 + [False])
            self.assertGreater(runs[-1][1], chosen.fast)
            turns.add(chosen.name)
        self.assertEqual(turns, {"a", "b", "c"})

    def test_it_says_what_it_skipped_and_adds_up(self):
        def fake(shown, seed, amount, fast):
            return run.Run(shown, seed, amount, 1.0, Outcome(2, 0, 1), pathlib.Path("x"), "again")

        with contextlib.redirect_stdout(io.StringIO()) as out:
            total = ci_run.run_ci([part("a"), part("b")], "0" * 40, fake)
        self.assertEqual((total.passed, total.skipped), (6, 3))
        self.assertIn("a had a longer turn; short form only: b", out.getvalue())


class Reports(unittest.TestCase):
    def report(self, figures=(), failed=0, shown=None):
        line = totals.Line("2030-01-02", "abc", "kill_loop", 2, 7200, 10, failed)
        line.figures, line.bad_seeds = dict(figures), [77] if failed else []
        return report.report({"kill_loop": line}, {"x.n": "things"}, shown or parts.PARTS)

    def test_a_promise_without_its_parts_is_not_shown(self):
        text = self.report(shown=[part("kill_loop")])
        row = next(line for line in text.splitlines() if line.startswith("| 12 |"))
        self.assertIn("*not yet*: awaits `small_worlds`", row)
        with_part = [part("kill_loop"), dataclasses.replace(part("small_worlds"), rows=(12,))]
        row = next(line for line in self.report(shown=with_part).splitlines() if "| 12 |" in line)
        self.assertNotIn("not yet", row)

    def test_a_goal_is_a_matter_of_sums(self):
        for restarts, met in ((999, False), (1000, True)):
            text = self.report({"restart.restarts": restarts})
            row = next(line for line in text.splitlines() if line.startswith("| 7 |"))
            self.assertEqual("so far" not in row, met, row)

    def test_failures_and_their_seeds_stand_there(self):
        text = self.report(failed=3)
        self.assertIn("**3 failed**", text)
        self.assertIn("* `kill_loop`: 77", text)

    def test_the_document_is_what_the_tool_makes(self):
        kept = totals.Totals(ROOT / "docs")
        made = report.report(kept.by_part(), kept.meanings())
        there = (ROOT / "docs/reliability.md").read_text(encoding="utf-8")
        self.assertEqual(there, made, "./dev proof --report")


class Table(unittest.TestCase):
    def test_every_part_exists_and_takes_seed_and_amount(self):
        for shown in parts.PARTS:
            with self.subTest(shown.name):
                self.assertTrue((ROOT / shown.script()).exists())
                if shown.per_minute is not None:
                    self.assertIn("{amount}", shown.command)
                self.assertLessEqual(shown.seconds(shown.fast), 260)

    def test_names_and_rows_are_known(self):
        names = [shown.name for shown in parts.PARTS]
        self.assertEqual(len(names), len(set(names)))
        rows = [promise.row for promise in promises.PROMISES]
        self.assertEqual(rows, list(range(1, 17)))
        for shown in parts.PARTS:
            self.assertLessEqual(set(shown.rows), set(rows))


if __name__ == "__main__":
    unittest.main()
