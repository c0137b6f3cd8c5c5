"""docs/protocol.md against a real server: its blocks, read from top to bottom, are one session
on one connection with a fresh server. Each request is sent as it stands, and the answer must be
the one that the page shows: the same fields in the same order with the same values, except those
that nobody can know beforehand.
"""

import json
import pathlib
import re
import unittest

from support.case import OwnServerCase

PAGE = pathlib.Path(__file__).resolve().parents[1] / "docs" / "protocol.md"
BLOCK = re.compile(r"^```(request|answer)\n(.*?)\n```$", re.M | re.S)
# Numbers that the server chooses and that later requests repeat.
CHOSEN = ("lease", "sub", "next")
# What differs from run to run, for other reasons.
VARYING = re.compile(
    r"(.*_at_ms|now_ms|uptime_ms|heartbeat_age_ms|oldest_ready_ms|longest_capture_ms"
    r"|version|applied|durable|checkpoints|journal_bytes)$"
)


def exchanges(page):
    """[(request, answer)] as texts; fails when they do not alternate."""
    blocks = BLOCK.findall(page)
    kinds = [kind for kind, _ in blocks]
    if kinds != ["request", "answer"] * (len(blocks) // 2):
        raise AssertionError("request and answer blocks do not alternate")
    texts = [text for _, text in blocks]
    return list(zip(texts[::2], texts[1::2]))


class Comparison:
    """Compares answers with the page, and learns which numbers of the page mean which of ours."""

    def __init__(self):
        self._meaning = {}

    def request(self, value, key=None):
        """The page's request with our own numbers."""
        if isinstance(value, dict):
            return {name: self.request(member, name) for name, member in value.items()}
        if isinstance(value, list):
            return [self.request(item, key) for item in value]
        if key == "after":
            return self._meaning.get(("next", value), value)
        return self._meaning.get((key, value), value)

    def differences(self, shown, real, path=""):
        key = path.rpartition(".")[2]
        if type(shown) is not type(real):
            yield f"{path}: {shown!r} is shown, {real!r} came"
        elif isinstance(shown, dict):
            if list(shown) != list(real):
                yield f"{path}: fields {list(shown)} are shown, {list(real)} came"
            for name in set(shown) & set(real):
                yield from self.differences(shown[name], real[name], f"{path}.{name}")
        elif isinstance(shown, list):
            if len(shown) != len(real):
                yield f"{path}: {len(shown)} items are shown, {len(real)} came"
            for item, real_item in zip(shown, real):
                yield from self.differences(item, real_item, path)
        elif key in CHOSEN:
            known = self._meaning.setdefault((key, shown), real)
            if known != real:
                yield f"{path}: {shown} meant {known} before, and {real} now"
        elif shown != real and not VARYING.match(key):
            yield f"{path}: {shown!r} is shown, {real!r} came"


class ProtocolPage(OwnServerCase):

    def test_every_example(self):
        comparison = Comparison()
        pairs = exchanges(PAGE.read_text(encoding="utf-8"))
        self.assertGreater(len(pairs), 20)
        for request, answer in pairs:
            with self.subTest(request[:70]):
                real = self.client.ask(comparison.request(json.loads(request)))
                found = list(comparison.differences(json.loads(answer), real))
                self.assertEqual(found, [])


class TheComparison(unittest.TestCase):
    """It must be able to fail."""

    def found(self, shown, real):
        return list(Comparison().differences(shown, real))

    def test_it_finds_every_kind_of_difference(self):
        for shown, real in (
            ({"a": 1}, {"a": 2}),
            ({"a": 1}, {"a": "1"}),
            ({"a": 1}, {"a": True}),
            ({"a": 1, "b": 2}, {"b": 2, "a": 1}),
            ({"a": 1}, {"a": 1, "b": 2}),
            ([{"a": 1}], [{"a": 1}, {"a": 1}]),
            ([{"lease": 1}, {"lease": 1}], [{"lease": 7}, {"lease": 8}]),
            ({"now_ms": 1}, {"now_ms": None}),
        ):
            self.assertNotEqual(self.found(shown, real), [], (shown, real))

    def test_it_allows_what_nobody_can_know(self):
        self.assertEqual(self.found({"now_ms": 1, "lease": 3}, {"now_ms": 2, "lease": 9}), [])

    def test_it_translates_numbers_into_later_requests(self):
        comparison = Comparison()
        list(comparison.differences({"lease": 1, "next": 5}, {"lease": 70, "next": 50}))
        self.assertEqual(
            comparison.request({"job_id": "a", "lease": 1, "items": [{"lease": 2}], "after": 5}),
            {"job_id": "a", "lease": 70, "items": [{"lease": 2}], "after": 50},
        )


if __name__ == "__main__":
    unittest.main()
