"""Sockets, timers and calls from other threads, one after the other in one thread."""

import concurrent.futures
import heapq
import itertools
import selectors
import socket
import threading
import time

CALL_SECONDS = 20.0


class EventLoop:
    """`watch`, `unwatch` and `at` are for the loop's own thread, or before it starts."""

    def __init__(self):
        self._selector = selectors.DefaultSelector()
        self._timers = []
        self._order = itertools.count()
        self._calls = []
        self._lock = threading.Lock()
        self._wake_reader, self._wake_writer = socket.socketpair()
        self._wake_reader.setblocking(False)
        self.watch(self._wake_reader, readable=self._take_calls)
        self._stopping = False
        self._thread = None

    def start(self, name, first=None):
        """`first` is called on the thread before anything else."""

        def run():
            if first:
                first()
            self._run()

        self._thread = threading.Thread(target=run, name=name, daemon=True)
        self._thread.start()

    def running(self):
        return self._thread is not None and self._thread.is_alive()

    def call(self, action):
        """Runs it on the loop's thread and returns what it returned, or raises what it raised."""
        future = concurrent.futures.Future()
        with self._lock:
            self._calls.append((action, future))
        self._wake_writer.send(b"!")
        return future.result(CALL_SECONDS)

    def stop(self):
        """The sockets that are watched stay open: they are their owners'."""
        self.call(lambda: setattr(self, "_stopping", True))
        self._thread.join()
        self._selector.close()
        self._wake_reader.close()
        self._wake_writer.close()

    def watch(self, watched, readable=None, writable=None):
        """Replaces what was watched of that socket; with neither it is left alone."""
        events = (selectors.EVENT_READ if readable else 0) | (
            selectors.EVENT_WRITE if writable else 0
        )
        known = watched in self._selector.get_map()
        if not events:
            if known:
                self._selector.unregister(watched)
        elif known:
            self._selector.modify(watched, events, (readable, writable))
        else:
            self._selector.register(watched, events, (readable, writable))

    def unwatch(self, watched):
        self.watch(watched)

    def at(self, when, action):
        """Once, when time.monotonic() has reached that; equal times in the order of the calls."""
        heapq.heappush(self._timers, (when, next(self._order), action))

    def _run(self):
        while not self._stopping:
            patience = None
            if self._timers:
                patience = max(0.0, self._timers[0][0] - time.monotonic())
            for key, events in self._selector.select(patience):
                readable, writable = key.data
                # An earlier event of this round may have closed the socket.
                if events & selectors.EVENT_READ and readable and key.fileobj.fileno() >= 0:
                    readable()
                if events & selectors.EVENT_WRITE and writable and key.fileobj.fileno() >= 0:
                    writable()
            now = time.monotonic()
            while self._timers and self._timers[0][0] <= now:
                heapq.heappop(self._timers)[2]()

    def _take_calls(self):
        self._wake_reader.recv(4096)
        with self._lock:
            calls, self._calls = self._calls, []
        for action, future in calls:
            try:
                future.set_result(action())
            except Exception as error:  # pylint: disable=broad-exception-caught
                future.set_exception(error)
