"""Source files as the rules see them: text, code without comments and strings, includes."""

import dataclasses
import functools
import pathlib
import re
import subprocess

CPP_SUFFIXES = (".cc", ".h")

# In this order: what starts first wins, so that a quote in a comment starts no string.
_BLANKED = re.compile(
    r"""//[^\n]*                                  # line comment
      | /\*.*?\*/                                 # block comment
      | R"(?P<tag>[^()\\\s]{0,16})\(.*?\)(?P=tag)"  # raw string
      | "(?:[^"\\\n]|\\.)*"                       # string
      | (?<![0-9A-Fa-f])'(?:[^'\\\n]|\\.)+'       # character, and no digit separator
    """,
    re.X | re.S,
)

_INCLUDE = re.compile(r'^[ \t]*#[ \t]*include[ \t]*([<"])([^>"\n]+)[>"]', re.M)


@dataclasses.dataclass(frozen=True)
class Finding:
    """One broken rule. The message says what to do instead."""

    path: str
    line: int
    rule: str
    message: str

    def __str__(self):
        return f"{self.path}:{self.line}: {self.message} [{self.rule}]"


@dataclasses.dataclass(frozen=True)
class Include:
    line: int
    target: str
    angled: bool


@dataclasses.dataclass(frozen=True)
class Source:
    """One file. `path` is relative to the root of the project, with slashes."""

    path: str
    text: str

    @property
    def name(self):
        return self.path.rpartition("/")[2]

    @property
    def suffix(self):
        return pathlib.PurePosixPath(self.path).suffix

    @property
    def is_cpp(self):
        return self.suffix in CPP_SUFFIXES

    @property
    def is_test(self):
        return self.name.endswith("_test.cc") or self.path.startswith("tests/")

    @property
    def folder(self):
        """engine for src/engine/lane.h, client for include/muster/client.h, None for others."""
        parts = self.path.split("/")
        if parts[0] == "src" and len(parts) > 2:
            return parts[1]
        return "client" if self.path.startswith("include/muster/") else None

    @property
    def include_name(self):
        """How others include it: src/engine/lane.h as engine/lane.h."""
        for root in ("src/", "include/"):
            if self.path.startswith(root):
                return self.path[len(root) :]
        return self.path

    @functools.cached_property
    def lines(self):
        return self.text.splitlines()

    @functools.cached_property
    def without_comments(self):
        return _blank(self.text, strings=False)

    @functools.cached_property
    def code(self):
        """The text with comments and the insides of strings blanked: same length, same lines."""
        return _blank(self.text, strings=True)

    @functools.cached_property
    def includes(self):
        text = self.without_comments
        return [
            Include(line_of(text, match.start(2)), match[2], match[1] == "<")
            for match in _INCLUDE.finditer(text)
        ]


def _blank(text, strings):
    def replace(match):
        found = match[0]
        if found.startswith("/"):
            return re.sub(r"[^\n]", " ", found)
        if not strings:
            return found
        return found[0] + re.sub(r"[^\n]", " ", found[1:-1]) + found[-1]

    return _BLANKED.sub(replace, text)


def line_of(text, offset):
    return text.count("\n", 0, offset) + 1


def findings_of(pattern, source, rule, message):
    """A finding for each match of the pattern in the code of the source."""
    return [
        Finding(source.path, line_of(source.code, match.start()), rule, message)
        for match in re.finditer(pattern, source.code)
    ]


def _listed_files(root):
    """Paths of the files git knows or would add; outside a repository, of all that are neither
    built nor hidden."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=root,
        capture_output=True,
        check=False,
    )
    if listed.returncode == 0:
        return sorted(filter(None, listed.stdout.decode().split("\0")))
    relative = [path.relative_to(root) for path in pathlib.Path(root).rglob("*") if path.is_file()]
    return sorted(
        str(path)
        for path in relative
        if path.parts[0] != "build" and not any(part.startswith(".") for part in path.parts)
    )


def read_sources(root):
    """Every text file of the project."""
    sources = []
    for path in _listed_files(root):
        try:
            text = pathlib.Path(root, path).read_text(encoding="utf-8")
        except (UnicodeDecodeError, FileNotFoundError, IsADirectoryError):
            continue
        sources.append(Source(path, text))
    return sources
