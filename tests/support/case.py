"""Base classes of the process tests."""

import pathlib
import shutil
import tempfile
import unittest

from support.processes import Server, Worker


def scratch_directory(owner):
    """A directory that goes when the test (or class) does."""
    directory = pathlib.Path(tempfile.mkdtemp(prefix="muster-"))
    add = owner.addClassCleanup if isinstance(owner, type) else owner.addCleanup
    add(shutil.rmtree, directory, ignore_errors=True)
    return directory


class ConnectingCase(unittest.TestCase):
    server = None
    directory = None

    def connect(self, patience=30.0):
        connection = self.server.connect(patience)
        self.addCleanup(connection.close)
        return connection

    def worker(self, name, *options, **settings):
        """A worker process, stopped at the end of the test."""
        worker = Worker(self.server, self.directory, name, *options, **settings)
        self.addCleanup(worker.stop)
        return worker

    def assert_alive(self):
        """The server still takes and gives jobs, on a new connection."""
        with self.server.connect() as connection:
            self.assertIn("jobs", connection.do("stats"))
        self.assertTrue(self.server.process.running())


class SharedServerCase(ConnectingCase):
    """One server for all tests of a class, which keep apart by queue and job names of their own."""

    server_options = ()

    @classmethod
    def setUpClass(cls):
        cls.directory = scratch_directory(cls)
        cls.server = Server(cls.directory, *cls.server_options).start()
        cls.addClassCleanup(cls.server.stop)

    def setUp(self):
        self.queue = self.id().rpartition(".")[2]
        self.client = self.connect()

    def job(self, name):
        """An id that no other test uses."""
        return f"{self.queue}.{name}"

    def submit(self, name, **fields):
        """A job of this test's queue; returns its id."""
        fields = {"queue": self.queue, "job_id": self.job(name), "duration": 1, **fields}
        self.client.do("submit_job", **fields)
        return fields["job_id"]

    def take(self, worker_id="w", **fields):
        """A job of this test's queue for an unregistered worker, with its lease."""
        answer = self.client.do("request_job", worker_id=worker_id, queues=[self.queue], **fields)
        self.assertEqual(answer["type"], "assign_job", answer)
        return answer


class OwnServerCase(ConnectingCase):
    """A server for each test."""

    server_options = ()

    def setUp(self):
        self.directory = scratch_directory(self)
        self.server = Server(self.directory, *self.server_options).start()
        self.addCleanup(self.server.stop)
        self.client = self.connect()
