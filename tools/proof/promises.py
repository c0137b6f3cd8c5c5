"""The sixteen promises, one by one: what is promised, which tests show it besides the parts that
name it, and what is still open. The numbers come from the runs."""

import dataclasses


@dataclasses.dataclass(frozen=True)
class Promise:
    """`wanted`: how we know that it is kept. `shown`: what shows it besides the parts whose `rows`
    name it. `awaited`: parts that it needs, too, and that may not be there yet. `figures`: names of
    figures to tell. `goals`: (figure, how much of it over all runs). `open`: what no part of this
    issue shows, and the issue that closes it."""

    row: int
    promise: str
    wanted: str
    shown: tuple = ()
    awaited: tuple = ()
    figures: tuple = ()
    goals: tuple = ()
    open: str = ""


PROMISES = (
    Promise(
        1,
        "no acknowledged job is lost when the process is killed",
        "≥ 500 `kill -9` per CI run at random and named points, 0 lost",
        figures=("kill.kills",),
    ),
    Promise(
        2,
        "… when power is cut",
        "file-system shutdown on ext4 and xfs, ≥ 200 a run, every acknowledged sequence is there",
        shown=(
            "`storage_test` (FileJournalFault): power is cut at every call of a script, all "
            "or some of what was not synced is lost; canaries without syncs are caught",
        ),
        awaited=("shutdown_loop",),
    ),
    Promise(
        3,
        "… when a write, a sync or the allocation of space fails",
        "every I/O call × {once, from then on} × {EIO, ENOSPC, short}: nothing acknowledged "
        "after the first failed sync",
        shown=(
            "`storage_test` (FileJournalFault): every call of the journal fails in each way, "
            "in memory",
        ),
        awaited=("call_faults",),
    ),
    Promise(
        4,
        "bit rot is never silent",
        "every byte × 8 bits of small journals; manifest and index verified at start; tables "
        "never a wrong answer",
        shown=(
            "`storage_test` (FileJournalDamage): every bit of small journals, every cut, "
            "every record torn or exchanged",
            "`storage_test` (CheckpointRot, CheckpointMalformed): bits of every file of a "
            "store; values whose checksum is right and content is not",
        ),
        open="scrubbing tables within 24 h and `doctor`: the issue of operation",
        awaited=("rot",),
    ),
    Promise(
        5,
        "one valid lease per job; stale tokens change nothing; tokens grow over restarts",
        "≥ 10⁷ simulated lease operations per CI run, 10⁸ in the long run",
        shown=("`engine_property_test`: random commands against rules written from the documents",),
        awaited=("sim",),
    ),
    Promise(
        6,
        "one completion per job in the record; every double execution has a recorded cause",
        "simulation and real runs that join the workers' own log with the server's record",
        figures=("restart.executions", "restart.jobs_executed_again"),
        awaited=("sim",),
    ),
    Promise(
        7,
        "a restart within the lease runs nothing again",
        "1,000 restarts under load, 0 duplicates by live workers",
        figures=("restart.restarts",),
        goals=(("restart.restarts", 1000),),
    ),
    Promise(
        8,
        "first in, first out inside a priority; delayed jobs never early",
        "≥ 10⁷ leases, 0 inversions",
        shown=("`engine_property_test`: order and delays in random worlds",),
        awaited=("sim",),
    ),
    Promise(
        9,
        "a dead worker's jobs run again within seconds",
        "closed connection ≤ 2.25 s p99; silent death: ttl + 250 ms",
        shown=("`tests/test_worker_loss.py`", "`engine_test` (WorkerSession)"),
        awaited=("sim",),
    ),
    Promise(
        10,
        "jumps of the wall clock by ±10 years end no lease, timeout, delay or backoff early; "
        "a server that was paused ages no lease",
        "simulation, and libfaketime on the release binary",
        shown=("`tests/test_stopped_server.py`: a paused server",),
        figures=("clock.jumps",),
        awaited=("sim",),
    ),
    Promise(
        11,
        "simulation is fast, deterministic and good",
        "≥ 5,000 × real time at ≥ 200 events per simulated second; one hash for gcc and "
        "clang, O0, O2, ASan; ≥ 60 seeded bugs found",
        awaited=("sim", "mutants", "determinism"),
    ),
    Promise(
        12,
        "small worlds are exhausted",
        "all interleavings of 3 jobs × 2 workers × 2 faults × 1 restart",
        awaited=("small_worlds",),
    ),
    Promise(
        13,
        "bounded memory",
        "10 million waiting jobs and 1,000 stalled readers in 512 MiB, completions always taken",
        open="*not yet* at 10 million jobs: needs the spilled index of the issue “speed”",
        awaited=("memory_limit",),
    ),
    Promise(
        14,
        "a full disk",
        "submissions refused cleanly, all completions and heartbeats succeed, recovery "
        "without restart",
        shown=("`tests/test_disk_full.py`: a small loop mount",),
        awaited=("disk_full",),
    ),
    Promise(
        15,
        "thundering herd, overload",
        "5,000 clients reconnect in 1 s: no lease lost; 5 × overload for 60 s: goodput ≥ 90 %"
        " within 30 s",
        awaited=("reconnect", "overload"),
    ),
    Promise(
        16,
        "hostile input",
        "every parser under libFuzzer with ASan and UBSan, corpora kept; the JSON reader "
        "against another",
        shown=(
            "`protocol_test` (JsonDifferential): our JSON reader against simdjson",
            "`engine_test` (Hostile): hostile values, each with a definite answer",
        ),
        open="*not yet* HTTP (issue “face”) and cron expressions (issue “semantics”): neither "
        "exists",
        awaited=("fuzz",),
    ),
)
