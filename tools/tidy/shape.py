"""Sizes: width, file length, function length, nesting, parameters."""

import ast

from .functions import Function, find_functions
from .source import Finding

MAX_WIDTH = 100
MAX_FUNCTION_LINES = 70
MAX_NESTING = 4
MAX_PARAMETERS = 6
MAX_FILE_LINES = {".cc": 600, ".h": 300, ".py": 600}

# Text that is laid out by hand; documents and golden files are as wide as they are.
WIDE_CHECKED = (".cc", ".h", ".py", ".sh", ".txt", ".cmake")
WIDE_CHECKED_NAMES = ("dev", "run")


def check_width(source):
    if source.suffix not in WIDE_CHECKED and source.name not in WIDE_CHECKED_NAMES:
        return []
    return [
        Finding(
            source.path, number, "width", f"{len(line)} characters; break the line at {MAX_WIDTH}"
        )
        for number, line in enumerate(source.lines, 1)
        if len(line) > MAX_WIDTH
    ]


def check_file_length(source):
    limit = MAX_FILE_LINES.get(source.suffix)
    if limit is None or len(source.lines) <= limit:
        return []
    return [
        Finding(
            source.path,
            limit,
            "file-length",
            f"{len(source.lines)} lines; split by subject at {limit}",
        )
    ]


def python_functions(source):
    """Functions of a Python file. Depth and parameters are left to the reader."""
    try:
        tree = ast.parse(source.text)
    except SyntaxError:
        return []
    return [
        Function(node.name, node.lineno, node.end_lineno, 0, 0)
        for node in ast.walk(tree)
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef))
    ]


def check_functions(source):
    findings = []

    def find(function, rule, message):
        findings.append(
            Finding(source.path, function.first_line, rule, f"{function.name}: {message}")
        )

    for function in find_functions(source) if source.is_cpp else python_functions(source):
        length = function.last_line - function.first_line + 1
        if length > MAX_FUNCTION_LINES:
            find(
                function,
                "function-length",
                f"{length} lines; name its parts and call them ({MAX_FUNCTION_LINES})",
            )
        if function.depth > MAX_NESTING:
            find(
                function,
                "nesting",
                f"nests {function.depth} deep; return early or name the inner part ({MAX_NESTING})",
            )
        if function.parameters > MAX_PARAMETERS:
            find(
                function,
                "parameters",
                f"{function.parameters} parameters; make a struct of what belongs together "
                f"({MAX_PARAMETERS})",
            )
    return findings


def check(sources):
    findings = []
    for source in sources:
        findings += check_width(source)
        findings += check_file_length(source)
        if source.is_cpp or source.suffix == ".py":
            findings += check_functions(source)
    return findings
