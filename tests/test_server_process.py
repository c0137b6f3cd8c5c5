"""Starting, stopping and refusing to start."""

import signal
import stat
import subprocess
import time
import unittest

from support.case import OwnServerCase
from support.jobs import stand_waiting, state
from support.processes import Process, binary

STOP_SECONDS = 5.0


class Starting(OwnServerCase):

    def refused_server(self, *options):
        """A server that must not come up; returns what it said."""
        done = subprocess.run(
            [binary(), "server", *map(str, options)],
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        self.assertNotEqual(done.returncode, 0, done)
        self.assertGreater(done.returncode, 0, done)
        self.assertEqual(done.stdout, "")
        return done

    def test_second_server_on_the_same_data_is_refused(self):
        done = self.refused_server("--listen", "127.0.0.1:0", "--data", self.server.data)
        self.assertIn(str(self.server.data), done.stderr)
        self.assert_alive()

    def test_taken_port_is_named(self):
        done = self.refused_server(
            "--listen", self.server.listen_words(), "--data", self.directory / "other"
        )
        self.assertIn(self.server.listen_words(), done.stderr)

    def test_beyond_loopback_only_when_told(self):
        for host in ("0.0.0.0", "192.0.2.1", "[::]"):
            done = self.refused_server("--listen", f"{host}:0", "--data", self.directory / "other")
            self.assertIn("--insecure", done.stderr)
        self.assertFalse((self.directory / "other").exists())
        process = Process(
            ["server", "--listen", "0.0.0.0:0", "--data", self.directory / "open", "--insecure"],
            self.directory / "open.err",
        )
        self.addCleanup(process.stop)
        self.assertRegex(process.line(), r"^muster server listening on 0\.0\.0\.0:\d+$")

    def test_wrong_words(self):
        for options in (
            ("--listen", "nonsense"),
            ("--listen", "127.0.0.1:99999"),
            ("--durability", "maybe"),
            ("--no-such-flag",),
        ):
            done = self.refused_server(*options, "--data", self.directory / "other")
            self.assertEqual(done.returncode, 2, done)
            self.assertIn(options[0], done.stderr)

    def test_data_directory_is_for_its_owner_alone(self):
        self.client.do("submit_job", job_id="a", duration=1)
        self.assertEqual(stat.S_IMODE(self.server.data.stat().st_mode), 0o700)

    def test_data_that_is_no_directory(self):
        file = self.directory / "file"
        file.write_text("x")
        self.assertIn(
            str(file), self.refused_server("--listen", "127.0.0.1:0", "--data", file).stderr
        )


    def test_a_store_without_its_journal_is_refused_and_both_are_named(self):
        self.client.do("submit_job", job_id="a", duration=1)
        self.client.close()
        self.server.restart()  # a start writes what the journal held to the store
        self.server.stop()
        journal = self.server.data / "default" / "journal"
        for segment in journal.iterdir():
            segment.unlink()
        done = self.refused_server("--listen", "127.0.0.1:0", "--data", self.server.data)
        self.assertIn(f"{self.server.data}/default/store with {journal}: ", done.stderr)
        self.assertIn("but the journal ends at", done.stderr)


class Stopping(OwnServerCase):

    def stop_in_time(self, number=signal.SIGTERM):
        began = time.monotonic()
        self.server.process.signal(number)
        status = self.server.process.wait()
        self.assertLess(time.monotonic() - began, STOP_SECONDS)
        self.assertEqual(status, 0, self.server.process.stderr())

    def test_term_and_interrupt_end_it_in_time_and_nothing_is_lost(self):
        for number in (signal.SIGTERM, signal.SIGINT):
            job = f"job{number}"
            self.client.do("submit_job", job_id=job, duration=1)
            self.stop_in_time(number)
            self.server.start()
            self.client = self.connect()
            self.assertEqual(state(self.client, job), "ready")

    def test_open_connections_and_waiters_do_not_hold_it_up(self):
        connections = [self.connect() for _ in range(20)]
        for number, connection in enumerate(connections):
            stand_waiting(connection, "request_job", worker_id=f"w{number}", wait_ms=60_000)
        self.stop_in_time()
        for connection in connections:
            connection.rest()

    def test_half_sent_requests_do_not_hold_it_up(self):
        connection = self.connect()
        connection.send(b'{"type":"submit_job","payload":"')
        self.client.do("stats")
        self.stop_in_time()

    def test_one_line_on_stdout_and_no_words_about_payloads(self):
        secret = "hunter2-in-a-payload"
        self.client.do("submit_job", job_id="a", duration=1, payload=secret)
        self.client.ask(b'{"type":"submit_job","payload":"' + secret.encode() + b'"]\n')
        self.stop_in_time()
        self.assertNotIn(secret, self.server.process.stderr())


if __name__ == "__main__":
    unittest.main()
