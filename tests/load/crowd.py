"""Many raw connections on one thread: opened at once, with something to say, some never read."""

import errno
import resource
import selectors
import socket
import time

SPARE_FILES = 200  # for what the test itself and the server keep open


def raise_file_limit(wanted):
    """Lifts this process's limit of open files (children inherit it) as far as it may."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft < wanted:
        for most in (max(wanted, hard), hard):
            try:
                resource.setrlimit(resource.RLIMIT_NOFILE, (min(wanted, most), most))
                break
            except (ValueError, OSError):
                continue
    return resource.getrlimit(resource.RLIMIT_NOFILE)[0]


def connections_possible(wanted):
    """How many connections can be open here at once, at most `wanted`."""
    return min(wanted, raise_file_limit(wanted + SPARE_FILES) - SPARE_FILES)


class Member:
    """One connection of a crowd."""

    def __init__(self, number):
        self.number = number
        self.socket = None
        self.outgoing = b""
        self.incoming = b""
        self.connected = False
        self.ended = False

    def lines(self):
        *whole, self.incoming = self.incoming.split(b"\n")
        return whole


class Crowd:
    """Opens `count` connections and moves bytes until told that it is enough."""

    def __init__(self, address, count, say=b"", reads=True):
        self.address = address
        self.say = say
        self.reads = reads
        self.selector = selectors.DefaultSelector()
        self.members = [Member(number) for number in range(count)]

    def open(self, member):
        member.socket = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        member.socket.setblocking(False)
        member.connected = member.ended = False
        member.incoming = b""
        status = member.socket.connect_ex(self.address)
        if status not in (0, errno.EINPROGRESS):
            raise OSError(status, "connect")
        self.selector.register(member.socket, selectors.EVENT_WRITE, member)
        member.outgoing = self.say(member) if callable(self.say) else self.say

    def open_all(self, seconds=60.0, at_once=500):
        """Opens all, a few hundred at a time (the listener's backlog), and says what each says."""
        deadline = time.monotonic() + seconds
        waiting = list(reversed(self.members))
        opening = set()
        while waiting or opening:
            while waiting and len(opening) < at_once:
                member = waiting.pop()
                self.open(member)
                opening.add(member.number)
            if time.monotonic() > deadline:
                raise AssertionError(f"{len(waiting) + len(opening)} connections not open in time")
            self.turn(0.1)
            opening = {n for n in opening if not self.members[n].connected}

    def turn(self, seconds):
        """Moves what can be moved now; returns the members that received something."""
        received = []
        for key, events in self.selector.select(seconds):
            member = key.data
            if events & selectors.EVENT_WRITE:
                self._write(member)
            if events & selectors.EVENT_READ and not member.ended:
                self._read(member)
                received.append(member)
        return received

    def _write(self, member):
        if not member.connected:
            status = member.socket.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
            if status:
                raise OSError(status, f"connection {member.number}")
            member.connected = True
        try:
            sent = member.socket.send(member.outgoing) if member.outgoing else 0
        except BlockingIOError:
            sent = 0
        except OSError:
            return self._end(member)
        member.outgoing = member.outgoing[sent:]
        self._watch(member)
        return None

    def _watch(self, member):
        events = selectors.EVENT_READ if self.reads else 0
        if member.outgoing or not member.connected:
            events |= selectors.EVENT_WRITE
        if events:
            try:
                self.selector.modify(member.socket, events, member)
            except KeyError:
                self.selector.register(member.socket, events, member)
        else:
            self.selector.unregister(member.socket)

    def _read(self, member):
        try:
            chunk = member.socket.recv(1 << 16)
        except BlockingIOError:
            return
        except OSError:
            chunk = b""
        if chunk:
            member.incoming += chunk
        else:
            self._end(member)

    def _end(self, member):
        member.ended = True
        try:
            self.selector.unregister(member.socket)
        except KeyError:
            pass

    def tell(self, member, message):
        member.outgoing += message
        self._watch(member)

    def lines_until(self, enough, seconds, each):
        """`each(member, line)` for every line, until enough() or the time is over."""
        deadline = time.monotonic() + seconds
        received = self.members  # what came while they were opened
        while True:
            for member in received:
                for line in member.lines():
                    each(member, line)
            if enough() or time.monotonic() > deadline:
                return enough()
            received = self.turn(0.1)

    def leave(self, member):
        if member.socket is None:
            return
        try:
            self.selector.unregister(member.socket)
        except (KeyError, ValueError):
            pass
        member.socket.close()
        member.socket = None

    def close(self):
        for member in self.members:
            self.leave(member)
        self.selector.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()
