"""The class project's messages, byte for byte: one connection a message, no heartbeat, no token."""

import subprocess
import unittest

from support.case import OwnServerCase
from support.jobs import await_state

SUBMIT = b'{"type":"submit_job","job_id":"job1","duration":5}\n'
ACCEPTED = b'{"status":"accepted","job_id":"job1"}\n'
REQUEST = b'{"type":"request_job","worker_id":"worker1"}\n'
ASSIGNED = b'{"type":"assign_job","job_id":"job1","duration":5}\n'
NO_JOB = b'{"type":"no_job"}\n'
COMPLETE = b'{"type":"job_complete","job_id":"job1","worker_id":"worker1"}\n'
OK = b'{"status":"ok","job_id":"job1"}\n'


class ClassProject(OwnServerCase):
    """Durability makes no difference here; memory starts faster."""

    server_options = ("--durability", "memory")

    def once(self, message):
        """A connection of its own for one message, as the class project does it."""
        with self.server.connect() as connection:
            connection.send(message)
            return connection.line()

    def test_every_message_on_a_connection_of_its_own(self):
        self.assertEqual(self.once(SUBMIT), ACCEPTED)
        self.assertEqual(self.once(REQUEST), ASSIGNED)
        self.assertEqual(self.once(REQUEST), NO_JOB)
        self.assertEqual(self.once(COMPLETE), OK)
        self.assertEqual(self.once(REQUEST), NO_JOB)

    def test_many_messages_on_one_connection(self):
        self.client.send(SUBMIT, REQUEST, COMPLETE, REQUEST)
        self.assertEqual([self.client.line() for _ in range(4)], [ACCEPTED, ASSIGNED, OK, NO_JOB])

    def test_carriage_return_is_tolerated(self):
        self.assertEqual(self.once(SUBMIT.replace(b"\n", b"\r\n")), ACCEPTED)

    def test_wrapped_form_and_id_for_job_id(self):
        wrapped = b'{"type":"submit_job","data":{"id":"job1","duration":5}}\n'
        self.assertEqual(self.once(wrapped), ACCEPTED)
        self.assertEqual(
            self.once(b'{"type":"request_job","data":{"worker_id":"worker1"}}\n'), ASSIGNED
        )
        self.assertEqual(
            self.once(b'{"type":"job_complete","data":{"id":"job1","worker_id":"worker1"}}\n'), OK
        )

    def test_a_field_in_both_places_is_refused(self):
        answer = self.client.ask(
            b'{"type":"submit_job","duration":5,"data":{"job_id":"job1","duration":5}}\n'
        )
        self.assertEqual(answer["code"], "bad_request")
        self.assertIn("duration", answer["message"])

    def test_only_the_fields_of_data_count(self):
        answer = self.client.ask(
            b'{"type":"submit_job","job_id":"outside","data":{"duration":5}}\n'
        )
        self.assertNotEqual(answer.get("job_id"), "outside")

    def test_duration_is_echoed_as_sent(self):
        for number, text in enumerate([b"5", b"5.0", b"0.25", b"1e1", b"0"]):
            with self.subTest(text):
                job = b'"job_id":"d%d"' % number
                self.once(b'{"type":"submit_job",%s,"duration":%s}\n' % (job, text))
                self.assertEqual(
                    self.once(REQUEST), b'{"type":"assign_job",%s,"duration":%s}\n' % (job, text)
                )

    def test_unknown_fields_change_neither_form(self):
        self.assertEqual(
            self.once(SUBMIT.replace(b"}", b',"colour":"red","deep":{"a":[1]}}')), ACCEPTED
        )
        answer = self.once(REQUEST.replace(b"}", b',"mood":"good"}'))
        self.assertTrue(answer.startswith(ASSIGNED[:-2]), answer)

    def test_resent_submission_is_answered_as_accepted(self):
        self.once(SUBMIT)
        answer = self.client.ask(SUBMIT)
        self.assertEqual(answer, {"status": "accepted", "job_id": "job1", "duplicate": True})

    def test_first_come_first_served(self):
        for number in range(20):
            self.client.do("submit_job", job_id=f"n{number}", duration=1)
        taken = [self.client.ask(REQUEST)["job_id"] for _ in range(20)]
        self.assertEqual(taken, [f"n{number}" for number in range(20)])

    def test_the_original_worker_hangs_up_unread(self):
        """It sends its completion and closes without reading the answer: it counts, and nobody
        is told off.
        """
        self.once(SUBMIT)
        self.once(REQUEST)
        connection = self.server.connect()
        connection.send(COMPLETE)
        connection.reset()
        self.assertEqual(
            self.client.do("wait_job", job_id="job1", timeout_ms=30_000)["state"], "completed"
        )
        self.assertEqual(self.server.process.stderr(), self.stderr_at_start)

    def test_closing_after_the_assignment_requeues_nothing(self):
        self.once(SUBMIT)
        self.once(REQUEST)
        self.assertEqual(self.client.do("job_status", job_id="job1")["state"], "running")
        self.assertEqual(self.once(REQUEST), NO_JOB)

    def test_repeated_completion_and_others(self):
        self.once(SUBMIT)
        self.once(REQUEST)
        other = self.client.ask(COMPLETE.replace(b"worker1", b"worker2"))
        self.assertEqual(other["code"], "lease_lost")
        self.assertEqual(self.client.do("job_status", job_id="job1")["state"], "running")
        self.assertEqual(self.once(COMPLETE), OK)
        self.assertEqual(self.client.ask(COMPLETE)["status"], "ok")
        self.assertEqual(
            self.client.ask(COMPLETE.replace(b"worker1", b"worker2"))["code"], "lease_lost"
        )
        self.assertEqual(self.once(REQUEST), NO_JOB)

    def test_completion_without_token_needs_a_lease_given_out_without_one(self):
        self.once(SUBMIT)
        lease = self.client.do("request_job", worker_id="worker1", lease_ms=60_000)["lease"]
        answer = self.client.ask(COMPLETE)
        self.assertEqual((answer["code"], answer["message"][:5]), ("bad_request", "lease"))
        self.client.do("job_complete", job_id="job1", lease=lease)

    def test_completion_of_an_unknown_job(self):
        self.assertEqual(self.client.ask(COMPLETE)["code"], "not_found")

    def test_lease_is_thirty_seconds_or_twice_the_duration(self):
        for job_id, duration, lease_ms in (("short", 5, 30_000), ("long", 20, 40_000)):
            self.client.do("submit_job", job_id=job_id, duration=duration)
            self.client.ask(REQUEST)
            self.assertEqual(self.client.do("job_status", job_id=job_id)["lease_ms"], lease_ms)

    def test_expired_lease_gives_the_job_to_another(self):
        """Back at its old place, ahead of a later job; the first worker's late completion is no
        longer its own.
        """
        self.client.do("submit_job", job_id="job1", duration=5)
        self.client.do("submit_job", job_id="later", duration=5)
        lease = self.client.do("request_job", worker_id="worker1", lease_ms=1000)["lease"]
        await_state(self.client, "job1", "ready")
        again = self.client.do("request_job", worker_id="worker2", lease_ms=60_000)
        self.assertEqual((again["job_id"], again["attempt"]), ("job1", 2))
        self.assertGreater(again["lease"], lease)
        self.assertEqual(
            self.client.refusal("job_complete", job_id="job1", lease=lease)["code"], "lease_lost"
        )
        self.client.do("job_complete", job_id="job1", lease=again["lease"])

    def test_other_kinds_of_job_are_not_given_to_it(self):
        self.client.do("submit_job", job_id="command", command=["true"])
        self.assertEqual(self.once(REQUEST), NO_JOB)

    def test_a_shell_and_nc(self):
        """The answer arrives although nc closes its sending side at once."""
        for message, answer in ((SUBMIT, ACCEPTED), (REQUEST, ASSIGNED), (SUBMIT[:-1], None)):
            done = subprocess.run(
                ["nc", "-N", self.server.address[0], str(self.server.address[1])],
                input=message,
                capture_output=True,
                timeout=30,
                check=False,
            )
            self.assertEqual(done.returncode, 0)
            if answer:
                self.assertEqual(done.stdout, answer)
            else:
                self.assertIn(b'"duplicate":true', done.stdout)

    def setUp(self):
        super().setUp()
        self.stderr_at_start = self.server.process.stderr()


if __name__ == "__main__":
    unittest.main()
