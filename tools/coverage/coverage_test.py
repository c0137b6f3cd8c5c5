"""What is counted, what is not, and that a run can fail: on small exports and on real ones."""

import pathlib
import shutil
import subprocess
import sys
import tempfile
import textwrap
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))

from coverage import branches, exclusions, profile, report, seeded, shipped

ROOT = "/project"


def function(path, conditions, macros=()):
    """A function as llvm-cov exports it. `conditions`: (line, column, end, true, false); `macros`:
    (line, column, true, false), each used there and branching in src/base/check.h:28."""
    names = [f"{ROOT}/{path}"] + [f"{ROOT}/src/base/check.h"] * len(macros)
    exported = [[line, at, line, end, yes, no, 0, 0, 4] for line, at, end, yes, no in conditions]
    regions = []
    for number, (line, column, yes, no) in enumerate(macros, 1):
        exported.append([28, 9, 28, 21, yes, no, number, 0, 4])
        regions.append([line, column, line, column + 5, yes + no, 0, number, 1])
    return {"filenames": names, "branches": exported, "regions": regions}


def export(*functions):
    return {"data": [{"functions": list(functions)}]}


def judge(text, defining, adding=(), path="src/engine/a.cc"):
    sources = exclusions.Sources({path: text, "src/base/check.h": "\n" * 40}.__getitem__)
    counts = branches.merge(list(defining), list(adding), ROOT)
    outcomes, useless = exclusions.judge(counts, sources)
    return {(o.text, o.answer): (o.taken, o.excluded) for o in outcomes}, useless


class Merging(unittest.TestCase):
    def test_any_instantiation_in_any_program_counts(self):
        one = export(
            function("src/engine/a.cc", [(1, 5, 6, 0, 0)]),
            function("src/engine/a.cc", [(1, 5, 6, 3, 0)]),
        )
        two = export(function("src/engine/a.cc", [(1, 5, 6, 0, 1)]))
        outcomes, _ = judge("if (a) b();", [one, two])
        self.assertEqual(outcomes, {("a", "true"): (True, None), ("a", "false"): (True, None)})

    def test_what_no_program_takes_is_untaken(self):
        outcomes, _ = judge("if (a) b();", [export(function("src/engine/a.cc", [(1, 5, 6, 3, 0)]))])
        self.assertEqual(outcomes[("a", "false")], (False, None))

    def test_programs_with_seeded_bugs_add_counts_and_no_branches(self):
        plain = export(function("src/engine/a.cc", [(1, 5, 6, 1, 0)]))
        with_bugs = export(function("src/engine/a.cc", [(1, 5, 6, 0, 1), (1, 8, 9, 0, 0)]))
        outcomes, _ = judge("if (a) b();", [plain], [with_bugs])
        self.assertEqual(set(outcomes), {("a", "true"), ("a", "false")})
        self.assertEqual(outcomes[("a", "false")], (True, None))

    def test_a_condition_from_a_macro_stands_where_the_macro_is_used(self):
        counts = branches.merge(
            [export(function("src/engine/a.cc", [], [(7, 3, 0, 9)]))], [], ROOT
        )
        (branch,) = counts
        self.assertEqual((branch.path, branch.line, branch.column), ("src/engine/a.cc", 7, 3))
        self.assertTrue(branch.from_macro)


class Excluding(unittest.TestCase):
    def test_a_check_counts_as_reached_and_its_failure_is_not_asked_for(self):
        text = "  CHECK(a);\n  CHECK(b);\n"
        held = function("src/engine/a.cc", [], [(1, 3, 0, 5), (2, 3, 0, 0)])
        outcomes, _ = judge(text, [export(held)])
        self.assertEqual(outcomes[("CHECK(a);", "reached")], (True, None))
        self.assertEqual(outcomes[("CHECK(b);", "reached")], (False, None))
        self.assertEqual(outcomes[("CHECK(a);", "fails")], (False, "check"))

    def test_another_macro_is_an_ordinary_condition(self):
        used = function("src/engine/a.cc", [], [(1, 3, 0, 5)])
        counts = branches.merge([export(used)], [], ROOT)
        text = {"src/engine/a.cc": "  CHECKED(a);\n", "src/base/check.h": "\n" * 40}
        outcomes, _ = exclusions.judge(counts, exclusions.Sources(text.__getitem__))
        self.assertEqual([o.excluded for o in outcomes], [None, None])

    def test_no_case_of_a_switch(self):
        text = "switch (kind) {"
        outcomes, _ = judge(text, [export(function("src/engine/a.cc", [(1, 9, 13, 0, 4)]))])
        self.assertEqual(outcomes, {("kind", "no case applies"): (False, "switch")})

    def test_a_comment_excludes_what_is_untaken_and_only_that(self):
        text = "if (a) b();  // not covered: why\n// not covered: two\n// lines\nif (c) d();\n"
        both = function("src/engine/a.cc", [(1, 5, 6, 3, 0), (4, 5, 6, 0, 7)])
        outcomes, useless = judge(text, [export(both)])
        self.assertEqual(outcomes[("a", "true")], (True, None))
        self.assertEqual(outcomes[("a", "false")], (False, "comment"))
        self.assertEqual(outcomes[("c", "true")], (False, "comment"))
        self.assertEqual(useless, [])

    def test_a_comment_that_excludes_nothing_is_found(self):
        text = "if (a) b();  // not covered: it is by now\n"
        _, useless = judge(text, [export(function("src/engine/a.cc", [(1, 5, 6, 3, 1)]))])
        self.assertEqual(useless, [("src/engine/a.cc", 1)])


class Seeded(unittest.TestCase):
    def dead(self, text):
        """What of the text is dead, pieces joined."""
        return "|".join(text[start:end].strip() for start, end in seeded.dead_spans(text))

    def test_each_form(self):
        for text, dead in (
            ("if (MUSTER_MUTANT(a) && b(x) && c) d();", "&& b(x) && c|d();"),
            ("if (b && MUSTER_MUTANT(a)) { if (c) d(); } e();", "{ if (c) d(); }"),
            ("if (MUSTER_MUTANT(a) || b) c();", ""),
            ("if (b && !MUSTER_MUTANT(a)) c();", ""),
            ("if (!MUSTER_MUTANT(a) || b) c();", "|| b"),
            ("return MUSTER_MUTANT(a) ? b(c) : d;", "? b(c)"),
            ("return min(x, MUSTER_MUTANT(a) ? *y : *z);", "? *y"),
            ("if (f(MUSTER_MUTANT(a))) c();", ""),
            ('if (a) b();  // if (MUSTER_MUTANT(a)) x\nc("MUSTER_MUTANT(a) && x");', ""),
        ):
            self.assertEqual(self.dead(text), dead, text)

    def test_conditions_there_are_excluded(self):
        text = "if (MUSTER_MUTANT(a) && b) c();"
        shown = function("src/engine/a.cc", [(1, 5, 21, 0, 0), (1, 25, 26, 0, 0)])
        outcomes, _ = judge(text, [export(shown)])
        self.assertEqual({excluded for _, excluded in outcomes.values()}, {"seeded"})


class Shipped(unittest.TestCase):
    def test_headers_that_only_tests_include_are_not_the_product(self):
        texts = {
            "src/engine/a.cc": '#include "engine/a.h"\n',
            "src/engine/a.h": '#include "engine/part.h"\n#include <map>\n',
            "src/engine/part.h": "",
            "src/engine/fixture.h": "",
            "src/engine/a_test.cc": '#include "engine/fixture.h"\n',
            "src/engine/above.h": "",
            "src/server/b.cc": '#include "engine/above.h"\n',
        }
        self.assertEqual(
            shipped.shipped_files(texts, "engine"),
            {f"src/engine/{name}" for name in ("a.cc", "a.h", "part.h", "above.h")},
        )


class Reporting(unittest.TestCase):
    def test_excluded_outcomes_change_no_percentage(self):
        text = "if (a) b();\nif (c) d();  // not covered: why\n"
        both = function("src/engine/a.cc", [(1, 5, 6, 3, 0), (2, 5, 6, 0, 0)])
        sources = exclusions.Sources(lambda path: text)
        outcomes, _ = exclusions.judge(branches.merge([export(both)], [], ROOT), sources)
        figures = report.by_folder(outcomes, ["engine", "storage"])
        self.assertEqual((figures["engine"].taken, figures["engine"].asked), (1, 2))
        self.assertEqual(figures["engine"].excluded.total(), 2)
        self.assertEqual(figures["storage"].percent(), 0.0, "nothing measured is not full")
        self.assertEqual(
            report.uncovered_lines(outcomes, "src/"), ["src/engine/a.cc:1: false: a"]
        )


@unittest.skipUnless(shutil.which("clang++-19"), "needs clang-19 and llvm-19 (./dev coverage)")
class RealExports(unittest.TestCase):
    """The field numbers above, against the compiler that writes them."""

    SOURCE = """\
        #define CHECK(condition) do { if (!(condition)) __builtin_abort(); } while (false)
        enum class Kind { kA, kB };
        template <class T> bool small(T value) { return value < 10; }
        int f(int a, Kind kind) {
          CHECK(a != 4 && a != 5);
          switch (kind) {
            case Kind::kA: return 1;
            case Kind::kB: break;
          }
          if (small(a) || small(1.0 * a)) return 2;
          return 3;
        }
        int main(int argc, char**) { return f(argc, Kind::kA) + f(argc, Kind::kB) > 99; }
        """

    def test_a_program_from_source_to_outcomes(self):
        with tempfile.TemporaryDirectory() as directory:
            folder = pathlib.Path(directory)
            source = folder / "src" / "engine" / "a.cc"
            source.parent.mkdir(parents=True)
            source.write_text(textwrap.dedent(self.SOURCE), encoding="utf-8")
            flags = ["-fprofile-instr-generate", "-fcoverage-mapping", "-std=c++20"]
            subprocess.run(["clang++-19", *flags, "-o", folder / "program", source], check=True)
            profiles = profile.profile_folder(folder, "program")
            profiles.mkdir(parents=True)
            with self.assertRaises(profile.NothingCounted):
                profile.export(folder, "program")
            subprocess.run(
                [folder / "program"],
                env={"LLVM_PROFILE_FILE": str(profiles / "%p.profraw")},
                check=True,
            )
            exported = profile.export(folder, "program")
            sources = exclusions.Sources(lambda path: (folder / path).read_text("utf-8"))
            outcomes, _ = exclusions.judge(branches.merge([exported], [], str(folder)), sources)
        found = {(o.branch.line, o.answer): (o.taken, o.excluded) for o in outcomes}
        self.assertEqual(found[(5, "reached")], (True, None))
        self.assertEqual(found[(5, "fails")], (False, "check"))
        self.assertEqual(found[(6, "no case applies")], (False, "switch"))
        self.assertEqual(found[(7, "true")], (True, None))
        by_text = {(o.text, o.answer): o.taken for o in outcomes}
        self.assertTrue(by_text[("small(a)", "true")])
        self.assertFalse(by_text[("small(a)", "false")])
        self.assertFalse(by_text[("small(1.0 * a)", "true")])


if __name__ == "__main__":
    unittest.main()
