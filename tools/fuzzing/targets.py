"""The targets of fuzz/: what each claims, and where its program and its inputs are."""

import dataclasses
import pathlib
import re
import subprocess

# "// framing: any split of the bytes gives …", the first line of a target's source.
_CLAIM = re.compile(r"^// (?P<name>\w+): (?P<claim>.+)$", re.M)


@dataclasses.dataclass(frozen=True)
class Target:
    name: str
    claim: str
    root: pathlib.Path

    @property
    def program(self):
        return self.root / "build/fuzz/fuzz" / f"fuzz_{self.name}"

    @property
    def kept(self):
        """Inputs in the repository: few, and each reaches something that the others do not."""
        return self.root / "fuzz/corpus" / self.name

    @property
    def found(self):
        """Inputs that runs on this machine found: never thrown away by them."""
        return self.root / "build/fuzz/corpus" / self.name

    @property
    def crashes(self):
        return self.root / "build/fuzz/crashes" / self.name

    def kept_inputs(self):
        return sorted(self.kept.iterdir()) if self.kept.is_dir() else []

    def planted_bugs(self):
        listed = subprocess.run(
            [self.program, "--list-planted"], capture_output=True, text=True, check=True
        )
        return listed.stdout.split()


def read_targets(root):
    """Every target, by name; a source without a claim is an error."""
    targets = []
    for path in sorted(pathlib.Path(root, "fuzz").glob("*_target.cc")):
        name = path.name.removesuffix("_target.cc")
        claim = _CLAIM.match(path.read_text(encoding="utf-8"))
        if not claim or claim["name"] != name:
            raise SystemExit(f"{path}: begin it with '// {name}: what it claims'")
        targets.append(Target(name, claim["claim"], pathlib.Path(root)))
    return targets
