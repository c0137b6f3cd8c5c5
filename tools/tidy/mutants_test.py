"""A table and code that agree, and every way in which they may not."""

import pathlib
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))

from tidy import mutants
from tidy.source import Source

HEADING = "\t".join(mutants.COLUMNS)


class World:
    """60 bugs in 8 files, described; a test bends what it is about."""

    def __init__(self):
        self.rows = [
            [f"bug_{i}", f"src/engine/f{i % 8}.cc", "a promise", "a situation", "unseen"]
            for i in range(60)
        ]
        self.code = {f"src/engine/f{k}.cc": "" for k in range(8)}
        for name, path, *_ in self.rows:
            self.code[path] += f"  if (a && !MUSTER_MUTANT({name})) return;\n"
        self.heading = HEADING

    def rules(self):
        table = "\n".join([self.heading, *("\t".join(row) for row in self.rows)]) + "\n"
        sources = [Source(path, text) for path, text in self.code.items()]
        sources.append(Source(mutants.TABLE, table))
        return [finding.rule for finding in mutants.check(sources)]


class Mutants(unittest.TestCase):
    def setUp(self):
        self.world = World()

    def test_agreement(self):
        self.assertEqual(self.world.rules(), [])

    def test_one_bug_may_have_two_places_in_one_file(self):
        self.world.code["src/engine/f0.cc"] += "if (MUSTER_MUTANT(bug_0)) return;\n"
        self.assertEqual(self.world.rules(), [])

    def test_code_without_row(self):
        self.world.code["src/engine/f0.cc"] += "if (MUSTER_MUTANT(unheard_of)) return;\n"
        self.assertEqual(self.world.rules(), ["mutant-row"])

    def test_row_without_code(self):
        self.world.rows.append(["gone", "src/engine/f0.cc", "a", "b", "seen"])
        self.assertEqual(self.world.rules(), ["mutant-row"])

    def test_the_comment_is_no_code(self):
        self.world.rows.append(["gone", "src/engine/f0.cc", "a", "b", "seen"])
        self.world.code["src/engine/f0.cc"] += "// MUSTER_MUTANT(gone)\n"
        self.assertEqual(self.world.rules(), ["mutant-row"])

    def test_wrong_file(self):
        self.world.rows[0][1] = "src/engine/f1.cc"
        self.assertEqual(self.world.rules(), ["mutant-row", "mutant-row"])

    def test_a_name_in_two_files(self):
        self.world.code["src/engine/f1.cc"] += "if (MUSTER_MUTANT(bug_0)) return;\n"
        self.assertEqual(self.world.rules(), ["mutant-row"])

    def test_a_name_twice(self):
        self.world.rows.append(list(self.world.rows[0]))
        self.assertEqual(self.world.rules(), ["mutant-name"])

    def test_incomplete_rows(self):
        for column in range(5):
            world = World()
            world.rows[0][column] = " "
            self.assertIn("mutant-row", world.rules(), column)
        self.world.rows[0].pop()
        self.assertIn("mutant-row", self.world.rules())

    def test_names_and_authors(self):
        self.world.rows[0][4] = "somebody"
        self.assertIn("mutant-row", self.world.rules())
        world = World()
        world.rows[0][0] = "Bug-0"
        self.assertIn("mutant-row", world.rules())

    def test_heading(self):
        self.world.heading = "name\tfile"
        self.assertEqual(self.world.rules(), ["mutant-row"])

    def test_too_few(self):
        last = self.world.rows.pop()
        path = last[1]
        self.world.code[path] = self.world.code[path].replace(f"MUSTER_MUTANT({last[0]})", "false")
        self.assertEqual(self.world.rules(), ["mutant-count"])

    def test_too_few_files(self):
        for row in self.world.rows:
            row[1] = row[1].replace("f7", "f6")
        self.world.code["src/engine/f6.cc"] += self.world.code.pop("src/engine/f7.cc")
        self.assertEqual(self.world.rules(), ["mutant-count"])

    def test_no_table(self):
        sources = [Source("src/engine/a.cc", "if (MUSTER_MUTANT(x)) return;\n")]
        self.assertEqual([f.rule for f in mutants.check(sources)], ["mutant-row"])
        sources = [Source("src/base/mutant.h", "#define MUSTER_MUTANT(name) false\n")]
        self.assertEqual(mutants.check(sources), [])


if __name__ == "__main__":
    unittest.main()
