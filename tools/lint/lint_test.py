"""What is checked for what changed, and that a finding cannot get lost."""

import pathlib
import shutil
import tempfile
import time
import unittest

import lint


class Choosing(unittest.TestCase):
    def test_headers_and_tests_stand_for_the_source_beside_them(self):
        there = {"src/client/e.cc"}
        there |= {"src/a.cc", "src/a_test.cc", "src/b.cc", "src/only_test.cc", "bench/c.cc"}
        changed = ["src/a.h", "src/a_test.cc", "src/b_property_test.cc", "src/only_test.cc"]
        changed += ["bench/c.cc", "docs/d.md", "src/gone.cc", "include/muster/e.h"]
        self.assertEqual(
            lint.sources_for(changed, there.__contains__),
            [
                *("src/a.cc", "src/a_test.cc", "src/b.cc", "src/only_test.cc", "bench/c.cc"),
                "src/client/e.cc",
            ],
        )


class Checking(unittest.TestCase):
    def test_one_finding_of_a_header_counts_once_and_clean_sources_pass(self):
        found = {"a": ["h.h:1:1: x"], "b": ["h.h:1:1: x", "b:2:2: y"], "c": []}
        clean, findings, left = lint.check_all("abc", found.get, float("inf"), 2)
        self.assertEqual((clean, findings, left), (["c"], ["h.h:1:1: x", "b:2:2: y"], []))

    def test_what_there_was_no_time_for_is_named(self):
        def slow(_):
            time.sleep(0.2)
            return []

        clean, findings, left = lint.check_all("abcd", slow, 0.1, 1)
        self.assertEqual((clean, findings, left), (["a"], [], ["b", "c", "d"]))

    @unittest.skipUnless(shutil.which(lint.CLANG_TIDY), "needs clang-tidy-19")
    def test_a_real_defect_is_found_and_a_source_that_does_not_compile_is_no_success(self):
        root = pathlib.Path(__file__).resolve().parents[2]
        for text, expected in (
            ("int f(int a) { return a; }\n", ""),
            ("int f(int a) {\n  if (a = 2) return 1;\n  return 0;\n}\n", "bugprone-assignment"),
            ("int f(int* p) {\n  return sizeof(p) / sizeof(p[0]);\n}\n", "bugprone-sizeof"),
            ("int f( {\n", "expected"),
        ):
            with tempfile.TemporaryDirectory() as directory:
                folder = pathlib.Path(directory)
                shutil.copy(root / ".clang-tidy", folder)
                (folder / "a.cc").write_text(text, encoding="utf-8")
                (folder / "compile_commands.json").write_text(
                    f'[{{"directory": "{folder}", "file": "a.cc", "command": "clang++ -c a.cc"}}]',
                    encoding="utf-8",
                )
                found = lint.check("a.cc", folder, folder)
            self.assertEqual(bool(found), bool(expected), text)
            if expected:
                self.assertIn(expected, " ".join(found))


if __name__ == "__main__":
    unittest.main()
