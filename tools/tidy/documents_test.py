"""Both directions of each vocabulary: a word only the code has, and one only the document has."""

import pathlib
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))

from tidy import documents
from tidy.source import Source

# (rule, code file, code with WORD, document, document line with WORD, a word)
CASES = (
    (
        "documented-error",
        "src/model/error.h",
        '{ErrorCode::kX, "WORD", false, "…"},',
        "docs/protocol.md",
        "| `WORD` | no | … |",
        "lease_lost",
    ),
    (
        "documented-verb",
        "src/protocol/decoder.cc",
        'Verb{"WORD", &kFields, read_it},',
        "docs/protocol.md",
        "### `WORD`",
        "submit_job",
    ),
    (
        "documented-flag",
        "src/cli/submit.cc",
        'add_option("-x,WORD", x);',
        "docs/cli.md",
        "| `WORD N` | … |",
        "--retries",
    ),
    (
        "documented-metric",
        "src/server/metrics.cc",
        'counter("WORD");',
        "docs/metrics.md",
        "| `WORD` | … |",
        "muster_jobs_total",
    ),
)


def findings(code_path, code, document_path, text):
    made = [Source(code_path, code + "\n"), Source(document_path, text + "\n")]
    return [(finding.rule, finding.path) for finding in documents.check(made)]


class Vocabularies(unittest.TestCase):
    def test_a_word_in_both_holds_and_in_one_fails(self):
        for rule, code_path, code, document_path, text, word in CASES:
            with self.subTest(rule):
                code, text = code.replace("WORD", word), text.replace("WORD", word)
                self.assertEqual(findings(code_path, code, document_path, text), [])
                self.assertEqual(findings(code_path, code, document_path, ""), [(rule, code_path)])
                self.assertEqual(
                    findings(code_path, "", document_path, text), [(rule, document_path)]
                )

    def test_every_vocabulary_has_a_case(self):
        self.assertEqual(
            {case[0] for case in CASES}, {vocabulary.rule for vocabulary in documents.VOCABULARIES}
        )


if __name__ == "__main__":
    unittest.main()
