"""Thousands of connections that never send, some that send a byte now and then, some that read a
byte now and then; and one client that wants to work.
"""

import json
import pathlib
import random
import time

from load.bystander import Bystander
from load.crowd import Crowd, connections_possible
from support.processes import Server

CLAIMS = (
    "connections that never send stay open, and are answered when they do",
    "an object that is open for too long is answered and dropped, its connection is not",
    "who reads slowly gets every answer, whole and in order",
    "nobody else is disturbed by them",
)
OPEN_OBJECT_SECONDS = 30.0  # after which the server gives an unfinished object up
ASKED = 100  # idle connections that say something in the end
ANSWERS = 200  # that each slow reader asks for
PATIENCE = 10.0

MEANINGS = {
    "idle_connections": "connections that never sent anything while it lasted",
    "idle_bytes_each": "bytes of the server's memory for each of them",
    "idle_slow_senders": "connections that sent a byte now and then",
    "idle_objects_given_up": "of their objects given up after thirty seconds",
    "idle_slow_readers": "connections that read a byte now and then",
    "idle_seconds": "seconds that it lasted",
    "idle_worst_wait_ms": "milliseconds that a well-behaved client waited at most",
}


class SlowSenders:
    """Each sends an object that never ends, a byte a second."""

    def __init__(self, address, count, rng):
        self.crowd = Crowd(address, count, b'{"type":"submit_job","payload":"')
        self.crowd.open_all()
        self.rng = rng
        self.given_up = {}  # connection: code
        self.next_byte = time.monotonic() + 1.0

    def turn(self):
        if time.monotonic() >= self.next_byte:
            self.next_byte += 1.0
            for member in self.crowd.members:
                if not member.ended and member.number not in self.given_up:
                    self.crowd.tell(member, self.rng.choice([b"a", b" ", b"{", b"0"]))
        for member in self.crowd.turn(0):
            for line in member.lines():
                self.given_up[member.number] = json.loads(line).get("code")

    def broken(self, seconds):
        wrong = [code for code in self.given_up.values() if code != "bad_json"]
        found = [f"an unfinished object was answered {code}" for code in wrong[:3]]
        ended = sum(member.ended for member in self.crowd.members)
        if ended:
            found.append(f"{ended} slow senders were hung up on")
        if seconds > OPEN_OBJECT_SECONDS + PATIENCE and len(self.given_up) < len(
            self.crowd.members
        ):
            found.append(f"only {len(self.given_up)} unfinished objects were given up")
        return found


class SlowReaders:
    """Each asks many numbered questions at once and reads the answers a little at a time."""

    def __init__(self, address, count):
        questions = b"".join(b'{"type":"stats","rid":%d}\n' % rid for rid in range(ANSWERS))
        self.crowd = Crowd(address, count, questions, reads=False)
        self.crowd.open_all()
        self.next = [0] * count  # rid
        self.wrong = []

    def turn(self, size=16):
        for member in self.crowd.members:
            try:
                chunk = member.socket.recv(size)
            except BlockingIOError:
                continue
            member.incoming += chunk
            if not chunk and not member.ended:
                member.ended = True
                self.wrong.append(f"slow reader {member.number} was hung up on")
            for line in member.lines():
                rid = json.loads(line).get("rid")
                if rid != self.next[member.number]:
                    self.wrong.append(f"answer {rid} in place of {self.next[member.number]}")
                self.next[member.number] = rid + 1
        self.crowd.turn(0)

    def finish(self, seconds=60.0):
        """Reads the rest, quickly."""
        deadline = time.monotonic() + seconds
        while min(self.next, default=ANSWERS) < ANSWERS and time.monotonic() < deadline:
            self.turn(1 << 16)
        missing = sum(ANSWERS - rid for rid in self.next)
        return self.wrong + ([f"{missing} answers never came"] if missing else [])


def ask_some(crowd, rng):
    """Some of those who were idle say something; what speaks against them being answered."""
    asked = rng.sample(crowd.members, min(ASKED, len(crowd.members)))
    answered = set()
    for member in asked:
        crowd.tell(member, b'{"type":"hello"}\n')
    crowd.lines_until(
        lambda: len(answered) == len(asked), 60.0, lambda member, _: answered.add(member.number)
    )
    ended = sum(member.ended for member in crowd.members)
    found = [f"{ended} idle connections were hung up on"] if ended else []
    if len(answered) < len(asked):
        found.append(f"{len(asked) - len(answered)} of {len(asked)} idle connections got no answer")
    return found


def resident(server):
    """Bytes of the server that are resident now."""
    status = pathlib.Path(f"/proc/{server.process.pid}/status").read_text(encoding="ascii")
    return next(
        int(line.split()[1]) * 1024 for line in status.splitlines() if line.startswith("VmRSS:")
    )


def linger(senders, readers, seconds):
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        senders.turn()
        readers.turn()
        time.sleep(0.02)  # slowness is what this is about


def run(directory, connections, seconds, seed):
    """Returns {claim: [what speaks against it]}, figures and notes."""
    broken = {claim: [] for claim in CLAIMS}
    rng = random.Random(seed)
    slow = max(20, connections // 20)
    connections = connections_possible(connections + 2 * slow) - 2 * slow
    server = Server(pathlib.Path(directory))
    try:
        server.start()
        bystander = Bystander(server, PATIENCE * 3)
        before = resident(server)
        with Crowd(server.address, connections) as crowd, bystander:
            crowd.open_all()
            each = max(0, resident(server) - before) // connections
            senders = SlowSenders(server.address, slow, rng)
            readers = SlowReaders(server.address, slow)
            with senders.crowd, readers.crowd:
                linger(senders, readers, seconds)
                broken[CLAIMS[0]] += ask_some(crowd, rng)
                broken[CLAIMS[1]] += senders.broken(seconds)
                broken[CLAIMS[2]] += readers.finish()
        broken[CLAIMS[3]] += bystander.broken(PATIENCE)
    finally:
        server.stop()
    figures = {
        "idle_connections": connections,
        "idle_bytes_each": each,
        "idle_slow_senders": slow,
        "idle_objects_given_up": len(senders.given_up),
        "idle_slow_readers": slow,
        "idle_seconds": int(seconds),
        "idle_worst_wait_ms": int(bystander.worst() * 1000),
    }
    return broken, figures, []
