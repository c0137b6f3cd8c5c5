"""The seeded bugs of the simulator leave no trace in the program under test (src/base/mutant.h)."""

import pathlib
import unittest

from support.processes import binary

TABLE = pathlib.Path(__file__).resolve().parents[1] / "sim/mutants.tsv"
SWITCH = "active_mutant"  # the function that says which one is on


def mutants():
    lines = TABLE.read_text(encoding="utf-8").splitlines()[1:]
    return [line.partition("\t")[0] for line in lines]


def traces(path):
    """The names of seeded bugs, and of their switch, that stand in this file."""
    content = pathlib.Path(path).read_bytes()
    return {name for name in [*mutants(), SWITCH] if name.encode() in content}


class ReleaseBinary(unittest.TestCase):
    def test_no_trace_in_the_program(self):
        self.assertEqual(traces(binary()), set())

    def test_they_would_be_found(self):
        """The same search finds all of them where they are compiled in."""
        library = pathlib.Path(binary()).with_name("libmuster_mutants.a")
        if not library.exists():
            self.skipTest(f"{library} is not built (ninja muster_mutants)")
        self.assertEqual(traces(library), {*mutants(), SWITCH})


if __name__ == "__main__":
    unittest.main()
