"""Each banned word with a sample that must fail, and what looks like one."""

import pathlib
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))

from tidy import words
from tidy.source import Source


def rules(text, path="src/base/a.cc"):
    return [finding.rule for finding in words.check([Source(path, text)])]


class Words(unittest.TestCase):
    def test_todo_needs_an_owner(self):
        self.assertEqual(rules("// TODO: later\n"), ["todo-owner"])
        self.assertEqual(rules("# FIXME later\n", "CMakeLists.txt"), ["todo-owner"])
        self.assertEqual(rules("// TODO(ada): later\n"), [])

    def test_coroutines(self):
        self.assertEqual(rules("co_return 1;\n"), ["coroutine"])

    def test_locks_are_those_that_the_compiler_checks(self):
        for lock in ("std::mutex", "std::shared_mutex", "std::condition_variable"):
            self.assertEqual(rules(f"{lock} m_;\n"), ["unchecked-lock"])
            self.assertEqual(rules(f"{lock} m_;\n", "src/base/mutex.h"), [])
            self.assertEqual(rules(f"{lock} m_;\n", "bench/a.cc"), [])
        self.assertEqual(rules("Mutex m_;\n"), [])

    def test_raw_new_and_delete(self):
        self.assertEqual(rules("A* a = new A;\n"), ["raw-new"])
        self.assertEqual(rules("delete a;\n"), ["raw-delete"])
        self.assertEqual(rules("return std::unique_ptr<A>(new A(1));\n"), [])
        self.assertEqual(rules("std::unique_ptr<A> a(new A(1));\n"), [])
        self.assertEqual(rules("delete[] a;\n"), ["raw-delete"])
        self.assertEqual(rules("A(A&&) = delete;\nint renew = new_order;\n// a new delete b\n"), [])

    def test_tests_do_not_sleep(self):
        self.assertEqual(
            rules("std::this_thread::sleep_for(x);\n", "src/base/a_test.cc"), ["test-sleep"]
        )
        self.assertEqual(rules("std::this_thread::sleep_for(x);\n", "src/worker/a.cc"), [])

    def test_dustbins(self):
        self.assertEqual(rules("", "src/utils/a.cc"), ["dustbin"])
        self.assertEqual(rules("", "src/base/util.h"), ["dustbin"])
        self.assertEqual(rules("", "src/base/utility_function.h"), [])


if __name__ == "__main__":
    unittest.main()
