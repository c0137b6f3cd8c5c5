"""A TCP proxy that mistreats what passes through it: one listener, one upstream, any number of
connections, served by a thread of its own.

    with Proxy(server.address, seed=7) as proxy:
        proxy.set_weather(up=Direction(delay_ms=50, jitter_ms=20), down=Direction(chop=(1, 7)))
        ... connect to proxy.address ...
        proxy.reset()

`up` is from the clients to the upstream, `down` the other way. New weather holds for what has not
been read yet, on old connections and new ones. Methods may be called from any thread and return
when they have taken effect. Chance comes from the seed; when bytes arrive is the machine's affair,
so that a seed repeats the plan and not every bit.
"""

import collections
import random
import socket

from net.event_loop import EventLoop
from net.proxied import ProxiedConnection, reset
from net.shuffler import Shuffler
from net.weather import CLEAR


class Proxy:
    """`counts`: connections, refused, unreachable, bytes_up, bytes_down, swallowed, pieces,
    resets, half_opened. With a `place` (a host of net.namespaces) it listens and connects there.
    """

    def __init__(self, upstream, seed=0, place=None):
        self.upstream = upstream
        self.place = place
        self.counts = collections.Counter()
        self.rng = random.Random(seed)
        self.weather = {"up": CLEAR, "down": CLEAR}
        self.loop = EventLoop()
        self.shufflers = {way: Shuffler(self.rng, self.loop) for way in self.weather}
        self._refusing = False
        self._connections = set()
        run_inside = place.run_inside if place else lambda action: action()
        self._listener = run_inside(lambda: socket.create_server(("127.0.0.1", 0), backlog=1024))
        self._listener.setblocking(False)
        self.address = self._listener.getsockname()
        self.loop.watch(self._listener, readable=self._accept)
        self.loop.start("proxy", place.enter if place else None)

    def listen_words(self):
        return f"{self.address[0]}:{self.address[1]}"

    def overtaken(self):
        """Pieces that left before an earlier one of another connection."""
        return sum(shuffler.overtaken for shuffler in self.shufflers.values())

    def set_weather(self, up=None, down=None):
        """What is not given stays as it is."""

        def change():
            given = {"up": up, "down": down}
            self.weather.update({way: wanted for way, wanted in given.items() if wanted})
            for connection in self._connections:
                connection.update()

        self.loop.call(change)

    def refuse(self, refusing=True):
        """New connections are reset right behind the handshake; the old ones go on."""
        self.loop.call(lambda: setattr(self, "_refusing", refusing))

    def reset(self):
        """Both sides of every connection see a reset."""
        self._each(ProxiedConnection.reset_both)

    def half_close(self, way):
        """Who receives that way sees the end of it behind what is under way; the other way
        goes on.
        """
        self._each(lambda connection: connection.half_close(way))

    def half_open(self, gone):
        """One side of every connection, "client" or "server", sees a reset. The other learns
        nothing: what it sends is swallowed, and nothing comes.
        """
        self._each(lambda connection: connection.half_open(gone))

    def living(self):
        """Connections of which at least one side is there."""
        return self.loop.call(lambda: len(self._connections))

    def close(self):
        """Resets what is left. May be called twice."""
        if self.loop.running():
            self._each(ProxiedConnection.reset_both)
            self.loop.call(lambda: self.loop.unwatch(self._listener))
            self.loop.stop()
        self._listener.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def _each(self, action):
        def act():
            for connection in list(self._connections):
                action(connection)

        self.loop.call(act)

    def _accept(self):
        try:
            client, _ = self._listener.accept()
        except (BlockingIOError, ConnectionAbortedError):
            return
        if self._refusing:
            self.counts["refused"] += 1
            reset(client)
            return
        self.counts["connections"] += 1
        connection = ProxiedConnection(self, client, self._connections.discard)
        self._connections.add(connection)
        connection.connect()
