"""From what llvm-cov exports to outcomes of branches in the source.

llvm-cov counts each function of each program apart: a template once an instantiation, an inline
function once a program, a macro once an expansion. Here an *outcome* is one answer, true or false,
of one condition in the source text. It is taken when any test program took it in any instantiation:
a template is one piece of source, and its tests need not repeat themselves for each type.
"""

import dataclasses

# Fields of a region and of a branch in the exported JSON.
REGION_FILE, REGION_EXPANDED, REGION_KIND = 5, 6, 7
EXPANSION = 1
BRANCH_TRUE, BRANCH_FALSE, BRANCH_FILE = 4, 5, 6


@dataclasses.dataclass(frozen=True, order=True)
class Span:
    """Where a condition stands; columns count from 1, the end is behind the last character."""

    path: str
    line: int
    column: int
    end_line: int
    end_column: int


@dataclasses.dataclass(frozen=True, order=True)
class Branch:
    """One condition. `path` and `line` are those of the source a person reads: for a condition that
    a macro wrote, the line that used the macro (`site`); `text` is where its words stand."""

    path: str
    line: int
    column: int
    span: Span
    from_macro: bool


def expansion_sites(function):
    """{file number of an expansion: (file number, line, column) of where the macro is used}."""
    return {
        region[REGION_EXPANDED]: (region[REGION_FILE], region[0], region[1])
        for region in function["regions"]
        if region[REGION_KIND] == EXPANSION
    }


def branches_of(function, root):
    """(Branch, times true, times false) of one function as exported."""
    names = [relative(name, root) for name in function["filenames"]]
    sites = expansion_sites(function)
    for branch in function["branches"]:
        span = Span(names[branch[BRANCH_FILE]], *branch[:4])
        file, line, column = branch[BRANCH_FILE], branch[0], branch[1]
        while file in sites:
            file, line, column = sites[file]
        found = Branch(names[file], line, column, span, file != branch[BRANCH_FILE])
        yield found, branch[BRANCH_TRUE], branch[BRANCH_FALSE]


def relative(name, root):
    return name.removeprefix(f"{root}/")


def functions_of(export):
    return [function for data in export["data"] for function in data["functions"]]


def merge(defining, adding, root):
    """{Branch: [times true, times false]}.

    The exports in `defining` say which branches there are; those in `adding` (programs that are
    built with seeded bugs, so that their conditions are not quite those of the product) add their
    counts to these and nothing else.
    """
    counts = {}
    for export in defining:
        for function in functions_of(export):
            for branch, taken, not_taken in branches_of(function, root):
                add(counts.setdefault(branch, [0, 0]), taken, not_taken)
    for export in adding:
        for function in functions_of(export):
            for branch, taken, not_taken in branches_of(function, root):
                if branch in counts:
                    add(counts[branch], taken, not_taken)
    return counts


def add(sums, taken, not_taken):
    sums[0] += taken
    sums[1] += not_taken


def files_measured(exports, root):
    """Paths in which any function was found."""
    return {
        relative(name, root)
        for export in exports
        for function in functions_of(export)
        for name in function["filenames"]
    }
