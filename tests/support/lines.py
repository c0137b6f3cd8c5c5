"""A raw client of the line protocol: bytes and objects in, lines out. It hides nothing and
repairs nothing.
"""

import json
import socket

PATIENCE_SECONDS = 30.0


class ConnectionEnded(Exception):
    """The server closed the connection; `rest` is what came behind the last whole line."""

    def __init__(self, rest):
        super().__init__(f"the server closed the connection behind {rest!r}")
        self.rest = rest


class Refused(Exception):
    """An error answer to a request that should have worked."""

    def __init__(self, message, answer):
        super().__init__(f"{message!r} was answered {answer!r}")
        self.code = answer.get("code")
        self.answer = answer


def encode(message):
    """Bytes stay as they are; anything else becomes one line of JSON."""
    if isinstance(message, bytes):
        return message
    return json.dumps(message, separators=(",", ":")).encode() + b"\n"


class Connection:
    """One TCP connection to a server."""

    def __init__(self, address, patience=PATIENCE_SECONDS):
        self._socket = socket.create_connection(address, timeout=patience)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._received = bytearray()

    def send(self, *messages):
        """All of them in one write."""
        self._socket.sendall(b"".join(encode(message) for message in messages))

    def line(self):
        """The next line as bytes, with its newline."""
        while (end := self._received.find(b"\n")) < 0:
            chunk = self._socket.recv(1 << 16)
            if not chunk:
                raise ConnectionEnded(bytes(self._received))
            self._received += chunk
        line = bytes(self._received[: end + 1])
        del self._received[: end + 1]
        return line

    def read(self):
        return json.loads(self.line())

    def read_many(self, count):
        return [self.read() for _ in range(count)]

    def ask(self, message):
        """One request, its answer, whatever it is. Only with nothing else outstanding."""
        self.send(message)
        return self.read()

    def do(self, verb, /, **fields):
        """One request that must work."""
        message = {"type": verb, **fields}
        answer = self.ask(message)
        if answer.get("status") == "error":
            raise Refused(message, answer)
        return answer

    def refusal(self, verb, /, **fields):
        """One request that must be refused; returns the error answer."""
        message = {"type": verb, **fields}
        answer = self.ask(message)
        if answer.get("status") != "error":
            raise AssertionError(
                f"{message!r} should have been refused, and was answered {answer!r}"
            )
        return answer

    def half_close(self):
        self._socket.shutdown(socket.SHUT_WR)

    def rest(self):
        """Everything until the server closes."""
        while chunk := self._socket.recv(1 << 16):
            self._received += chunk
        rest = bytes(self._received)
        self._received.clear()
        return rest

    def quiet_for(self, seconds):
        """True when nothing arrives in that time. For things that must not happen; never as a
        wait.
        """
        if self._received:
            return False
        patience = self._socket.gettimeout()
        self._socket.settimeout(seconds)
        try:
            self._received += self._socket.recv(1 << 16)
            return False
        except TimeoutError:
            return True
        finally:
            self._socket.settimeout(patience)

    def reset(self):
        """Closes so that the peer sees a reset instead of an end."""
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
        self._socket.close()

    def close(self):
        self._socket.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()
