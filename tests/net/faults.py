"""What can happen to a worker, or to the server, in tests/bad_network.py: data, and how each begins
and ends.

A slot is a worker's place: alone on a host, behind a proxy, or neither. `begin` and `end` are given
the slot; what has no end is over at once.
"""

import dataclasses
import signal
from collections.abc import Callable

from net.proxy import Proxy
from net.weather import CLEAR, LOST, STUCK, random_direction
from support.process_tree import Frozen

SHORT_SECONDS = (0.3, 3.0)  # below every lease
LONG_SECONDS = (12.0, 16.0)  # above it
MOMENT_SECONDS = (0.0, 0.5)
WORKER_OPTIONS = ("--grace", "1s", "--drain-timeout", "2s")
CONCURRENCY = 3


@dataclasses.dataclass(frozen=True)
class Fault:
    name: str
    on: str  # host, proxy, or any
    begin: Callable
    end: Callable | None = None
    lengths: tuple = (SHORT_SECONDS, LONG_SECONDS)  # one of them is drawn


class Slot:
    """A place for one worker at a time. `busy`: something happens to it."""

    def __init__(self, world, number, host=None, proxied=False):
        self.world = world
        self.number = number
        self.host = host
        self.proxy = Proxy(world.server.address, number, world.place) if proxied else None
        self.name = None
        self.frozen = None
        self.generation = 0
        self.busy = False

    def kinds(self):
        return {"any", *(["host"] if self.host else []), *(["proxy"] if self.proxy else [])}

    def start_worker(self, name=None):
        """A new one, under a name of its own unless it takes another's over."""
        self.generation += 1
        self.name = name or f"s{self.number}g{self.generation}"
        where = {"place": self.host or self.world.place, "via": self.proxy}
        self.world.start_worker(self.name, *WORKER_OPTIONS, concurrency=CONCURRENCY, **where)

    def worker(self):
        return self.world.workers[self.name]

    def close(self):
        if self.frozen:
            self.frozen.thaw()
        if self.proxy:
            self.proxy.close()


def set_weather(up, down):
    return lambda slot, _rng: slot.proxy.set_weather(up, down)


def roughen(slot, rng):
    slot.proxy.set_weather(random_direction(rng), random_direction(rng))


def clear(slot):
    slot.proxy.set_weather(CLEAR, CLEAR)


def stop(slot, _rng):
    slot.worker().signal(signal.SIGSTOP)


def go_on(slot):
    slot.worker().signal(signal.SIGCONT)


def freeze(slot, _rng):
    slot.frozen = Frozen(slot.worker().pid)


def thaw(slot):
    slot.frozen.thaw()


def kill(slot, _rng):
    """The next worker of the slot comes at the end, under the same name every other time."""
    slot.world.kill_worker(slot.name)


def come_back(slot):
    slot.start_worker(slot.name if slot.generation % 2 else None)


def drain(slot, _rng):
    """Asked to stop; one that does not is killed at the end."""
    slot.world.terminate_worker(slot.name)


def come_back_after_drain(slot):
    if slot.name in slot.world.workers:
        slot.world.kill_worker(slot.name)
    come_back(slot)


def at_once(action):
    return lambda slot, _rng: action(slot)


def server_of(slot):
    return slot.world.place


FAULTS = (
    Fault("unplugged", "host", at_once(lambda s: s.host.unplug()), lambda s: s.host.plug()),
    Fault(
        "unheard",
        "host",
        at_once(lambda s: server_of(s).deaf_to(s.host)),
        lambda s: server_of(s).hear(s.host),
    ),
    Fault(
        "deaf",
        "host",
        at_once(lambda s: s.host.deaf_to(server_of(s))),
        lambda s: s.host.hear(server_of(s)),
    ),
    Fault(
        "refused",
        "host",
        at_once(lambda s: server_of(s).refuse(s.host)),
        lambda s: server_of(s).hear(s.host),
    ),
    Fault("rough", "proxy", roughen, clear, ((5.0, 15.0),)),
    Fault("swallowed", "proxy", set_weather(LOST, LOST), clear),
    Fault("swallowed_up", "proxy", set_weather(LOST, CLEAR), clear),
    Fault("swallowed_down", "proxy", set_weather(CLEAR, LOST), clear),
    Fault("stalled_up", "proxy", set_weather(STUCK, CLEAR), clear),
    Fault("stalled_down", "proxy", set_weather(CLEAR, STUCK), clear),
    Fault("reset", "proxy", at_once(lambda s: s.proxy.reset()), None, (MOMENT_SECONDS,)),
    Fault("half_closed", "proxy", at_once(lambda s: s.proxy.half_close("up")), None, ((0.0, 3.0),)),
    Fault(
        "client_gone", "proxy", at_once(lambda s: s.proxy.half_open("client")), None, ((0.0, 3.0),)
    ),
    Fault(
        "server_gone", "proxy", at_once(lambda s: s.proxy.half_open("server")), None, ((0.0, 3.0),)
    ),
    Fault(
        "shut_out",
        "proxy",
        at_once(lambda s: (s.proxy.refuse(), s.proxy.reset())),
        lambda s: s.proxy.refuse(False),
    ),
    Fault("stopped", "any", stop, go_on),
    Fault("frozen", "any", freeze, thaw),
    Fault("killed", "any", kill, come_back, (MOMENT_SECONDS, SHORT_SECONDS)),
    Fault("drained", "any", drain, come_back_after_drain, ((3.0, 8.0),)),
)


@dataclasses.dataclass(frozen=True)
class ServerFault:
    """Of the server: none may cost a worker its lease."""

    name: str
    begin: Callable
    end: Callable
    lengths: tuple


SERVER_FAULTS = (
    ServerFault(
        "server_stopped",
        lambda server: server.process.signal(signal.SIGSTOP),
        lambda server: server.process.signal(signal.SIGCONT),
        ((0.5, 4.0),),
    ),
    ServerFault("server_killed", lambda s: s.kill(), lambda s: s.start(), ((0.0, 2.0),)),
    ServerFault("server_restarted", lambda s: s.terminate(), lambda s: s.start(), ((0.0, 1.0),)),
)
