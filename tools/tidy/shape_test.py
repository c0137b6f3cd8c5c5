"""Each size rule with a sample that must fail and one that just holds."""

import pathlib
import re
import sys
import textwrap
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))

from tidy import shape
from tidy.functions import find_functions
from tidy.source import Source


def rules(path, text):
    return [finding.rule for finding in shape.check([Source(path, text)])]


def functions(text):
    return find_functions(Source("src/base/a.cc", textwrap.dedent(text)))


def body(lines):
    return "void f() {\n" + "  g();\n" * (lines - 2) + "}\n"


class Sizes(unittest.TestCase):
    def test_width(self):
        self.assertEqual(rules("src/base/a.h", "x" * 101), ["width"])
        self.assertEqual(rules("src/base/a.h", "ü" * 100), [])
        self.assertEqual(rules("tools/a.py", "#" * 101), ["width"])
        self.assertEqual(rules("dev", "#" * 101), ["width"])
        self.assertEqual(rules("docs/a.md", "x" * 101), [])

    def test_file_length(self):
        self.assertEqual(rules("src/base/a.cc", "\n" * 601), ["file-length"])
        self.assertEqual(rules("src/base/a.cc", "\n" * 600), [])
        self.assertEqual(rules("src/base/a.h", "\n" * 301), ["file-length"])
        self.assertEqual(rules("src/base/a.h", "\n" * 300), [])

    def test_function_length(self):
        self.assertEqual(rules("src/base/a.cc", body(71)), ["function-length"])
        self.assertEqual(rules("src/base/a.cc", body(70)), [])

    def test_function_length_counts_the_signature(self):
        split = body(70).replace("void f() {", "void f(int a,\n       int b) {")
        self.assertEqual(rules("src/base/a.cc", split), ["function-length"])

    def test_function_length_of_tests_and_python(self):
        test = body(71).replace("void f()", "TEST(A, b)")
        self.assertEqual(rules("src/base/a_test.cc", test), ["function-length"])
        python = "def f():\n" + "    g()\n" * 70
        self.assertEqual(rules("tools/a.py", python), ["function-length"])

    def test_nesting(self):
        deep = "void f() {\n" + "if (a) {\n" * 5 + "}\n" * 5 + "}\n"
        self.assertEqual(rules("src/base/a.cc", deep), ["nesting"])
        held = "void f() {\n" + "for (;;) {\n" * 4 + "}\n" * 4 + "}\n"
        self.assertEqual(rules("src/base/a.cc", held), [])

    def test_a_lambda_is_a_level(self):
        deep = "void f() {\n" + "if (a) {\n" * 4 + "run([&](int x) { g(); });\n" + "}\n" * 4 + "}\n"
        self.assertEqual(rules("src/base/a.cc", deep), ["nesting"])

    def test_parameters(self):
        seven = "int a, int b, int c, int d, int e, int f, int g"
        self.assertEqual(rules("src/base/a.cc", f"void f({seven}) {{}}\n"), ["parameters"])
        self.assertEqual(
            rules("src/base/a.h", f"class A {{\n  void f({seven});\n}};\n"), ["parameters"]
        )
        six = seven.rpartition(",")[0]
        self.assertEqual(rules("src/base/a.h", f"void f({six});\n"), [])


class Documented(unittest.TestCase):
    def test_style_md_states_these_limits(self):
        style = (pathlib.Path(__file__).resolve().parents[2] / "STYLE.md").read_text(
            encoding="utf-8"
        )
        rows = (
            ("line", shape.MAX_WIDTH),
            ("function", shape.MAX_FUNCTION_LINES),
            ("`.cc`, `.py`", shape.MAX_FILE_LINES[".cc"]),
            ("`.h`", shape.MAX_FILE_LINES[".h"]),
            ("nesting", shape.MAX_NESTING),
            ("parameters", shape.MAX_PARAMETERS),
        )
        for what, limit in rows:
            self.assertRegex(style, rf"(?m)^\| {re.escape(what)} \| {limit}\b")


class Functions(unittest.TestCase):
    """What is a function, where it ends, what its parameters are."""

    def test_names_lines_and_parameters(self):
        found = functions("""\
            namespace muster {
            class A : public B<C> {
             public:
              explicit A(int a, int b) : a_(a), b_{b} {
                if (a) { g(); }
              }
              std::function<void(int, int)> call(std::map<int, int> m) const override { return {}; }
              bool operator()(int x) const;
              auto operator<=>(const A&) const = default;

             private:
              int a_ = 0;
              std::vector<int> b_{1, 2};
            };
            template <class T, class U>
            T make(U u = U{1, 2}, T t = T(3, 4)) {
              return T{u, t};
            }
            }  // namespace muster
            """)
        self.assertEqual(
            [(f.name, f.first_line, f.last_line, f.depth, f.parameters) for f in found],
            [
                ("A", 4, 6, 1, 2),
                ("call", 7, 7, 0, 1),
                ("operator()", 8, 8, 0, 1),
                ("operator<=>", 9, 9, 0, 1),
                ("make", 15, 18, 0, 2),
            ],
        )

    def test_braces_in_strings_comments_and_macros_count_for_nothing(self):
        found = functions("""\
            #define OPEN if (x) { \\
              {
            // }}}}
            const char* kText = "{{{";
            char brace() { return '{'; }
            auto raw() { return R"json({"a": "}}}")json"; }
            int digits() { return 1'000'000; }
            void last() {
              for (;;) {
              }
            }
            """)
        self.assertEqual(
            [(f.name, f.first_line, f.last_line, f.depth) for f in found],
            [("brace", 5, 5, 0), ("raw", 6, 6, 0), ("digits", 7, 7, 0), ("last", 8, 11, 1)],
        )

    def test_initialisers_are_no_levels(self):
        found = functions("""\
            void f() {
              const std::array<A, 2> a = {{{1, 2}, {3, 4}}};
              send({{"a", {1, 2}}}, B{1, {2}});
              return A{.x = {1}, .y = {{2}}};
            }
            """)
        self.assertEqual([(f.name, f.depth) for f in found], [("f", 0)])


if __name__ == "__main__":
    unittest.main()
