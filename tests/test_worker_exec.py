"""Commands on a real worker: output, exit codes, signals, timeouts, cancels, environment."""

import base64
import json
import time
import unittest

from support import worker_log
from support.case import SharedServerCase
from support.jobs import await_end, await_state, output
from support.process_tree import living
from support.waiting import until

CAPTURED = 64 * 1024


class Commands(SharedServerCase):
    server_options = ("--durability", "memory")

    def setUp(self):
        super().setUp()
        self.muster = self.worker(
            self.job("w"), "--grace", "1s", queues=[self.queue], concurrency=2
        )

    def run_job(self, *command, name="a", **fields):
        """Submits a command with one attempt and returns its record when it has ended."""
        fields.setdefault("retry", {"max_attempts": 1})
        job = self.job(name)
        self.client.do("submit_job", job_id=job, queue=self.queue, command=list(command), **fields)
        return await_end(self.client, job)

    def test_output_and_exit_code(self):
        record = self.run_job("sh", "-c", "echo out; echo err >&2")
        self.assertEqual(record["state"], "completed")
        result = record["result"]
        self.assertEqual(result["exit_code"], 0)
        self.assertEqual((output(record), output(record, "stderr")), ("out\n", "err\n"))
        self.assertGreaterEqual(result["duration_ms"], 0)
        self.assertGreater(result["max_rss_bytes"], 0)

    def test_no_shell_is_in_between(self):
        self.assertEqual(
            output(self.run_job("echo", "$HOME", "*", "a  b", ";", "")),
            "$HOME * a  b ; \n",
        )

    def test_environment_names_the_attempt(self):
        record = self.run_job(
            "sh", "-c", "echo $MUSTER_JOB_ID $MUSTER_ATTEMPT $MUSTER_LEASE $MUSTER_QUEUE"
        )
        self.assertEqual(
            output(record).split(),
            [self.job("a"), "1", str(record["lease"]), self.queue],
        )

    def test_failing_command_is_dead_with_its_code_and_output(self):
        record = self.run_job("sh", "-c", "echo so far; exit 7")
        self.assertEqual((record["state"], record["death_reason"]), ("dead", "attempts"))
        self.assertEqual((record["result"]["exit_code"], output(record)), (7, "so far\n"))
        self.assertEqual(record["attempts"][0]["error"]["exit_code"], 7)

    def test_signalled_command(self):
        record = self.run_job("sh", "-c", "kill -SEGV $$")
        self.assertEqual(record["state"], "dead")
        self.assertEqual(record["attempts"][0]["error"]["signal"], 11)

    def test_command_that_is_not_there(self):
        record = self.run_job("/no/such/program")
        self.assertEqual(record["state"], "dead")
        self.assertIn("/no/such/program", json.dumps(record["attempts"]))

    def test_retries_count_attempts(self):
        record = self.run_job(
            "sh",
            "-c",
            'test "$MUSTER_ATTEMPT" -eq 3',
            retry={"max_attempts": 5, "backoff_ms": 1, "jitter": 0},
        )
        self.assertEqual(
            (record["state"], record["attempt"], record["failures"]), ("completed", 3, 2)
        )

    def test_long_output_keeps_head_and_tail(self):
        record = self.run_job("seq", "1", "100000")
        text = json.dumps(record["result"])
        self.assertIn("1\\n2\\n3\\n", text)
        self.assertIn("99999\\n100000\\n", text)
        self.assertLess(len(text), 3 * CAPTURED)

    def test_output_that_is_not_utf8_is_base64(self):
        record = self.run_job("printf", r"\377\000x")
        self.assertIn(base64.b64encode(b"\xff\x00x").decode(), json.dumps(record["result"]))

    def test_stdin_is_empty(self):
        self.assertEqual(output(self.run_job("cat")), "")

    def test_timeout_ends_the_attempt(self):
        record = self.run_job("sleep", "600", timeout_ms=300)
        self.assertEqual(record["state"], "dead")
        self.assertEqual(record["attempts"][0]["outcome"], "timed_out")

    def test_timeout_of_what_ignores_term_kills(self):
        mark = f"deaf.{self.queue}.{time.monotonic_ns()}"
        record = self.run_job(
            "sh", "-c", f'trap "" TERM; while :; do sleep 0.1; done # {mark}', timeout_ms=300
        )
        self.assertEqual(record["attempts"][0]["outcome"], "timed_out")
        self.assertEqual(living(mark), [])

    def test_cancel_ends_the_whole_tree(self):
        """A double fork and a session of its own do not escape."""
        mark = f"7{time.monotonic_ns()}"[:9]
        job = self.job("tree")
        self.client.do(
            "submit_job",
            job_id=job,
            queue=self.queue,
            command=[
                "sh",
                "-c",
                f"(setsid sleep {mark} &) ; (sh -c 'setsid sh -c \"sleep {mark}; true\" &' &); "
                f"sleep {mark}",
            ],
        )
        until("the tree", lambda: len(living(mark)) >= 4)
        self.client.do("cancel_job", job_id=job)
        self.assertEqual(await_end(self.client, job)["state"], "cancelled")
        self.assertEqual(living(mark), [])

    def test_children_left_by_a_finished_command_are_ended(self):
        mark = f"6{time.monotonic_ns()}"[:9]
        record = self.run_job("sh", "-c", f"setsid sleep {mark} >/dev/null 2>&1 & echo done")
        self.assertEqual((record["state"], output(record)), ("completed", "done\n"))
        self.assertEqual(living(mark), [])

    def test_as_many_at_once_as_it_may_and_no_more(self):
        mark = f"5{time.monotonic_ns()}"[:9]
        jobs = [self.job(f"n{number}") for number in range(4)]
        for job in jobs:
            self.client.do("submit_job", job_id=job, queue=self.queue, command=["sleep", mark])
        await_state(self.client, jobs[0], "running")
        await_state(self.client, jobs[1], "running")
        states = [self.client.do("job_status", job_id=job)["state"] for job in jobs]
        self.assertEqual(states, ["running", "running", "ready", "ready"])
        self.client.do("cancel_job", ids=jobs)
        for job in jobs:
            await_end(self.client, job)

    def test_log_says_start_end_and_report(self):
        record = self.run_job("true")
        job = self.job("a")
        worker_log.await_event(self.muster.log, job, "reported")
        entries = worker_log.of_job(self.muster.log, job)
        self.assertEqual([entry["event"] for entry in entries], ["start", "end", "reported"])
        for entry in entries:
            self.assertEqual(
                (entry["worker"], entry["attempt"], entry["lease"]),
                (self.job("w"), 1, record["lease"]),
            )
            self.assertEqual(entry["pid"], self.muster.pid)
        self.assertEqual(
            [entry["ts_ms"] for entry in entries], sorted(entry["ts_ms"] for entry in entries)
        )

    def test_payload_and_arguments_stay_out_of_the_logs(self):
        secret = f"hunter2.{time.monotonic_ns()}"
        self.run_job("echo", secret, payload=secret)
        self.assertNotIn(
            secret,
            self.muster.stderr() + self.muster.log.read_text() + self.server.process.stderr(),
        )


class Sleeping(SharedServerCase):
    server_options = ("--durability", "memory")

    def test_sleep_takes_its_time(self):
        self.worker(self.job("w"), queues=[self.queue], concurrency=2)
        job = self.submit("a", duration=0.4)
        record = await_end(self.client, job)
        self.assertEqual(record["state"], "completed")
        self.assertGreaterEqual(record["ended_at_ms"] - record["started_at_ms"], 400)

    def test_cancelled_sleep_ends_soon(self):
        self.worker(self.job("w"), queues=[self.queue])
        job = self.submit("a", duration=600)
        await_state(self.client, job, "running")
        self.client.do("cancel_job", job_id=job)
        self.assertEqual(await_end(self.client, job, timeout_ms=10_000)["state"], "cancelled")

    def test_job_of_an_unknown_kind_is_left_for_others(self):
        self.worker(self.job("w"), queues=[self.queue])
        other = self.job("mail")
        self.client.do("submit_job", job_id=other, queue=self.queue, job_type="mail")
        await_end(self.client, self.submit("a", duration=0))
        self.assertEqual(self.client.do("job_status", job_id=other)["state"], "ready")


if __name__ == "__main__":
    unittest.main()
