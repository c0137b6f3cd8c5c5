"""Servers, workers and command lines as real processes: loopback, ports of their own, always
stopped.
"""

import ctypes
import os
import pathlib
import re
import select
import signal
import subprocess
import time

from support.lines import Connection

START_SECONDS = 60.0
STOP_SECONDS = 30.0
PR_SET_PDEATHSIG = 1
LIBC = ctypes.CDLL(None)


def binary():
    """The program under test."""
    path = os.environ.get("MUSTER_BINARY", "build/release/muster")
    if not os.access(path, os.X_OK):
        raise FileNotFoundError(f"no program at {path}: build it, or point MUSTER_BINARY at it")
    return str(pathlib.Path(path).resolve())


def _die_with_parent():
    LIBC.prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)


class Process:
    """One running `muster …`. stdout comes through `line()`, stderr goes to a file that failures
    can show. `prefix` is a command that runs it (`nsenter …`), as the same process.
    """

    def __init__(self, arguments, stderr_path, environment=None, prefix=()):
        self.arguments = [str(word) for word in arguments]
        self.stderr_path = pathlib.Path(stderr_path)
        with open(stderr_path, "ab") as stderr:
            self._popen = subprocess.Popen(
                [*prefix, binary(), *self.arguments],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=stderr,
                env={**os.environ, **(environment or {})},
                process_group=0,
                preexec_fn=_die_with_parent,
            )
        self.pid = self._popen.pid
        self._received = b""

    def line(self, seconds=START_SECONDS):
        """The next line of its stdout; fails when it ends or says nothing."""
        deadline = time.monotonic() + seconds
        while b"\n" not in self._received:
            left = max(0.0, deadline - time.monotonic())
            if not select.select([self._popen.stdout], [], [], left)[0]:
                raise AssertionError(
                    f"{self.arguments} said nothing for {seconds:g} s\n{self.stderr()}"
                )
            chunk = os.read(self._popen.stdout.fileno(), 1 << 16)
            if not chunk:
                raise AssertionError(f"{self.arguments} ended with {self.wait()}\n{self.stderr()}")
            self._received += chunk
        line, _, self._received = self._received.partition(b"\n")
        return line.decode()

    def stderr(self):
        return self.stderr_path.read_text(encoding="utf-8", errors="replace")

    def signal(self, number):
        self._popen.send_signal(number)

    def running(self):
        return self._popen.poll() is None

    def wait(self, seconds=STOP_SECONDS):
        """Its exit status, or the negative number of the signal that ended it."""
        return self._popen.wait(seconds)

    def kill(self):
        """SIGKILL to it alone, and its end awaited."""
        self._popen.kill()
        self.wait()
        self.close()

    def close(self):
        """Of a process that has ended: frees what the parent still holds of it."""
        self._popen.stdout.close()

    def terminate(self):
        """SIGTERM, its end awaited; returns the exit status."""
        self.signal(signal.SIGTERM)
        status = self.wait()
        self.close()
        return status

    def stop(self):
        """For clean-ups: ends it in whatever state it is, stopped by a signal or gone already."""
        if self.running():
            self._popen.send_signal(signal.SIGCONT)
            self._popen.terminate()
            try:
                self._popen.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                self._popen.kill()
                self._popen.wait()
        self.close()


class Server:
    """A queue server on a data directory, which may be started again on the same port. `place` is
    where it runs: None is here, on loopback, otherwise a host of net.namespaces.
    """

    def __init__(self, directory, *options, environment=None, place=None):
        self.directory = pathlib.Path(directory)
        self.data = self.directory / "data"
        self.options = options
        self.environment = environment
        self.place = place
        self.address = (place.address if place else "127.0.0.1", 0)
        self.process = None

    def start(self, environment=None):
        """Returns itself once it listens. The one before must have ended."""
        if self.process:
            self.process.close()
        self.process = Process(
            [
                "server",
                "--listen",
                f"{self.address[0]}:{self.address[1]}",
                "--data",
                self.data,
                *self.options,
            ],
            self.directory / "server.err",
            {**(self.environment or {}), **(environment or {})},
            self.place.prefix() if self.place else (),
        )
        line = self.process.line()
        match = re.fullmatch(rf"muster server listening on ({self.address[0]}):(\d+)", line)
        if not match:
            raise AssertionError(f"the server's first line was {line!r}")
        self.address = (match[1], int(match[2]))
        return self

    def listen_words(self):
        return f"{self.address[0]}:{self.address[1]}"

    def connect(self, patience=30.0):
        if self.place:
            return self.place.run_inside(lambda: Connection(self.address, patience))
        return Connection(self.address, patience)

    def kill(self):
        self.process.kill()

    def terminate(self):
        return self.process.terminate()

    def stop(self):
        if self.process:
            self.process.stop()

    def restart(self, environment=None):
        """kill -9, then a new one on the same port and data."""
        self.kill()
        return self.start(environment)


class Worker(Process):
    """`muster worker` with an append-only log of its own. `server` is what has `listen_words`: a
    server, or a proxy before it.
    """

    def __init__(
        self,
        server,
        directory,
        name,
        *options,
        queues=("default",),
        concurrency=1,
        log="",
        environment=None,
        prefix=(),
    ):
        self.name = name
        self.log = pathlib.Path(directory) / (log or f"{name}.log")
        queue_words = [word for queue in queues for word in ("--queue", queue)]
        super().__init__(
            [
                "worker",
                "--server",
                server.listen_words(),
                *queue_words,
                "--concurrency",
                concurrency,
                "--id",
                name,
                "--log",
                self.log,
                *options,
            ],
            pathlib.Path(directory) / f"{name}.err",
            environment,
            prefix,
        )


def run_cli(server, *arguments, stdin="", seconds=60.0, environment=None):
    """One command line to its end: a CompletedProcess with text."""
    words = [str(word) for word in arguments]
    return subprocess.run(
        [binary(), *words],
        input=stdin,
        capture_output=True,
        text=True,
        timeout=seconds,
        check=False,
        env={
            **os.environ,
            "MUSTER_SERVER": server.listen_words(),
            "NO_COLOR": "1",
            **(environment or {}),
        },
    )
