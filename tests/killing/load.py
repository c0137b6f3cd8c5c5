"""The load: clients and workers on connections of their own, until the server is gone."""

import random
import threading

from support.lines import ConnectionEnded

WAIT_CODES = ("queue_full", "disk_low")  # under pressure: submissions are refused whole
QUEUES = ("alpha", "beta", "gamma")
OPEN_JOBS = 1500  # submitting rests above it
JOBS_OF_A_CLIENT = 3000  # a round; the server's retention must not begin to take finished jobs
LEASE_MS = 600_000  # longer than any run: nothing may be given out twice
LARGE_PAYLOAD = 90_000  # fills the journal up to a checkpoint within a second


class Load:
    """One round of it. `held` are (job id, lease) of jobs that run since before the last kill."""

    def __init__(self, server, ledger, seed, held, large=False):
        self._server = server
        self._ledger = ledger
        self._seed = seed
        self._held = held
        self._large = large
        self._stopping = threading.Event()
        self._threads = []

    def start(self):
        for number, body in enumerate(
            (self.submit, self.submit, self.complete_many, self.complete_one)
        ):
            thread = threading.Thread(target=self._guarded, args=(body, f"{self._seed}.{number}"))
            thread.start()
            self._threads.append(thread)

    def join(self):
        """After the server's end: waits for the threads to notice."""
        self._stopping.set()
        for thread in self._threads:
            thread.join()

    def _guarded(self, body, name):
        """A connection that ends is what this is about; anything else is a finding."""
        try:
            with self._server.connect() as connection:
                body(connection, random.Random(name), name)
        except (ConnectionEnded, OSError):
            pass
        except Exception as error:  # pylint: disable=broad-exception-caught
            self._ledger.complain(f"thread {name}: {error!r}")

    def _new_jobs(self, rng, name, number, count):
        """Jobs that carry their own name in their payload, and more."""
        size = LARGE_PAYLOAD if self._large else rng.choice((0, 10, 200, 2000))
        return {
            f"{name}.{number}.{item}": f"{name}.{number}.{item}/" + "p" * size
            for item in range(count)
        }

    def _submit_with_it(self, follow_ups):
        """The field of a completion; absent when there are none."""
        fields = [self._fields(job_id, payload, "gamma") for job_id, payload in follow_ups.items()]
        return {"submit": fields} if fields else {}

    @staticmethod
    def _fields(job_id, payload, queue):
        return {"job_id": job_id, "queue": queue, "duration": 1, "payload": payload}

    def submit(self, connection, rng, name):
        """Up to three requests under way at a time: single jobs, batches, atomic batches."""
        number = submitted = 0
        while submitted < JOBS_OF_A_CLIENT and not self._stopping.is_set():
            if not self._large and self._ledger.open_jobs() > OPEN_JOBS:
                self._stopping.wait(0.02)
                continue
            sent = []
            for _ in range(rng.randint(1, 3)):
                number += 1
                jobs = self._new_jobs(
                    rng, name, number, rng.choice((1, 1, 3, 10) if self._large else (1, 3, 10, 40))
                )
                submitted += len(jobs)
                self._ledger.submitting(jobs)
                connection.send(self._request(jobs, rng))
                sent.append(jobs)
            for jobs in sent:
                self._accept(connection.read(), jobs)

    def _request(self, jobs, rng):
        queue = rng.choice(QUEUES)
        fields = [self._fields(job_id, payload, queue) for job_id, payload in jobs.items()]
        if len(fields) == 1:
            return {"type": "submit_job", **fields[0]}
        return {"type": "submit_jobs", "atomic": rng.random() < 0.5, "jobs": fields}

    def _accept(self, answer, jobs):
        if answer.get("code") in WAIT_CODES:
            self._ledger.refused(list(jobs))
            self._stopping.wait(answer["retry_after_ms"] / 1000)
        elif answer.get("status") != "accepted" or answer.get("errors"):
            self._ledger.complain(f"a submission was answered {str(answer)[:300]}")
        else:
            self._ledger.accepted(list(jobs))

    def complete_many(self, connection, rng, name):
        """First what was held over the restart, then batches."""
        self._complete_batch(
            connection, [{"job_id": job_id, "lease": lease} for job_id, lease in self._held[:1000]]
        )
        while not self._stopping.is_set():
            answer = connection.do(
                "request_job",
                worker_id=name,
                queues=QUEUES,
                max=rng.choice((2, 20, 100)),
                wait_ms=200,
                lease_ms=LEASE_MS,
            )
            jobs = answer.get("jobs", [])
            for job in jobs:
                self._ledger.leased(job["job_id"], job["lease"])
            self._complete_batch(
                connection, [{"job_id": job["job_id"], "lease": job["lease"]} for job in jobs]
            )

    def _complete_batch(self, connection, items):
        if not items:
            return
        job_ids = [item["job_id"] for item in items]
        self._ledger.completing(job_ids)
        answer = connection.do("jobs_complete", jobs=items)
        for item, result in zip(items, answer["results"], strict=True):
            if result["status"] != "ok":
                self._ledger.complain(f"completion of {item} was answered {result}")
        self._ledger.completed(job_ids)

    def complete_one(self, connection, rng, name):
        """One at a time, the next with the answer, and now and then with follow-ups."""
        number, job = 0, None
        while not self._stopping.is_set():
            if job is None:
                answer = connection.do(
                    "request_job", worker_id=name, queues=QUEUES, wait_ms=200, lease_ms=LEASE_MS
                )
                if answer["type"] == "no_job":
                    continue
                job = answer
            self._ledger.leased(job["job_id"], job["lease"])
            number += 1
            follow_ups = self._new_jobs(rng, name, number, 2) if rng.random() < 0.3 else {}
            self._ledger.submitting(follow_ups, parent=job["job_id"])
            self._ledger.completing([job["job_id"]])
            answer = connection.do(
                "job_complete",
                job_id=job["job_id"],
                lease=job["lease"],
                next={},
                **self._submit_with_it(follow_ups),
            )
            self._ledger.completed([job["job_id"]])
            self._ledger.accepted(list(follow_ups))
            job = answer["next"]
