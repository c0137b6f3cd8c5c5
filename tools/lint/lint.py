"""clang-tidy over the C++ sources that changed: no finding, or the status is 1.

    lint.py --tree build/release [--base COMMIT] [--seconds N] [--counts FILE]

Headers are checked through the sources beside them: a changed foo.h or foo_test.cc stands for
foo.cc. With --seconds no source is begun after so long, and those left out are named; they count as
skipped. A finding in a header that several sources include is one finding.
"""

import argparse
import concurrent.futures
import os
import pathlib
import re
import subprocess
import sys
import time

CLANG_TIDY = "clang-tidy-19"
FINDING = re.compile(r"^(?P<place>[^:\n]+:\d+:\d+): (?:warning|error): (?P<what>.*)$", re.M)
FILE_SECONDS = 300


def git(*words):
    done = subprocess.run(["git", *words], capture_output=True, text=True, check=False)
    return done.stdout.strip() if done.returncode == 0 else ""


def default_base():
    """Where this branch left main; on main itself the commit before."""
    base = git("merge-base", "HEAD", "main")
    return base if base and base != git("rev-parse", "HEAD") else git("rev-parse", "HEAD~1")


def sources_for(changed, exists):
    """The sources to check for changed files, without repetition."""
    found = []
    for path in changed:
        match = re.fullmatch(r"(.+?)(_property_test|_test)?\.(cc|h)", path)
        if not match:
            continue
        # The public headers have their sources in the client.
        beside = match[1].replace("include/muster/", "src/client/")
        for candidate in (f"{beside}.cc", path):
            if candidate.endswith(".cc") and candidate not in found and exists(candidate):
                found.append(candidate)
    return found


def findings_in(output, root):
    """["path:line:column: what [check]"], relative to the root."""
    return [
        f"{match['place'].removeprefix(f'{root}/')}: {match['what']}"
        for match in FINDING.finditer(output)
    ]


def check(source, tree, root):
    """The findings of one source."""
    command = [CLANG_TIDY, "--quiet", "-p", str(tree), f"--config-file={root / '.clang-tidy'}"]
    try:
        done = subprocess.run(
            [*command, source],
            cwd=root,
            capture_output=True,
            text=True,
            check=False,
            timeout=FILE_SECONDS,
        )
    except subprocess.TimeoutExpired:
        return [f"{source}: clang-tidy took more than {FILE_SECONDS} s"]
    found = findings_in(done.stdout, root)
    if done.returncode != 0 and not found:
        found = [f"{source}: clang-tidy failed: {done.stderr.strip()[-500:]}"]
    return found


def check_all(sources, check_one, seconds, at_once):
    """(clean sources, findings, sources that the time did not suffice for)."""
    end = time.monotonic() + seconds
    clean, findings, left = [], [], []

    def one(source):
        return None if time.monotonic() > end else check_one(source)

    with concurrent.futures.ThreadPoolExecutor(max_workers=at_once) as pool:
        for source, found in zip(sources, pool.map(one, sources)):
            if found is None:
                left.append(source)
            elif found:
                findings += [finding for finding in found if finding not in findings]
            else:
                clean.append(source)
    return clean, findings, left


def main():
    parser = argparse.ArgumentParser(
        prog="./dev lint", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--tree", type=pathlib.Path, default="build/release")
    parser.add_argument("--base", help="default: where this branch left main")
    parser.add_argument("--seconds", type=float, default=float("inf"))
    parser.add_argument("--counts", type=pathlib.Path, help="file that gets the last line")
    arguments = parser.parse_args()
    root = pathlib.Path.cwd()
    base = arguments.base or default_base()
    changed = git("diff", "--name-only", "--diff-filter=d", base, "--", "*.cc", "*.h").split()
    # Only what the build knows how to compile.
    known = (arguments.tree / "compile_commands.json").read_text(encoding="utf-8")
    sources = sources_for(changed, lambda path: f"{root}/{path}\"" in known)
    print(f"lint: {len(sources)} sources for what changed since {base[:10]}", flush=True)
    at_once = int(os.environ.get("MUSTER_JOBS", os.cpu_count() or 1))
    clean, findings, left = check_all(
        sources, lambda source: check(source, arguments.tree, root), arguments.seconds, at_once
    )
    print("\n".join(findings + [f"no time left for {source}" for source in left]))
    line = f"{len(clean)} passed, {len(findings)} failed, {len(left)} skipped"
    if arguments.counts:
        arguments.counts.write_text(line + "\n", encoding="utf-8")
    print(line)
    return 1 if findings else 0


if __name__ == "__main__":
    sys.exit(main())
