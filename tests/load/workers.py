"""Workers that take and complete as fast as they can, in a process of their own, so that the load
beside them does not slow them down in the test itself.
"""

import multiprocessing
import re

from load.crowd import Crowd

BATCH = 100
CONNECTIONS = 4
JOB = re.compile(rb'"job_id":"([^"]+)"[^{}]*?"lease":(\d+)')


def completion(line):
    """The completion of all jobs of an assignment; None: it has none."""
    jobs = JOB.findall(line)
    if not jobs:
        return None
    items = b",".join(b'{"job_id":"%s","lease":%s}' % job for job in jobs)
    return b'{"type":"jobs_complete","jobs":[' + items + b"]}\n"


def work(address, queue, stopped):
    request = (
        b'{"type":"request_job","worker_id":"load","queues":["%s"],"job_types":["load"],'
        b'"max":%d,"wait_ms":1000}\n' % (queue.encode(), BATCH)
    )
    with Crowd(address, CONNECTIONS, request) as crowd:
        crowd.open_all()
        received = crowd.members  # what came while they were opened
        while not stopped.is_set():
            for member in received:
                for line in member.lines():
                    done = completion(line) if b'"assign_jobs"' in line else None
                    if done:
                        crowd.tell(member, done + request)
                    elif b'"no_job"' in line:
                        crowd.tell(member, request)
            if all(member.ended for member in crowd.members):
                return
            received = crowd.turn(0.1)


class Workers:
    """Running between enter and exit."""

    def __init__(self, server, queue):
        context = multiprocessing.get_context("fork")
        self.stopped = context.Event()
        self.process = context.Process(target=work, args=(server.address, queue, self.stopped))
        self.process.daemon = True

    def __enter__(self):
        self.process.start()
        return self

    def __exit__(self, *_):
        self.stopped.set()
        self.process.join(30)
        if self.process.is_alive():
            self.process.kill()
            self.process.join()
