"""Each ban on the engine with a sample that must fail, and look-alikes that hold."""

import pathlib
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))

from tidy import purity
from tidy.source import Source

BANNED = {
    "engine-clock": (
        "auto t = std::chrono::seconds(1);",
        "steady_clock::now();",
        "time(nullptr);",
        "#include <chrono>",
        "#include <ctime>",
    ),
    "engine-thread": ("std::thread t;", "thread_local int x;", "#include <thread>"),
    "engine-lock": (
        "std::mutex m;",
        "std::atomic<int> n;",
        "std::unique_lock l(m);",
        "#include <mutex>",
    ),
    "engine-random": ("std::mt19937_64 g;", "int r = rand();", "#include <random>"),
    "engine-files": ("std::ofstream out;", 'fopen("x");', "#include <filesystem>"),
    "engine-socket": ("socket(1, 2, 3);", "#include <sys/socket.h>", "#include <boost/asio.hpp>"),
    "engine-logging": ("std::cerr << 1;", 'printf("x");', "#include <iostream>"),
    "engine-float": ("double d = 0;", "float f;", "#include <cmath>"),
}

HELD = (
    "// the clock, a std::mutex and a double have no place here",
    'CHECK(ok, "double std::thread rand()");',
    "job.connect(1); queue.time(0); lane->accept(x); rename_all();",
    "Duration operand = brand;",
    '#include "base/time.h"',
    "#include <optional>",
)


def rules(text, path="src/engine/a.cc", *more):
    return [finding.rule for finding in purity.check([Source(path, text), *more])]


class Bans(unittest.TestCase):
    def test_each_banned_line_fails(self):
        for rule, samples in BANNED.items():
            for sample in samples:
                with self.subTest(sample):
                    self.assertEqual(set(rules(sample + "\n")), {rule})

    def test_look_alikes_hold(self):
        for sample in HELD:
            with self.subTest(sample):
                self.assertEqual(rules(sample + "\n"), [])

    def test_only_the_engine_and_not_its_tests(self):
        self.assertEqual(rules("std::mutex m;\n", "src/server/a.cc"), [])
        self.assertEqual(rules("double d;\n", "src/engine/a_test.cc"), [])


class Order(unittest.TestCase):
    MAP = "std::unordered_map<int, std::vector<int>> jobs_;\n"

    def test_every_way_to_iterate_fails(self):
        for loop in (
            "for (auto& [id, job] : jobs_) {}",
            "auto it = jobs_.begin();",
            "std::erase_if(jobs_, f);",
            "for (const auto& x : this->jobs_) {}",
        ):
            with self.subTest(loop):
                self.assertEqual(rules(self.MAP + loop + "\n"), ["engine-order"])

    def test_the_boost_maps_count_too(self):
        text = "boost::unordered_flat_set<Id> ids_;\nfor (auto id : ids_) {}\n"
        self.assertEqual(rules(text), ["engine-order"])

    def test_an_alias_hides_nothing(self):
        text = "using Jobs = std::unordered_map<int, int>;\nJobs jobs_;\nfor (auto& j : jobs_) {}\n"
        self.assertEqual(rules(text), ["engine-order"])

    def test_a_member_is_known_from_its_own_header(self):
        header = Source("src/engine/a.h", self.MAP)
        other = Source("src/engine/b.h", "std::unordered_set<int> rows_;\n")
        loop = "for (auto& job : jobs_) {}\nfor (auto& row : rows_) {}\n"
        self.assertEqual(rules(loop, "src/engine/a.cc", header, other), ["engine-order"])

    def test_a_plain_field_is_known_everywhere(self):
        header = Source(
            "src/engine/state.h", "struct S { std::unordered_map<int, int> leases; };\n"
        )
        self.assertEqual(
            rules("for (auto& l : state.leases) {}\n", "src/engine/b.cc", header), ["engine-order"]
        )

    def test_look_ups_and_ordered_containers_hold(self):
        text = (
            self.MAP + "jobs_.find(1); jobs_.end();\nstd::map<int, int> m;\nfor (auto& x : m) {}\n"
        )
        self.assertEqual(rules(text), [])

    def test_a_reason_on_the_line_before_allows_it(self):
        loop = "for (auto& job : jobs_) sum += job;\n"
        self.assertEqual(rules(self.MAP + "// any order: a sum\n" + loop), [])
        self.assertEqual(rules(self.MAP + "// any order:\n" + loop), ["engine-order"])


if __name__ == "__main__":
    unittest.main()
