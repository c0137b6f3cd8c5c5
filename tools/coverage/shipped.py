"""Which files of a folder are measured: the sources that are no tests, and what they include."""

import re

INCLUDE = re.compile(r'^\s*#\s*include\s*"([^"]+)"', re.M)


def included(path, texts):
    """Project files that a file includes, directly or not."""
    found, pending = set(), [path]
    while pending:
        for target in INCLUDE.findall(texts[pending.pop()]):
            name = f"src/{target}"
            if name in texts and name not in found:
                found.add(name)
                pending.append(name)
    return found


def shipped_files(texts, folder):
    """Paths below src/FOLDER/ that the product is made of, given {path: text} of all of src/.

    A header that only tests include (a fixture, a checker) is not measured; main.cc and all
    folders count as the product, since a header may be meant for the folder above.
    """
    sources = [path for path in texts if path.endswith(".cc") and not path.endswith("_test.cc")]
    product = set(sources)
    for path in sources:
        product |= included(path, texts)
    return {path for path in product if path.startswith(f"src/{folder}/")}
