"""The engine decides and does nothing else: it has no clock, thread, disk, socket, chance, logging
or rounding."""

import re

from .source import Finding, findings_of, line_of

# (rule, pattern over code, what to do instead)
BANNED_CODE = (
    (
        "engine-clock",
        r"\b(std::chrono|(steady|system|high_resolution)_clock|clock_gettime|gettimeofday|"
        r"localtime|gmtime|strftime)\b|(?<![\w.>])time\s*\(\s*(nullptr|NULL|0|&)",
        "the engine reads no clock; take `now` from the caller (base/time.h)",
    ),
    (
        "engine-thread",
        r"\bstd::(jthread|thread|async|future|promise|this_thread)\b|\bpthread_\w+|"
        r"\bthread_local\b",
        "the engine runs on its caller's thread; leave threads to server/loop*",
    ),
    (
        "engine-lock",
        r"\bstd::(\w*mutex|\w*lock|lock_guard|condition_variable\w*|atomic\w*|call_once|once_flag|"
        r"\w*semaphore|barrier|latch)\b",
        "there is nobody to lock against; state belongs to one engine on one thread",
    ),
    (
        "engine-random",
        r"\b(std::(random_device|mt19937\w*|\w+_distribution|default_random_engine)|s?rand|"
        r"drand48|getrandom|arc4random)\b",
        "the engine takes no chances; jitter is a hash of job and attempt (base/hash.h)",
    ),
    (
        "engine-files",
        r"\bstd::(filesystem|[io]?fstream)\b|(?<![\w.>])(fopen|fread|fwrite|openat|fsync|fdatasync|"
        r"pread|pwrite|unlink|rename)\s*\(",
        "the engine touches no file; say it as an Event, storage/ writes it",
    ),
    (
        "engine-socket",
        r"(?<![\w.>])(socket|connect|accept|recv|recvfrom|sendto|epoll_\w+|getaddrinfo)\s*\(",
        "the engine knows no socket; answers go to Output",
    ),
    (
        "engine-logging",
        r"\b(std::(cout|cerr|clog|print|println)|spdlog::\w+|f?printf|fputs|puts|syslog)\b",
        "the engine does not log; what matters is an Event, a broken invariant is a CHECK",
    ),
    (
        "engine-float",
        r"\b(float|double)\b",
        "no rounding in decisions; use integers (Duration counts milliseconds)",
    ),
)

BANNED_INCLUDES = (
    (
        "engine-clock",
        r"(chrono|ctime|time\.h|sys/time\.h)$",
        "take `now` from the caller (base/time.h)",
    ),
    ("engine-thread", r"(thread|future|pthread\.h|stop_token)$", "leave threads to server/loop*"),
    (
        "engine-lock",
        r"(mutex|shared_mutex|condition_variable|atomic|semaphore|barrier|latch)$",
        "there is nobody to lock against",
    ),
    ("engine-random", r"(random|sys/random\.h)$", "jitter is a hash (base/hash.h)"),
    (
        "engine-files",
        r"(filesystem|fstream|fcntl\.h|unistd\.h|sys/stat\.h|rocksdb/.*)$",
        "say it as an Event, storage/ writes it",
    ),
    (
        "engine-socket",
        r"(sys/socket\.h|netinet/.*|sys/epoll\.h|netdb\.h|boost/(asio|beast).*)$",
        "answers go to Output",
    ),
    (
        "engine-logging",
        r"(iostream|cstdio|stdio\.h|syslog\.h|spdlog/.*|print)$",
        "what matters is an Event, a broken invariant is a CHECK",
    ),
    ("engine-float", r"(cmath|math\.h)$", "use integers"),
)

_UNORDERED = r"(?:\w+::)*(?:unordered_\w+)\s*<"
# The order does not matter where a comment says so, and why, on the line or the one before.
_ANY_ORDER = re.compile(r"//.*\bany order: \S")


def in_engine(source):
    return source.is_cpp and source.path.startswith("src/engine/") and not source.is_test


def _end_of_template(text, opening):
    depth = 0
    for position in range(opening, len(text)):
        depth += {"<": 1, ">": -1}.get(text[position], 0)
        if depth == 0:
            return position + 1
    return len(text)


def unordered_aliases(sources):
    """Names of types that are unordered containers: `using JobsById = std::unordered_map<…>`."""
    return {
        match[1]
        for source in sources
        for match in re.finditer(rf"\busing\s+(\w+)\s*=\s*{_UNORDERED}", source.code)
    }


def unordered_variables(code, aliases):
    """Names of variables and members that the code declares with such a type."""
    types = rf"(?:{_UNORDERED}|\b(?:{'|'.join(sorted(aliases))})\b)" if aliases else _UNORDERED
    names = set()
    for match in re.finditer(types, code):
        end = _end_of_template(code, match.end() - 1) if match[0].endswith("<") else match.end()
        declared = re.match(r"\s*[&*]?\s*(\w+)\s*[;={,)]", code[end:])
        if declared:
            names.add(declared[1])
    return names


def check_unordered(source, names):
    findings = []
    for name in sorted(names):
        pattern = (
            rf"\bfor\s*\([^;{{}}]*:\s*[\w.>()*-]*\b{name}\s*\)"
            rf"|\b{name}\s*\.\s*c?begin\s*\(|\berase_if\s*\(\s*[\w.>-]*\b{name}\b"
        )
        for match in re.finditer(pattern, source.code):
            line = line_of(source.code, match.start())
            if any(_ANY_ORDER.search(text) for text in source.lines[max(line - 2, 0) : line]):
                continue
            findings.append(
                Finding(
                    source.path,
                    line,
                    "engine-order",
                    f"iterates over the unordered {name}; keep an ordered index beside it, or say "
                    "`// any order: why` where order cannot reach an Event or an answer",
                )
            )
    return findings


def check(sources):
    engine = [source for source in sources if in_engine(source)]
    aliases = unordered_aliases(engine)
    # A member (name_) is private to its class, so to the pair of files; a plain field may be used
    # anywhere.
    fields = {
        name
        for source in engine
        if source.suffix == ".h"
        for name in unordered_variables(source.code, aliases)
        if not name.endswith("_")
    }
    headers = {source.path: source for source in engine if source.suffix == ".h"}
    findings = []
    for source in engine:
        for rule, pattern, instead in BANNED_CODE:
            findings += findings_of(pattern, source, rule, instead)
        for include in source.includes:
            findings += [
                Finding(source.path, include.line, rule, f"<{include.target}>: {instead}")
                for rule, pattern, instead in BANNED_INCLUDES
                if include.angled and re.match(pattern, include.target)
            ]
        header = headers.get(source.path.removesuffix(source.suffix) + ".h", source)
        names = (
            unordered_variables(source.code, aliases)
            | unordered_variables(header.code, aliases)
            | fields
        )
        findings += check_unordered(source, names)
    return findings
