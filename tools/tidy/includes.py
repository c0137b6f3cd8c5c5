"""Who may include whom: the folders' ladder, no cycles, heavy headers in one place each."""

import re

from .source import Finding

# Direct edges; what a folder may include is everything below it. main.cc alone brings all together.
LADDER = {
    "base": (),
    "model": ("base",),
    "protocol": ("model",),
    "engine": ("model",),
    "storage": ("model",),
    "client": ("protocol",),
    "worker": ("client",),
    "cli": ("client",),
    "server": ("engine", "storage", "protocol"),
}

# Each costs 8 to 30 s to compile, so one .cc has it and gives the rest of the program a plain
# header.
HEAVY = {
    "spdlog": r"spdlog/",
    "CLI11": r"CLI/",
    "Boost.Beast": r"boost/beast",
}
RAPIDCHECK = r"rapidcheck(\.h|/)"
GMOCK = r"gmock/"

# The network library stays behind these two, so that the simulator can run everything else.
ASIO = r"boost/(asio|beast)"
ASIO_HOMES = r"^src/server/(loop|http)[^/]*$"

THIRD_PARTY = r"(boost|rocksdb|simdjson|fmt|spdlog|CLI|gtest|rapidcheck|openssl)\b"


def reachable(folder):
    """The folder and all below it."""
    found = {folder}
    for below in LADDER.get(folder, ()):
        found |= reachable(below)
    return found


def owner(target, by_name):
    """The folder that an include names: its first part, or that of the public header it is."""
    found = by_name.get(target)
    return found.folder if found else target.partition("/")[0]


def check_ladder(source, by_name):
    if source.folder is None:
        return []
    allowed = reachable(source.folder)
    if source.folder not in LADDER:
        return [
            Finding(
                source.path,
                1,
                "ladder",
                f"{source.folder}/ has no place on the ladder; use a folder of DESIGN's list",
            )
        ]
    findings = []
    for include in source.includes:
        if include.angled:
            continue
        target = owner(include.target, by_name)
        if target not in allowed:
            findings.append(
                Finding(
                    source.path,
                    include.line,
                    "ladder",
                    f"{source.folder}/ may not include {include.target}; it may use "
                    f"{', '.join(sorted(allowed))}: move what is needed down, or pass it in",
                )
            )
    return findings


def find_cycles(graph):
    """Each cycle once, as a list of nodes that ends where it began."""
    cycles, done = [], set()

    def visit(node, path):
        if node in path:
            cycles.append(path[path.index(node) :] + [node])
            return
        if node in done:
            return
        for target in graph.get(node, ()):
            visit(target, path + [node])
        done.add(node)

    for node in sorted(graph):
        visit(node, [])
    return cycles


def check_cycles(sources, by_name):
    graph = {
        source.path: [
            by_name[include.target].path
            for include in source.includes
            if not include.angled and include.target in by_name
        ]
        for source in sources
        if source.is_cpp
    }
    return [
        Finding(
            cycle[0],
            1,
            "include-cycle",
            " → ".join(cycle)
            + ": forward-declare, or move the shared part into a header of its own",
        )
        for cycle in find_cycles(graph)
    ]


def including(sources, pattern):
    """(source, include) for every include that matches."""
    return [
        (source, include)
        for source in sources
        if source.is_cpp
        for include in source.includes
        if re.match(pattern, include.target)
    ]


def check_heavy(sources):
    findings = []
    product = [source for source in sources if source.path.startswith("src/")]
    for name, pattern in HEAVY.items():
        found = including(product, pattern)
        homes = {source.path for source, _ in found}
        for source, include in found:
            if source.suffix == ".h":
                findings.append(
                    Finding(
                        source.path,
                        include.line,
                        "heavy-header",
                        f"{name} in a header; include it in the one .cc that uses it",
                    )
                )
            elif len(homes) > 1:
                findings.append(
                    Finding(
                        source.path,
                        include.line,
                        "heavy-header",
                        f"{name} is included by {', '.join(sorted(homes))}; keep it in one of them",
                    )
                )
    return findings


def check_places(sources):
    findings = []
    for source, include in including(sources, RAPIDCHECK):
        if not source.name.endswith("_property_test.cc"):
            findings.append(
                Finding(
                    source.path,
                    include.line,
                    "rapidcheck",
                    "RapidCheck belongs into a *_property_test.cc",
                )
            )
    for source, include in including(sources, GMOCK):
        findings.append(
            Finding(
                source.path,
                include.line,
                "gmock",
                "write a small fake of the seam instead of a gmock",
            )
        )
    for source, include in including(sources, ASIO):
        if source.path.startswith("src/") and not re.match(ASIO_HOMES, source.path):
            findings.append(
                Finding(
                    source.path,
                    include.line,
                    "asio",
                    "Asio and Beast stay in server/loop* and server/http*; "
                    "take bytes, `now` and an executor",
                )
            )
    return findings


def check_public_headers(sources):
    return [
        Finding(
            source.path,
            include.line,
            "public-header",
            f"{include.target}: no third-party type in a public header; hide it behind a pointer",
        )
        for source, include in including(sources, THIRD_PARTY)
        if source.path.startswith("include/muster/")
    ]


def check(sources):
    by_name = {source.include_name: source for source in sources if source.is_cpp}
    findings = []
    for source in sources:
        if source.is_cpp:
            findings += check_ladder(source, by_name)
    return (
        findings
        + check_cycles(sources, by_name)
        + check_heavy(sources)
        + check_places(sources)
        + check_public_headers(sources)
    )
