"""Finds functions in C++ text: where they begin and end, how deep they nest, how many parameters
they take.

No parser: braces are told apart by what stands before them. That is enough for code that
clang-format laid out: a brace that opens a block follows a blank or a parenthesis, one that
initialises follows a name or an operator.
"""

import dataclasses
import re

from .source import line_of

_TYPE_HEAD = re.compile(r"\b(class|struct|union|enum)\b")
_NAMESPACE_HEAD = re.compile(r'(\bnamespace\b[\w\s:]*|\bextern\s*"\s*")$')
_NO_PARAMETERS = {
    "alignas",
    "decltype",
    "explicit",
    "noexcept",
    "requires",
    "__attribute__",
    "sizeof",
    "static_assert",
}


@dataclasses.dataclass
class Function:
    """Lines count from 1 and include the signature. `parameters` is the count."""

    name: str
    first_line: int
    last_line: int
    depth: int
    parameters: int


@dataclasses.dataclass
class _Scope:
    kind: str  # namespace, type, function, block, initialiser
    start: int = 0
    head: str = ""
    deepest: int = 0
    outer: tuple = (0, 0)  # parentheses open around the brace, and where its statement began


def _without_preprocessor(code):
    """Directives and their continued lines blanked: a macro's braces balance nobody's."""
    return re.sub(
        r"^[ \t]*#(?:[^\n]*\\\n)*[^\n]*",
        lambda match: re.sub(r"[^\n]", " ", match[0]),
        code,
        flags=re.M,
    )


def _parameter_list(head):
    """(name, text between the parentheses) of the function a head declares, or None."""
    angle = 0
    position = 0
    while position < len(head):
        character = head[position]
        before = head[:position].rstrip()
        if character == "<" and re.search(r"[\w:]$", before) and not before.endswith("operator"):
            angle += 1
        elif character == ">" and angle and not before.endswith("-"):
            angle -= 1
        elif character == "(":
            end = _closing(head, position)
            name = re.search(
                r"(operator\s*\W{1,3}|operator\s*(?:new|delete|bool)|~?[\w:]+)$", before
            )
            is_call_operator = (
                before.endswith("operator") and head[position : end + 1].strip("() ") == ""
            )
            if angle == 0 and name and name[0] not in _NO_PARAMETERS and not is_call_operator:
                return name[0], head[position + 1 : end]
            position = end
        position += 1
    return None


def _closing(text, opening):
    depth = 0
    for position in range(opening, len(text)):
        depth += {"(": 1, ")": -1}.get(text[position], 0)
        if depth == 0:
            return position
    return len(text)


def _count_parameters(text):
    if not text.strip() or text.strip() == "void":
        return 0
    depth = 0
    count = 1
    for position, character in enumerate(text):
        if character in "([{":
            depth += 1
        elif character in ")]}":
            depth -= 1
        elif character == "<" and re.search(r"\w$", text[:position]):
            depth += 1
        elif character == ">" and text[position - 1 : position] not in ("-", "="):
            depth -= 1
        elif character == "," and depth == 0:
            count += 1
    return count


def _kind_of_brace(head, before, parent):
    """What a `{` opens, from the text since the last statement and the character before it."""
    stripped = head.strip()
    if parent in ("function", "block"):
        opens_block = stripped == "" or stripped.endswith((")", ":", ";")) or before.isspace()
        if re.search(r"(=|\breturn|,|\(|\{|&&|\|\|)$", stripped):
            opens_block = False
        return "block" if opens_block else "initialiser"
    if parent == "initialiser":
        return (
            "block"
            if re.search(r"\)(\s*(mutable|const|noexcept))?(\s*->[^()]*)?$", stripped)
            else "initialiser"
        )
    if _NAMESPACE_HEAD.search(stripped):
        return "namespace"
    if re.search(r"(=|,|\()$", stripped):
        return "initialiser"
    if _TYPE_HEAD.search(stripped) and not _parameter_list(_without_templates(stripped)):
        return "type"
    if "(" in stripped and (before.isspace() or before == ")"):
        return "function"
    return "initialiser"


def _without_templates(head):
    """A head without its leading template<…>, whose `class T` makes no class."""
    match = re.match(r"\s*template\s*<", head)
    if not match:
        return head
    depth = 0
    for position in range(match.end() - 1, len(head)):
        depth += {"<": 1, ">": -1}.get(head[position], 0)
        if depth == 0:
            return _without_templates(head[position + 1 :])
    return head


class _Scanner:
    """Walks over the code once, keeping the stack of open braces."""

    def __init__(self, code):
        self._code = _without_preprocessor(code)
        self._scopes = [_Scope("namespace")]
        self._head_start = 0
        self._parentheses = 0
        self.functions = []

    def run(self):
        for match in re.finditer(r"[{}();]", self._code):
            character, offset = match[0], match.start()
            if character == "(":
                self._parentheses += 1
            elif character == ")":
                self._parentheses -= 1
            elif character == "{":
                self._open(offset)
            elif character == "}":
                self._close(offset)
            elif self._parentheses <= 0:
                self._end_statement(offset)
        return self.functions

    def _open(self, offset):
        head = re.sub(
            r"\b(public|protected|private)\s*:(?!:)", " ", self._code[self._head_start : offset]
        )
        kind = _kind_of_brace(
            _without_templates(head), self._code[offset - 1 : offset] or " ", self._scopes[-1].kind
        )
        scope = _Scope(kind, self._start_of_head(offset), head)
        # Parentheses around a lambda or an initialiser go on after its brace; inside it they begin
        # anew.
        scope.outer = (self._parentheses, self._head_start)
        self._scopes.append(scope)
        self._parentheses = 0
        if kind == "block":
            self._note_depth()
        self._head_start = offset + 1

    def _start_of_head(self, offset):
        text = self._code[self._head_start : offset]
        visible = re.sub(
            r"\b(public|protected|private)\s*:(?!:)", lambda match: " " * len(match[0]), text
        )
        return self._head_start + len(visible) - len(visible.lstrip())

    def _note_depth(self):
        blocks = 0
        for scope in reversed(self._scopes):
            if scope.kind == "block":
                blocks += 1
            elif scope.kind == "function":
                scope.deepest = max(scope.deepest, blocks)
                return

    def _close(self, offset):
        if len(self._scopes) == 1:
            return
        scope = self._scopes.pop()
        self._parentheses, outer_head = scope.outer
        # After an initialiser (or a lambda inside parentheses) the statement it stands in goes on.
        continues = scope.kind == "initialiser" or self._parentheses > 0
        self._head_start = outer_head if continues else offset + 1
        if scope.kind == "function":
            name, parameters = _parameter_list(_without_templates(scope.head)) or ("?", "")
            self.functions.append(
                Function(
                    name,
                    line_of(self._code, scope.start),
                    line_of(self._code, offset),
                    scope.deepest,
                    _count_parameters(parameters),
                )
            )

    def _end_statement(self, offset):
        if self._scopes[-1].kind in ("namespace", "type"):
            self._declaration(self._code[self._head_start : offset], offset)
        self._head_start = offset + 1

    def _declaration(self, head, offset):
        """A function that is only declared has parameters to count, and no body."""
        head = _without_templates(re.sub(r"\b(public|protected|private)\s*:(?!:)", " ", head))
        before_body = re.split(r"(?<![=<>!])=(?!=)", head)[0] if "operator" not in head else head
        found = _parameter_list(before_body)
        if found and not re.search(r"\b(using|typedef|return)\b", head) and not found[0].isupper():
            line = line_of(self._code, self._start_of_head(offset))
            self.functions.append(Function(found[0], line, line, 0, _count_parameters(found[1])))


def find_functions(source):
    return _Scanner(source.code).run()
