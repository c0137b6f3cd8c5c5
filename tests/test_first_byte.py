"""The first byte decides for the life of a connection: HTTP and TLS never reach the JSON parser,
so that neither a web page nor a proxy can smuggle a request in.
"""

import ssl
import unittest

from support.case import SharedServerCase

SMUGGLED = b'{"type":"submit_job","job_id":"smuggled","duration":1}\n'


class FirstByte(SharedServerCase):
    server_options = ("--durability", "memory")

    def answer_to(self, data):
        """Everything until the server closes; it may do so with a reset, as it leaves our bytes
        unread.
        """
        client = self.connect()
        client.send(data)
        client.half_close()
        try:
            return client.rest()
        except ConnectionResetError:
            return b""

    def assert_nothing_came_through(self):
        self.assertEqual(self.client.refusal("job_status", job_id="smuggled")["code"], "not_found")
        self.assert_alive()

    def test_http_is_told_so(self):
        client = self.connect()
        client.send(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
        answer = client.rest()
        self.assertTrue(answer.startswith(b"HTTP/1.1 501 "), answer)
        self.assertLessEqual(len(answer.partition(b"\r\n\r\n")[2].strip().split(b"\n")), 1)

    def test_form_post_with_a_line_in_its_body(self):
        self.answer_to(
            b"POST / HTTP/1.1\r\nHost: localhost:8080\r\n"
            b"Content-Type: text/plain\r\nContent-Length: %d\r\n\r\n%s"
            % (len(SMUGGLED) + 1, b"\n" + SMUGGLED)
        )
        self.assert_nothing_came_through()

    def test_every_upper_case_letter(self):
        for letter in b"ABCDEFGHIJKLMNOPQRSTUVWXYZ":
            self.answer_to(bytes([letter]) + b"\n" + SMUGGLED)
        self.assert_nothing_came_through()

    def test_line_that_comes_after_the_answer(self):
        client = self.connect()
        client.send(b"OPTIONS * HTTP/1.1\r\n\r\n")
        try:
            client.send(SMUGGLED)
            client.rest()
        except OSError:
            pass
        self.assert_nothing_came_through()

    def test_client_hello(self):
        """A real one whose server name carries the line."""
        incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        context = ssl.create_default_context()
        hello = context.wrap_bio(incoming, outgoing, server_hostname="muster.example")
        with self.assertRaises(ssl.SSLWantReadError):
            hello.do_handshake()
        data = outgoing.read()
        self.assertEqual(data[0], 0x16)
        self.assertEqual(self.answer_to(data + b"\n" + SMUGGLED), b"")
        self.assertEqual(self.answer_to(data.replace(b"muster.example", b"\n" + SMUGGLED)), b"")
        self.assert_nothing_came_through()

    def test_any_other_byte_speaks_the_line_protocol(self):
        for first in (b"\n", b" ", b"\t", b"["):
            client = self.connect()
            client.send(first + b"\n", {"type": "stats"})
            answers = [client.read()]
            if answers[0].get("status") == "error":
                answers.append(client.read())
            self.assertIn("jobs", answers[-1])


if __name__ == "__main__":
    unittest.main()
