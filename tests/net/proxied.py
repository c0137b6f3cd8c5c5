"""One connection through the proxy: two sockets and a flow each way. Everything runs on the proxy's
loop.
"""

import collections
import socket
import struct
import time

from net.weather import Passage

READ_BYTES = 1 << 16
PIECES_UNDER_WAY = 4096  # then the flow is read no further
OTHER = {"client": "server", "server": "client"}
SOURCES = {"up": "client", "down": "server"}


def reset(connected):
    """Closes so that the peer sees a reset."""
    try:
        connected.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    except OSError:
        pass
    connected.close()


class Flow:
    """One direction: pieces that wait for their time, or for the target to take them."""

    def __init__(self, connection, way):
        self.connection = connection
        self.way = way
        self.source = SOURCES[way]
        self.target = OTHER[self.source]
        self.source_ended = False  # nothing more will be read
        self.over = False  # and nothing more will be written
        # Bytes were lost. A connection can't lose some and carry later ones: it stays dead.
        self.lossy = False
        self._pieces = collections.deque()
        self._turns = 0  # how many of them may leave
        self._free_at = 0.0  # when the piece before has left, and the rate allows another

    def wants_to_read(self, weather):
        return (
            not self.source_ended
            and weather.passage is not Passage.STALL
            and len(self._pieces) < PIECES_UNDER_WAY
        )

    def wants_to_write(self):
        return self._turns > 0

    def finished(self):
        return self.over or (self.lossy and self.source_ended)

    def came(self, chunk, proxy):
        """What was read; empty: the source has ended its sending side."""
        weather = proxy.weather[self.way]
        self.source_ended = not chunk
        if self.lossy or weather.passage is Passage.SWALLOW:
            self.lossy = True
            proxy.counts["swallowed"] += len(chunk)
            return
        proxy.counts[f"bytes_{self.way}"] += len(chunk)
        begin = 0
        while begin < len(chunk):
            size = proxy.rng.randint(*weather.chop) if weather.chop else len(chunk)
            self._append(chunk[begin : begin + size], weather, proxy)
            begin += size
        if not chunk:
            self._append(b"", weather, proxy)

    def end(self, proxy):
        """As if the source had ended here."""
        if not self.source_ended:
            self.source_ended = True
            self._append(b"", proxy.weather[self.way], proxy)

    def _append(self, piece, weather, proxy):
        delay = (weather.delay_ms + proxy.rng.random() * weather.jitter_ms) / 1000
        leaves = max(time.monotonic() + delay, self._free_at)
        rate = weather.bytes_per_second
        self._free_at = leaves + (len(piece) / rate if rate else 0.0)
        self._pieces.append(piece)
        shuffle = weather.shuffle_ms / 1000
        if shuffle:
            proxy.loop.at(leaves, lambda: proxy.shufflers[self.way].add(self, shuffle))
        else:
            proxy.loop.at(leaves, self.send_one)

    def send_one(self):
        self._turns += 1
        self.connection.write(self)

    def write(self, target, counts):
        """Sends what may leave. OSError: the target is gone."""
        while self._turns and self._pieces:
            piece = self._pieces[0]
            if not piece:
                self.over = True
                self._pieces.clear()
                self._turns = 0
                target.shutdown(socket.SHUT_WR)
                return
            try:
                sent = target.send(piece)
            except BlockingIOError:
                return
            if sent < len(piece):
                self._pieces[0] = piece[sent:]
                return
            counts["pieces"] += 1
            self._pieces.popleft()
            self._turns -= 1

    def drop(self):
        self.source_ended = self.over = True
        self._pieces.clear()
        self._turns = 0


class ProxiedConnection:
    """`sockets` holds the sides that are still there."""

    def __init__(self, proxy, client, when_over):
        self._proxy = proxy
        self._when_over = when_over
        self._connected = False
        client.setblocking(False)
        client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.sockets = {"client": client}
        self.flows = {way: Flow(self, way) for way in SOURCES}

    def connect(self):
        server = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        server.setblocking(False)
        server.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.sockets["server"] = server
        server.connect_ex(self._proxy.upstream)
        self._proxy.loop.watch(server, writable=self._when_connected)

    def _when_connected(self):
        if self.sockets["server"].getsockopt(socket.SOL_SOCKET, socket.SO_ERROR):
            self._proxy.counts["unreachable"] += 1
            self.reset_both()
            return
        self._connected = True
        self.update()

    def update(self):
        """Watches what should be watched now; ends the connection when nothing is left of it."""
        if not self._connected:
            return
        if all(flow.finished() for flow in self.flows.values()):
            self._drop(list(self.sockets), socket.socket.close)
            return
        for side, its_socket in self.sockets.items():
            reads = next(flow for flow in self.flows.values() if flow.source == side)
            writes = next(flow for flow in self.flows.values() if flow.target == side)
            readable = writable = None
            if reads.wants_to_read(self._proxy.weather[reads.way]):
                readable = lambda flow=reads: self._read(flow)  # noqa: E731
            if writes.wants_to_write():
                writable = lambda flow=writes: self.write(flow)  # noqa: E731
            self._proxy.loop.watch(its_socket, readable, writable)

    def _read(self, flow):
        try:
            chunk = self.sockets[flow.source].recv(READ_BYTES)
        except BlockingIOError:
            return
        except OSError:
            self._broke(flow)
            return
        flow.came(chunk, self._proxy)
        if not chunk and flow.target not in self.sockets:
            self._drop([flow.source], socket.socket.close)  # the last one has gone by itself
            return
        self.update()

    def write(self, flow):
        target = self.sockets.get(flow.target)
        if target is None:
            flow.drop()
            return
        try:
            flow.write(target, self._proxy.counts)
        except OSError:
            self._broke(self.flows["up" if flow.target == "client" else "down"])
            return
        self.update()

    def _broke(self, flow):
        """The source of `flow` was reset. The news travels like everything else: not at all where
        bytes get lost.
        """
        swallowing = self._proxy.weather[flow.way].passage is Passage.SWALLOW
        if swallowing or flow.lossy:
            self.half_open(flow.source)
        else:
            self.reset_both()

    def reset_both(self):
        self._proxy.counts["resets"] += 1
        self._drop(list(self.sockets), reset)

    def half_close(self, way):
        self.flows[way].end(self._proxy)
        self.update()

    def half_open(self, gone):
        self._proxy.counts["half_opened"] += 1
        for flow in self.flows.values():
            if flow.source == gone:
                flow.drop()
            else:
                flow.lossy = True
        self._drop([gone], reset)
        self.update()

    def _drop(self, sides, ending):
        for side in sides:
            if side in self.sockets:
                dropped = self.sockets.pop(side)
                self._proxy.loop.unwatch(dropped)
                ending(dropped)
        if not self.sockets:
            for flow in self.flows.values():
                flow.drop()
            self._when_over(self)
