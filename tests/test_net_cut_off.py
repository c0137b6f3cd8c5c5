"""Workers that are cut off from their server in every manner, for less than their lease and for
more, with every fate of the job they run.

All of it happens at once: a worker for each manner and fate, one break, one judgement.
"""

import signal
import time
import unittest

from net.namespaces import network_or_skip
from net.proxy import Proxy
from net.weather import CLEAR, LOST
from net.world import World
from support import worker_log
from support.case import scratch_directory
from support.process_tree import Frozen

# A beat every 3 s, lost after 10 s: a short break leaves room for a beat before and one behind. In
# some manners one more beat gets through, so that the silence begins 3 s late; it is noticed 3 s
# after that, and the server needs its 10 s.
SHORT_BREAK_SECONDS = 3.5
LONG_BREAK_SECONDS = 18.0
# Of the fates: seconds that the job runs in its first attempt, and the kind of break.
FATES = {
    "kept": (8.0, "short"),
    "refused": (16.5, "long"),  # ended while cut off, and another worker has it
    "ended": (60.0, "long"),  # still runs when the worker learns that it is no longer its own
    "accepted": (16.5, "long"),  # ended while cut off, and nobody else had it
}
MOVED = ("refused", "ended")
AGAIN_SECONDS = 1.0
END_SECONDS = 90.0


class Cut:
    """One manner of cutting a worker off, and of mending it; both are given the worker."""

    def __init__(self, cut, mend, place=None, via=None):
        self.cut, self.mend = cut, mend
        self.where = {"place": place, "via": via}


def without_worker(action, *arguments):
    """What is done to the network, and not to the process."""
    return lambda _worker: action(*arguments)


def fates_of(manner):
    """A job that stands still with its worker can't end meanwhile."""
    return ("kept", "ended") if manner == "frozen" else tuple(FATES)


class CutOff(unittest.TestCase):

    def setUp(self):
        self.directory = scratch_directory(self)

    def make_world(self, place=None):
        self.world = World(self.directory, place=place)
        self.addCleanup(self.world.close)

    # ---- manners: each makes a worker's place and says how it is cut off

    def unplugged(self, network):
        host = network.host()
        return Cut(without_worker(host.unplug), without_worker(host.plug), place=host)

    def unheard_by_the_server(self, network):
        host = network.host()
        server = self.world.place
        return Cut(
            without_worker(server.deaf_to, host),
            without_worker(server.hear, host),
            place=host,
        )

    def deaf(self, network):
        host = network.host()
        server = self.world.place
        return Cut(
            without_worker(host.deaf_to, server),
            without_worker(host.hear, server),
            place=host,
        )

    def swallowed_by_a_proxy(self, _network):
        proxy = Proxy(self.world.server.address, place=self.world.place)
        self.addCleanup(proxy.close)
        return Cut(
            without_worker(proxy.set_weather, LOST, LOST),
            without_worker(proxy.set_weather, CLEAR, CLEAR),
            via=proxy,
        )

    def stopped(self, _network):
        """The worker stands still; its job, a process of its own, goes on."""
        return Cut(
            lambda worker: worker.signal(signal.SIGSTOP),
            lambda worker: worker.signal(signal.SIGCONT),
            place=self.world.place,
        )

    def frozen(self, _network):
        """The worker and its job stand still, as on a frozen machine."""
        frozen = {}

        def freeze(worker):
            frozen[worker] = Frozen(worker.pid)
            self.addCleanup(frozen[worker].thaw)

        return Cut(freeze, lambda worker: frozen[worker].thaw(), place=self.world.place)

    # ---- the story

    def run_story(self, manners, network):
        """To its end. A helper takes what comes back, but where a job is to be left alone."""
        cuts = {
            (manner.__name__, fate): manner(network)
            for manner in manners
            for fate in fates_of(manner.__name__)
        }
        jobs = []
        for (manner, fate), cut in cuts.items():
            name = f"{manner}.{fate}"
            self.world.start_worker(name, queues=(name,), **cut.where)
            jobs.append(self.world.job(name, FATES[fate][0], again=AGAIN_SECONDS, queue=name))
        self.world.submit(*jobs)
        for job in jobs:
            worker_log.await_event(self.world.workers[job["job_id"]].log, job["job_id"], "start")
        helped = [".".join(key) for key in cuts if key[1] in MOVED]
        self.world.start_worker(
            "helper", queues=tuple(helped), concurrency=16, place=self.world.place
        )
        self.break_and_mend(cuts)
        self.assertTrue(self.world.await_end(END_SECONDS), "some jobs never ended")
        self.check_that_they_work_again(cuts)

    def break_and_mend(self, cuts):
        workers = {key: self.world.workers[".".join(key)] for key in cuts}
        began = time.monotonic()
        for key, cut in cuts.items():
            cut.cut(workers[key])
        for kind, seconds in (("short", SHORT_BREAK_SECONDS), ("long", LONG_BREAK_SECONDS)):
            time.sleep(max(0.0, began + seconds - time.monotonic()))  # the length of the break
            for key, cut in cuts.items():
                if FATES[key[1]][1] == kind:
                    cut.mend(workers[key])

    def check_that_they_work_again(self, cuts):
        """Every worker that was cut off takes and completes another job."""
        self.world.kill_worker("helper")
        names = [".".join(key) for key in cuts]
        self.world.submit(*(self.world.job(f"{name}.2", 0, queue=name) for name in names))
        self.assertTrue(self.world.await_end(END_SECONDS), "a worker that came back takes no jobs")

    def check_fates(self, manners):
        against, counted = self.world.judge()
        moved = 0
        for manner in manners:
            for fate in fates_of(manner.__name__):
                moved += fate in MOVED
                name = f"{manner.__name__}.{fate}"
                with self.subTest(worker=name):
                    record = self.world.record(name)
                    getattr(self, f"check_{fate}")(name, record)
        self.assertEqual([text for texts in against.values() for text in texts], [])
        self.assertEqual(counted["jobs_executed_again"], moved)

    def reported(self, name):
        log = self.directory / f"{name}.log"
        return [
            entry["outcome"]
            for entry in worker_log.of_job(log, name)
            if entry["event"] == "reported"
        ]

    def check_kept(self, name, record):
        self.assertEqual(
            (record["state"], record["worker_id"], record["attempt"], record["losses"]),
            ("completed", name, 1, 0),
        )
        self.assertEqual(self.reported(name), ["completed"])

    def check_moved(self, name, record):
        self.assertEqual(
            (record["state"], record["worker_id"], record["attempt"], record["losses"]),
            ("completed", "helper", 2, 1),
        )
        first = record["attempts"][0]
        self.assertEqual((first["worker_id"], first["outcome"]), (name, "worker_lost"))

    def check_refused(self, name, record):
        self.check_moved(name, record)
        self.assertEqual(self.reported(name), ["lease_lost"])

    def check_ended(self, name, record):
        self.check_moved(name, record)
        ends = [
            entry["outcome"]
            for entry in worker_log.of_job(self.directory / f"{name}.log", name, "end")
        ]
        self.assertEqual(ends, ["lease_lost"])

    def check_accepted(self, name, record):
        self.assertEqual(
            (record["state"], record["worker_id"], record["attempt"], record["losses"]),
            ("completed", name, 1, 0),
        )
        self.assertEqual(self.reported(name), ["completed"])

    # ---- the tests

    def test_on_loopback(self):
        """Without any right: a proxy that swallows, workers that stand still."""
        self.make_world()
        manners = [self.swallowed_by_a_proxy, self.stopped, self.frozen]
        self.run_story(manners, None)
        self.check_fates(manners)

    def test_between_hosts(self):
        """Cables that are pulled, and packets that are dropped one way."""
        network = network_or_skip(self, nft=True)
        self.make_world(network.host())
        manners = [self.unplugged, self.unheard_by_the_server, self.deaf]
        self.run_story(manners, network)
        self.check_fates(manners)


if __name__ == "__main__":
    unittest.main()
