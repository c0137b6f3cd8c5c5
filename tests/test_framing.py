"""Malformed input: each is one coded error, and the connection and everybody else live on."""

import json
import unittest

from support.case import SharedServerCase
from support.lines import ConnectionEnded

LINE_LIMIT = 1 << 20
HANG_UP_FACTOR = 16
ERROR_KEYS = {"type", "status", "code", "message", "retryable"}


class Framing(SharedServerCase):
    server_options = ("--durability", "memory")

    def assert_error(self, line, code, naming=""):
        """One error with that code, and then the same connection works."""
        answer = self.client.ask(line)
        self.assertEqual(answer.get("code"), code, (line[:200], answer))
        self.assertLessEqual(ERROR_KEYS, set(answer))
        self.assertEqual((answer["type"], answer["status"]), ("error", "error"))
        self.assertIn(naming, answer["message"])
        self.assertIn("jobs", self.client.do("stats"))
        return answer

    def test_not_json(self):
        for line in (
            b"hello\n",
            b"{]\n",
            b'{"type":"stats"]\n',
            b'{"type" "stats"}\n',
            b'{"type":"stats",}\n',
            b"{'type':'stats'}\n",
            b'{"type":stats}\n',
            b'{"type":"sta\x01ts"}\n',
            b'{"type":"sta\nts"}\n',
            b'{"type":"stats","x":01}\n',
            b'{"type":"stats","x":[1,2,]}\n',
            b'{"type":"stats","x":NaN}\n',
            b'{"type":"stats","x":"\\q"}\n',
        ):
            with self.subTest(line):
                client = self.connect()
                client.send(line)
                answer = client.read()
                self.assertEqual(answer["code"], "bad_json", answer)
                client.send(b'\n{"type":"stats"}\n')
                self.last_of(client, "stats")

    def last_of(self, client, _verb):
        """Reads on until something that is no error; a broken line may break into several
        errors, never into work.
        """
        for _ in range(10):
            answer = client.read()
            if answer.get("status") != "error":
                self.assertIn("jobs", answer)
                return
        self.fail("the connection never recovered")

    def test_top_level_value_that_is_no_object(self):
        for line in (b"[]\n", b'["type"]\n', b'"text"\n', b"17\n", b"-1.5\n", b"true\n", b"null\n"):
            with self.subTest(line):
                self.assert_error(line, "bad_request")

    def test_broken_utf8(self):
        for broken in (b"\xff", b"\xc3", b"\xc0\xaf", b"\xed\xa0\x80", b"\xf5\x80\x80\x80"):
            with self.subTest(broken):
                answer = self.client.ask(
                    b'{"type":"submit_job","duration":1,"queue":"utf8","payload":"'
                    + broken
                    + b'"}\n'
                )
                self.assertEqual(answer["code"], "bad_json")
                self.assertIn("jobs", self.client.do("stats"))

    def test_empty_lines_are_nothing(self):
        self.client.send(b"\n\r\n  \n\t\n", {"type": "stats"})
        self.assertIn("jobs", self.client.read())

    def test_depth(self):
        def nested(levels):
            return (
                b'{"type":"submit_job","queue":"depth","duration":1,"payload":'
                + b"[" * levels
                + b"]" * levels
                + b"}\n"
            )

        self.assertEqual(self.client.ask(nested(63))["status"], "accepted")
        self.assert_error(nested(64), "too_large")
        self.assert_error(nested(10_000), "too_large")

    def test_duplicate_keys(self):
        self.assert_error(
            b'{"type":"submit_job","duration":1,"duration":2}\n', "bad_request", "duration"
        )
        self.assert_error(b'{"type":"stats","type":"stats"}\n', "bad_request", "type")

    def test_line_at_and_over_the_limit(self):
        def sized(size):
            head, tail = b'{"type":"submit_job","queue":"sized","duration":1,"payload":"', b'"}'
            return head + b"x" * (size - len(head) - len(tail)) + tail + b"\n"

        self.assertEqual(self.client.ask(sized(LINE_LIMIT))["status"], "accepted")
        self.assert_error(sized(LINE_LIMIT + 1), "too_large")
        self.assert_error(sized(3 * LINE_LIMIT), "too_large")

    def test_a_line_without_end_closes_only_its_connection(self):
        flood = self.connect()
        try:
            flood.send(b'{"type":"submit_job","payload":"')
            for _ in range(HANG_UP_FACTOR + 2):
                flood.send(b"x" * LINE_LIMIT)
        except OSError:
            pass
        try:
            self.assertEqual(json.loads(flood.rest().split(b"\n")[0])["code"], "too_large")
        except ConnectionResetError:
            pass  # our unread bytes turned the server's close into a reset
        self.assertIn("jobs", self.client.do("stats"))
        self.assert_alive()

    def test_half_a_line_and_the_end(self):
        client = self.connect()
        client.send(b'{"type":"submit_job","queue":"half","job_id":"half')
        client.half_close()
        answer = json.loads(client.rest())
        self.assertEqual(answer["code"], "bad_json")
        self.assertEqual(self.client.refusal("job_status", job_id="half")["code"], "not_found")

    def test_an_object_may_span_lines_and_share_them(self):
        self.client.send(b'{\n"type":\n"stats"\n}')
        self.assertIn("jobs", self.client.read())
        self.client.send(b'{"type":"stats"}{"type":"stats"} {"type":"stats"}\n')
        self.assertTrue(all("jobs" in answer for answer in self.client.read_many(3)))

    def test_byte_by_byte(self):
        for (
            byte
        ) in b'{"type":"submit_job","queue":"slow","duration":1,"payload":"\\"}{\xc3\xa4"}\n':
            self.client.send(bytes([byte]))
        self.assertEqual(self.client.read()["status"], "accepted")

    def test_an_open_object_is_ended_by_the_next_request(self):
        self.client.send(b'{"type":"submit_job","payload":{\n{"type":"stats"}\n')
        self.assertEqual(self.client.read()["code"], "bad_json")
        self.assertIn("jobs", self.client.read())

    def test_rest_of_a_broken_line_is_skipped(self):
        self.client.send(
            b'{"type":"stats"]{"type":"submit_job","job_id":"smuggled","duration":1}\n'
            b'{"type":"stats"}\n'
        )
        self.assertEqual(self.client.read()["code"], "bad_json")
        self.assertIn("jobs", self.client.read())
        self.assertEqual(self.client.refusal("job_status", job_id="smuggled")["code"], "not_found")

    def test_nul_bytes_and_noise(self):
        for noise in (b"\0\n", b"\x80\x81\n", b"\x7f\n", bytes(range(128, 256)) + b"\n"):
            with self.subTest(noise):
                client = self.connect()
                client.send(noise, {"type": "stats"})
                self.assertEqual(client.read()["status"], "error")
                self.assertIn("jobs", client.read())


class ConnectionsComeAndGo(SharedServerCase):
    server_options = ("--durability", "memory")

    def test_half_lines_and_resets_of_many_leave_others_alone(self):
        for cut in range(1, 50):
            connection = self.connect()
            connection.send(
                b'{"type":"submit_job","queue":"cut","job_id":"cut%d","duration":1}\n'[:cut]
            )
            if cut % 2:
                connection.reset()
            else:
                connection.close()
        self.assert_alive()
        self.assertEqual(self.client.do("list_jobs", queue="cut")["jobs"], [])

    def test_a_closed_connection_ends_with_no_answer_owed(self):
        client = self.connect()
        client.half_close()
        self.assertEqual(client.rest(), b"")
        with self.assertRaises(ConnectionEnded):
            client.line()


if __name__ == "__main__":
    unittest.main()
