"""What users can say and see stands in the documents, and the documents promise nothing else.

Both directions, for each vocabulary: a word that the code has must stand in its document, and a
word that the document lists must be in the code.
"""

import dataclasses
import re

from .source import Finding, line_of


@dataclasses.dataclass(frozen=True)
class Vocabulary:
    """`said` finds the words in the code of the files that `spoken_in` matches; `listed` finds them
    in the document. Both patterns have one group, the word."""

    rule: str
    noun: str
    spoken_in: str
    said: str
    document: str
    listed: str


VOCABULARIES = (
    Vocabulary(
        "documented-error",
        "error code",
        r"^src/model/error\.h$",
        r'\{ErrorCode::k\w+,\s*"(\w+)"',
        "docs/protocol.md",
        r"^\|\s*`([a-z_]+)`\s*\|\s*(?:yes|no)\s*\|",
    ),
    Vocabulary(
        "documented-verb",
        "verb",
        r"^src/protocol/(?!\w*_test\.cc)\w+\.(?:cc|h)$",
        r'\bVerb\{"([a-z_]+)"',
        "docs/protocol.md",
        r"^#{2,4}\s+`([a-z_]+)`",
    ),
    Vocabulary(
        "documented-flag",
        "flag",
        r"^src/(main\.cc|(cli|worker|server)/(?!\w*_test\.cc)\w+\.cc)$",
        r'"(?:[^"\n]*[, ])?(--[a-z][a-z-]+)(?:[," ]|$)',
        "docs/cli.md",
        r"(?<![\w-])(--[a-z][a-z-]+)",
    ),
    Vocabulary(
        "documented-metric",
        "metric",
        r"^src/(?!.*_test\.cc$).*\.(?:cc|h)$",
        r'"(muster_[a-z_]+)"',
        "docs/metrics.md",
        r"`(muster_[a-z_]+)`",
    ),
)


def words_in(pattern, text):
    """{word: line where it first stands}."""
    found = {}
    for match in re.finditer(pattern, text, re.M):
        found.setdefault(match[1], line_of(text, match.start(1)))
    return found


def check_vocabulary(vocabulary, sources):
    said = {}
    for source in sources:
        if re.match(vocabulary.spoken_in, source.path):
            for word, line in words_in(vocabulary.said, source.without_comments).items():
                said.setdefault(word, (source.path, line))
    document = next((source for source in sources if source.path == vocabulary.document), None)
    listed = words_in(vocabulary.listed, document.text) if document else {}
    findings = []
    for word, (path, line) in sorted(said.items()):
        if word not in listed:
            findings.append(
                Finding(
                    path,
                    line,
                    vocabulary.rule,
                    f"{vocabulary.noun} {word} is not in {vocabulary.document}; describe it there",
                )
            )
    for word, line in sorted(listed.items()):
        if word not in said:
            findings.append(
                Finding(
                    vocabulary.document,
                    line,
                    vocabulary.rule,
                    f"no code has the {vocabulary.noun} {word}; take it out, or build it",
                )
            )
    return findings


def check(sources):
    return [
        finding for vocabulary in VOCABULARIES for finding in check_vocabulary(vocabulary, sources)
    ]
