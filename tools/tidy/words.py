"""Words that must not stand in the text, each with what stands there instead."""

import re

from .source import Finding, findings_of, line_of

_TODO = re.compile(r"\b(TODO|FIXME|XXX)\b(?!\([\w.-]+\))")
_DUSTBINS = re.compile(r"(^|/)(utils?|commons?|helpers?|misc)(/|\.\w+$)")


def check_todo(source):
    # Built from parts, so that this file does not find itself.
    return [
        Finding(source.path, number, "todo-owner", f"give it an owner, {'TO'}DO(name), or do it")
        for number, line in enumerate(source.lines, 1)
        if _TODO.search(line)
    ]


def check_new(source):
    """A smart pointer may take a new at once: a private constructor leaves no other way."""
    findings = []
    for match in re.finditer(r"(?<!operator )\bnew\b(?!\s*\()", source.code):
        before = source.code[max(match.start() - 200, 0) : match.start()]
        if not re.search(r"_ptr<[^;]*>\s*(?:\w+\s*)?[({]\s*$", before):
            line = line_of(source.code, match.start())
            findings.append(
                Finding(source.path, line, "raw-new", "use std::make_unique or a container")
            )
    return findings


def check_cpp(source):
    findings = findings_of(
        r"\bco_(await|yield|return)\b",
        source,
        "coroutine",
        "g++ 12.2 miscompiles coroutines; use a callback",
    )
    findings += check_new(source)
    findings += findings_of(
        r"(?<!operator )(?<!operator)\bdelete\b(?!\s*[;,)])",
        source,
        "raw-delete",
        "let a unique_ptr or a container own it",
    )
    if source.path.startswith("src/") and source.path != "src/base/mutex.h":
        findings += findings_of(
            r"\bstd::((shared_|recursive_|timed_)*mutex|condition_variable(_any)?)\b",
            source,
            "unchecked-lock",
            "lock with base/mutex.h, which the compiler checks, and say what it guards",
        )
    if source.is_test:
        findings += findings_of(
            r"\b(sleep_for|sleep_until|usleep|nanosleep)\b|(?<![\w.>:])sleep\s*\(",
            source,
            "test-sleep",
            "wait for the signal itself, or pass a `now`",
        )
    return findings


def check_path(source):
    if _DUSTBINS.search(source.path):
        return [Finding(source.path, 1, "dustbin", "name the file after what it holds")]
    return []


def check(sources):
    findings = []
    for source in sources:
        findings += check_path(source)
        if not source.path.startswith("tools/tidy/"):
            findings += check_todo(source)
        if source.is_cpp:
            findings += check_cpp(source)
    return findings
