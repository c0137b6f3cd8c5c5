"""Each include rule with a sample that must fail and one that holds."""

import pathlib
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))

from tidy import includes
from tidy.source import Source


def rules(files):
    """Rules broken by {path: list of includes as written}."""
    made = [
        Source(path, "".join(f"#include {target}\n" for target in targets))
        for path, targets in files.items()
    ]
    return [finding.rule for finding in includes.check(made)]


class Ladder(unittest.TestCase):
    def test_a_step_up_or_aside_fails(self):
        self.assertEqual(rules({"src/model/a.h": ['"engine/a.h"']}), ["ladder"])
        self.assertEqual(rules({"src/engine/a.cc": ['"storage/a.h"']}), ["ladder"])
        self.assertEqual(rules({"src/engine/a_test.cc": ['"server/a.h"']}), ["ladder"])
        self.assertEqual(rules({"src/cli/a.cc": ['"worker/a.h"']}), ["ladder"])

    def test_steps_down_hold_over_several_rungs(self):
        self.assertEqual(rules({"src/server/a.cc": ['"engine/a.h"', '"base/a.h"']}), [])
        self.assertEqual(
            rules(
                {"src/cli/a.cc": ['"muster/client.h"', '"base/a.h"'], "include/muster/client.h": []}
            ),
            [],
        )

    def test_main_and_whole_process_code_bring_all_together(self):
        self.assertEqual(
            rules(
                {
                    "src/main.cc": ['"server/a.h"', '"cli/a.h"'],
                    "bench/a.cc": ['"engine/a.h"', '"server/a.h"'],
                }
            ),
            [],
        )

    def test_a_folder_without_a_place_fails(self):
        self.assertEqual(rules({"src/tricks/a.h": []}), ["ladder"])

    def test_product_code_includes_no_test_code(self):
        self.assertEqual(rules({"src/server/a.cc": ['"sim/world.h"']}), ["ladder"])


class Cycles(unittest.TestCase):
    def test_a_cycle_is_found_once_at_any_length(self):
        self.assertEqual(
            rules(
                {
                    "src/base/a.h": ['"base/b.h"'],
                    "src/base/b.h": ['"base/c.h"'],
                    "src/base/c.h": ['"base/a.h"'],
                }
            ),
            ["include-cycle"],
        )

    def test_a_diamond_is_none(self):
        self.assertEqual(
            rules(
                {
                    "src/base/a.h": ['"base/b.h"', '"base/c.h"'],
                    "src/base/b.h": ['"base/d.h"'],
                    "src/base/c.h": ['"base/d.h"'],
                    "src/base/d.h": [],
                }
            ),
            [],
        )


class Heavy(unittest.TestCase):
    def test_two_homes_fail_in_both(self):
        self.assertEqual(
            rules({"src/cli/a.cc": ["<CLI/CLI.hpp>"], "src/cli/b.cc": ["<CLI/CLI.hpp>"]}),
            ["heavy-header"] * 2,
        )

    def test_a_header_is_no_home(self):
        self.assertEqual(rules({"src/server/log.h": ["<spdlog/spdlog.h>"]}), ["heavy-header"])

    def test_one_source_holds(self):
        self.assertEqual(
            rules({"src/server/log.cc": ["<spdlog/spdlog.h>", "<spdlog/sinks/x.h>"]}), []
        )

    def test_rapidcheck_and_gmock(self):
        self.assertEqual(rules({"src/engine/a_test.cc": ["<rapidcheck.h>"]}), ["rapidcheck"])
        self.assertEqual(rules({"src/engine/a_property_test.cc": ["<rapidcheck/gtest.h>"]}), [])
        self.assertEqual(rules({"src/engine/a_test.cc": ["<gmock/gmock.h>"]}), ["gmock"])

    def test_asio_stays_in_the_loop(self):
        self.assertEqual(rules({"src/server/session.cc": ["<boost/asio.hpp>"]}), ["asio"])
        self.assertEqual(rules({"src/client/client.cc": ["<boost/asio/ip/tcp.hpp>"]}), ["asio"])
        self.assertEqual(rules({"src/server/loop_socket.cc": ["<boost/asio.hpp>"]}), [])


class PublicHeaders(unittest.TestCase):
    def test_no_third_party_type(self):
        self.assertEqual(
            rules({"include/muster/client.h": ["<boost/json.hpp>"]}), ["public-header"]
        )
        self.assertEqual(rules({"include/muster/client.h": ["<string>"]}), [])


class Reading(unittest.TestCase):
    def test_an_include_in_a_comment_is_none(self):
        source = Source("src/base/a.h", '// #include "engine/a.h"\n/*\n#include "cli/b.h"\n*/\n')
        self.assertEqual(source.includes, [])


if __name__ == "__main__":
    unittest.main()
