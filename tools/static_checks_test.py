"""What the compiler refuses: the lock analysis of base/mutex.h is on, and sees what it should."""

import pathlib
import re
import shutil
import subprocess
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[1]

COUNTER = """
    #include "base/mutex.h"
    class Counter {
     public:
      void add() { %s }
      void both() { const muster::MutexLock lock(mutex_); add_locked(); }
     private:
      void add_locked() REQUIRES(mutex_) { ++count_; }
      muster::Mutex mutex_;
      int count_ GUARDED_BY(mutex_) = 0;
    };
    void use() { Counter().add(); Counter().both(); }
    """


def flags():
    """The flags that CMakeLists.txt gives to clang."""
    text = (ROOT / "CMakeLists.txt").read_text(encoding="utf-8")
    return re.findall(r"-W[a-z][\w-]*", text)


class LockAnalysis(unittest.TestCase):
    def test_it_is_an_error_in_the_builds_with_clang(self):
        self.assertIn("-Wthread-safety", flags())
        self.assertIn("-Werror", flags())

    @unittest.skipUnless(shutil.which("clang++-19"), "needs clang-19")
    def test_an_unguarded_access_does_not_compile(self):
        held = "const muster::MutexLock lock(mutex_); "
        for body, error in (
            (held + "++count_;", None),
            (held + "add_locked();", None),
            ("++count_;", "requires holding mutex"),
            ("add_locked();", "requires holding mutex"),
            (held + "mutex_.lock();", "already held"),
            ("mutex_.lock();", "still held"),
        ):
            command = ["clang++-19", "-fsyntax-only", "-std=c++20", "-x", "c++", "-", *flags()]
            done = subprocess.run(
                [*command, f"-I{ROOT / 'src'}"],
                input=COUNTER % body,
                capture_output=True,
                text=True,
                check=False,
            )
            if error is None:
                self.assertEqual((done.returncode, done.stderr), (0, ""), body)
            else:
                self.assertNotEqual(done.returncode, 0, body)
                self.assertIn(error, done.stderr, body)


class LibraryAssertions(unittest.TestCase):
    def test_they_are_on_in_every_build(self):
        text = (ROOT / "CMakeLists.txt").read_text(encoding="utf-8")
        self.assertRegex(
            text, r"target_compile_definitions\(muster_options INTERFACE _GLIBCXX_ASSERTIONS\)"
        )


if __name__ == "__main__":
    unittest.main()
