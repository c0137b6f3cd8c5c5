"""The bash parts of ./dev: failed stages must show in the sum, packages are asked for politely."""

import pathlib
import re
import subprocess
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[1]


def bash(script, directory):
    """Runs a script after sourcing the parts of ./dev; its functions may fake the system."""
    preamble = f"set -euo pipefail; cd {ROOT}\n"
    parts = "".join(f"source tools/{name}.sh\n" for name in ("packages", "build", "ci"))
    return subprocess.run(
        ["bash", "-c", preamble + parts + f"cd {directory}\n" + script],
        capture_output=True,
        text=True,
        check=False,
        stdin=subprocess.DEVNULL,
    )


class DevCase(unittest.TestCase):
    def setUp(self):
        directory = tempfile.TemporaryDirectory()
        self.addCleanup(directory.cleanup)
        self.directory = directory.name

    def bash(self, script):
        return bash(script, self.directory)


class Stages(DevCase):
    STAGES = """
        need_packages() { :; }
        stage_good() { echo '3 passed, 0 failed, 1 skipped' >build/ci/good.counts; }
        stage_red() { echo '2 passed, 2 failed, 0 skipped' >build/ci/red.counts; return 1; }
        stage_mute() { false; true; }
        stage_liar() { echo '5 passed, 0 failed, 0 skipped' >build/ci/liar.counts; exit 3; }
        stage_garbled() { echo 'all fine' >build/ci/garbled.counts; }
        stage_short() { echo '4 passed, 0 failed' >build/ci/short.counts; }
    """

    def run_ci(self, *stages):
        done = self.bash(f"{self.STAGES}\nrun_ci {' '.join(stages)}")
        return done.returncode, done.stdout.splitlines()[-1], done.stdout

    def test_all_good(self):
        status, line, _ = self.run_ci("good", "short")
        self.assertEqual((status, line), (0, "7 passed, 0 failed, 1 skipped"))

    def test_each_way_to_fail_counts_and_later_stages_still_run(self):
        status, line, out = self.run_ci("red", "mute", "liar", "garbled", "good")
        self.assertEqual((status, line), (1, "10 passed, 5 failed, 1 skipped"))
        self.assertIn("failed: red mute liar garbled\n", out)

    def test_a_stage_that_does_not_exist_fails(self):
        status, line, _ = self.run_ci("nonsense")
        self.assertEqual((status, line), (1, "0 passed, 1 failed, 0 skipped"))

    def test_counts_of_an_earlier_run_are_not_taken(self):
        stale = "mkdir -p build/ci; echo '9 passed, 0 failed, 0 skipped' >build/ci/mute.counts\n"
        done = self.bash(stale + self.STAGES + "run_ci mute")
        self.assertEqual(done.stdout.splitlines()[-1], "0 passed, 1 failed, 0 skipped")


class Packages(DevCase):
    FAKES = """
        dpkg-query() { printf 'g++ installed\\npython3 installed\\nlibfmt-dev:amd64 installed\\n'; }
        id() { echo 1000; }
        may_use_sudo() { return 1; }
        apt-get() { echo "apt-get was called" >&2; }
        note_system() { :; }
        PACKAGES=([some]="g++ libfmt-dev cmake" [none]="g++ python3 libfmt-dev" [more]=ninja-build)
    """

    def test_nothing_missing_says_and_does_nothing(self):
        done = self.bash(self.FAKES + "need_packages none; echo went on")
        self.assertEqual((done.returncode, done.stdout, done.stderr), (0, "went on\n", ""))

    def test_without_rights_the_command_is_printed_and_the_status_is_2(self):
        done = self.bash(self.FAKES + "need_packages some more; echo went on")
        self.assertEqual((done.returncode, done.stdout), (2, ""))
        self.assertEqual(
            done.stderr.splitlines()[-1],
            "  apt-get update && apt-get install -y --no-install-recommends cmake ninja-build",
        )
        self.assertNotIn("was called", done.stderr)

    def test_with_rights_lists_are_renewed_then_the_missing_installed(self):
        fakes = """
            id() { echo 0; }
            apt-get() {
              echo "$@ [$DEBIAN_FRONTEND]" >>calls
              [[ $* == *--assume-no* ]] || return 0
              printf '%s\\n' 'Need to get 5,120 kB/6 MB of archives.' \\
                'After this operation, 20.1 MB of additional disk space will be used.'
            }
        """
        done = self.bash(self.FAKES + fakes + "need_packages some; echo went on")
        self.assertEqual((done.returncode, done.stdout), (0, "went on\n"))
        self.assertIn("5,120 kB to download, 20.1 MB on disk", done.stderr)
        calls = pathlib.Path(self.directory, "calls").read_text(encoding="utf-8").splitlines()
        self.assertTrue(calls[0].startswith("update"), calls)
        self.assertRegex(
            calls[-1],
            r"^install -y --no-install-recommends .*Lock::Timeout=300.* cmake \[noninteractive\]$",
        )

    def test_a_failed_installation_ends_with_status_2_and_the_command(self):
        fakes = "id() { echo 0; }\napt-get() { [[ $1 == update ]]; }\n"
        done = self.bash(self.FAKES + fakes + "need_packages some; echo went on")
        self.assertEqual((done.returncode, done.stdout), (2, ""))
        self.assertIn("install -y --no-install-recommends cmake", done.stderr)


class Verbs(unittest.TestCase):
    def test_help_names_every_verb_and_an_unknown_one_is_a_usage_error(self):
        shown = subprocess.run([ROOT / "dev", "help"], capture_output=True, text=True, check=True)
        script = (ROOT / "dev").read_text(encoding="utf-8")
        verbs = re.findall(r"^  ([a-z]+)(?: \|[^)]*)?\) ", script.partition("case $verb")[2], re.M)
        self.assertIn("test", verbs)
        for verb in verbs:
            self.assertRegex(shown.stdout, rf"(?m)^  {verb}\b")
        wrong = subprocess.run([ROOT / "dev", "dance"], capture_output=True, text=True, check=False)
        self.assertEqual(wrong.returncode, 2)
        self.assertIn("'dance'", wrong.stderr)


if __name__ == "__main__":
    unittest.main()
