"""The command line: what it prints, and its exit codes."""

import json
import os
import re
import signal
import subprocess
import unittest

from support.case import SharedServerCase, scratch_directory
from support.jobs import await_end, await_state
from support.process_tree import living
from support.processes import Process, binary, run_cli

OK, USAGE, NOT_FOUND, CONFLICT, UNAVAILABLE, WAIT_TIMED_OUT = 0, 2, 3, 5, 6, 124


class CommandLine(SharedServerCase):
    server_options = ("--durability", "memory")

    def cli(self, *words, code=OK, **settings):
        """Runs it, checks the exit code, returns stdout."""
        done = run_cli(self.server, *words, **settings)
        self.assertEqual(done.returncode, code, done)
        self.complaint = done.stderr
        return done.stdout

    def rows(self, *words, **settings):
        """What it prints with -o json: an object a line."""
        lines = self.cli(*words, "-o", "json", **settings).splitlines()
        return [json.loads(line) for line in lines]

    def test_submit_prints_the_id_and_nothing_else(self):
        job = self.cli(
            "submit",
            "--queue",
            self.queue,
            "--priority",
            "7",
            "--retries",
            "2",
            "--timeout",
            "5m",
            "--",
            "echo",
            "--not-a-flag",
        ).strip()
        record = self.client.do("job_status", job_id=job)
        self.assertEqual(
            (record["command"], record["priority"], record["timeout_ms"]),
            (["echo", "--not-a-flag"], 7, 300_000),
        )
        self.assertEqual(self.complaint, "")

    def test_submit_sleep_with_a_name(self):
        self.assertEqual(
            self.cli("submit", "--queue", self.queue, "--sleep", "5", "--id", self.job("a")),
            self.job("a") + "\n",
        )
        self.assertEqual(self.client.do("job_status", job_id=self.job("a"))["duration"], 5)

    def test_submit_with_a_delay(self):
        job = self.cli("submit", "--queue", self.queue, "--delay", "1h", "--", "true").strip()
        self.assertEqual(self.client.do("job_status", job_id=job)["state"], "scheduled")

    def test_submit_from_stdin(self):
        lines = [
            json.dumps({"queue": self.queue, "job_id": self.job(str(number)), "duration": 1})
            for number in range(2500)
        ]
        out = self.cli("submit", "-", stdin="\n".join(lines) + "\n")
        self.assertEqual(out.split(), [self.job(str(number)) for number in range(2500)])

    def test_submit_from_stdin_names_the_bad_line(self):
        good = json.dumps({"queue": self.queue, "duration": 1})
        for bad in ("nonsense", '{"duration":-1}', "[]"):
            printed = self.cli("submit", "-", stdin=f"{good}\n{bad}\n{good}\n", code=USAGE)
            self.assertIn("line 2", self.complaint)
            self.assertEqual(len(printed.split()), 2)

    def test_conflicting_name(self):
        self.cli("submit", "--queue", self.queue, "--sleep", "5", "--id", self.job("a"))
        self.cli(
            "submit", "--queue", self.queue, "--sleep", "6", "--id", self.job("a"), code=CONFLICT
        )

    def test_run_is_the_command_itself(self):
        self.worker(self.job("w"), queues=[self.queue])
        self.assertEqual(
            self.cli(
                "run",
                "--queue",
                self.queue,
                "--",
                "sh",
                "-c",
                "echo out; echo err >&2; exit 7",
                code=7,
            ),
            "out\n",
        )
        self.assertIn("err\n", self.complaint)
        self.assertEqual(self.cli("run", "--queue", self.queue, "--", "echo", "hello"), "hello\n")
        self.cli("run", "--queue", self.queue, "--", "sh", "-c", "kill -TERM $$", code=128 + 15)

    def test_status_of_one_and_of_none(self):
        job = self.submit("a")
        self.assertIn("ready", self.cli("status", job))
        self.assertEqual(self.rows("status", job)[0]["state"], "ready")
        self.cli("status", "nobody", code=NOT_FOUND)
        self.assertIn("nobody", self.complaint)

    def test_status_waits_for_the_end(self):
        self.worker(self.job("w"), queues=[self.queue])
        job = self.submit("a", duration=0.3)
        self.assertEqual(self.rows("status", "--wait", job)[0]["state"], "completed")
        late = self.submit("late", delay_ms=3_600_000)
        self.cli("status", "--wait", "--timeout", "200ms", late, code=WAIT_TIMED_OUT)

    def test_list_filters(self):
        for name in ("a", "b"):
            self.submit(name)
        self.client.do("cancel_job", job_id=self.job("b"))
        self.assertIn(self.job("a"), self.cli("list", "--queue", self.queue))
        rows = self.rows("list", "--queue", self.queue, "--state", "cancelled")
        self.assertEqual([row["job_id"] for row in rows], [self.job("b")])

    def test_list_of_more_than_a_page(self):
        jobs = [
            {"job_id": self.job(str(number)), "queue": self.queue, "duration": 1}
            for number in range(250)
        ]
        self.client.do("submit_jobs", jobs=jobs)
        self.assertEqual(len(self.rows("list", "--queue", self.queue)), 100)
        self.assertEqual(len(self.rows("list", "--queue", self.queue, "--limit", "7")), 7)
        rows = self.rows("list", "--queue", self.queue, "--all")
        self.assertEqual([row["job_id"] for row in rows], [job["job_id"] for job in jobs])

    def test_tables_in_a_pipe_are_tab_separated_and_whole(self):
        job = self.submit("a" * 100)
        cells = self.cli("list", "--queue", self.queue).rstrip("\n").split("\t")
        self.assertEqual(cells[:2], [job, "ready"])

    def test_cancel_retry_delete(self):
        job = self.submit("a")
        self.cli("cancel", job)
        self.assertEqual(self.client.do("job_status", job_id=job)["state"], "cancelled")
        self.cli("retry", job)
        self.assertEqual(self.client.do("job_status", job_id=job)["state"], "ready")
        self.cli("cancel", job)
        self.cli("delete", job)
        for verb in ("cancel", "retry", "delete"):
            self.cli(verb, job, code=NOT_FOUND)

    def test_cancel_of_a_running_job(self):
        self.worker(self.job("w"), queues=[self.queue])
        job = self.submit("a", duration=600)
        await_state(self.client, job, "running")
        self.cli("cancel", job)
        self.assertEqual(await_end(self.client, job)["state"], "cancelled")

    def test_delete_of_a_running_job_is_a_conflict(self):
        job = self.submit("a")
        self.take(lease_ms=60_000)
        self.cli("delete", job, code=CONFLICT)

    def test_queues_workers_stats_pause_resume(self):
        self.submit("a")
        self.worker(self.job("w"), queues=[self.queue + ".other"])
        self.cli("pause", self.queue)
        self.assertEqual(
            self.client.do("request_job", worker_id="x", queues=[self.queue])["type"], "no_job"
        )
        self.assertIn(self.queue, self.cli("queues"))
        self.cli("resume", self.queue)
        self.take()
        await_end(self.client, self.submit("b", queue=self.queue + ".other", duration=0))
        self.assertIn(self.job("w"), self.cli("workers"))
        self.assertIn(self.job("w"), [row["worker_id"] for row in self.rows("workers")])
        self.assertIn(self.queue, [row["queue"] for row in self.rows("queues")])
        self.assertIn("running", self.rows("stats")[0]["jobs"])

    def test_usage_errors_name_the_remedy(self):
        for words, hint in (
            (["stauts"], "status"),
            (["submit"], "--"),
            (["status"], "ID"),
            (["list", "--qeue", "x"], "--queue"),
            (["submit", "--priority", "high", "--", "true"], "--priority"),
            (["submit", "--delay", "soon", "--", "true"], "--delay"),
            (["run"], "--"),
            (["list", "-o", "yaml"], "json"),
        ):
            self.assertEqual(self.cli(*words, code=USAGE), "")
            self.assertIn(hint, self.complaint, words)

    def test_server_that_is_not_there(self):
        done = subprocess.run(
            [binary(), "stats", "--server", "127.0.0.1:1"],
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        self.assertEqual(done.returncode, UNAVAILABLE, done)
        self.assertIn("127.0.0.1:1", done.stderr)

    def test_help_and_version(self):
        for words in (["--help"], ["help"], ["submit", "--help"], ["help", "run"]):
            self.assertIn("muster", self.cli(*words))
        self.assertRegex(self.cli("--version"), r"\d+\.\d+")

    def test_output_into_a_closed_pipe(self):
        for number in range(200):
            self.submit(str(number))
        pipe = f"{binary()} list --queue {self.queue} | head -1"
        done = subprocess.run(
            ["sh", "-c", pipe],
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
            env={**os.environ, "MUSTER_SERVER": self.server.listen_words()},
        )
        self.assertEqual(done.returncode, 0)
        self.assertNotIn("terminate", done.stderr)


class Household(unittest.TestCase):
    """`muster dev`, which is also `./dev up`: a server and workers in the foreground."""

    def test_it_runs_jobs_and_leaves_nobody_behind(self):
        directory = scratch_directory(self)
        words = ["dev", "--listen", "127.0.0.1:0", "--data", directory / "data"]
        household = Process(words, directory / "dev.err")
        self.addCleanup(household.stop)
        line = household.line()
        address = re.fullmatch(r"muster dev: server at (\S+), 2 workers; Ctrl-C stops them", line)
        self.assertTrue(address, line)
        done = subprocess.run(
            [binary(), "run", "--server", address[1], "--", "echo", "hello"],
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        self.assertEqual((done.returncode, done.stdout), (0, "hello\n"))
        household.signal(signal.SIGINT)
        self.assertIn(household.wait(), (0, 130))
        self.assertEqual(living(address[1]), [])


if __name__ == "__main__":
    unittest.main()
