"""The proxy of tests/net: bytes arrive whole and in order whatever is done to them, and each kind
of mischief really happens.
"""

import itertools
import random
import socket
import threading
import time
import unittest

from net.proxy import Proxy
from net.weather import CLEAR, LOST, STUCK, Direction, random_direction

PATIENCE_SECONDS = 20.0


class Upstream:
    """Accepts connections and hands them out in order."""

    def __init__(self):
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._listener.settimeout(PATIENCE_SECONDS)
        self.address = self._listener.getsockname()

    def accept(self):
        accepted, _ = self._listener.accept()
        accepted.settimeout(PATIENCE_SECONDS)
        return accepted

    def close(self):
        self._listener.close()


def receive(connected, count):
    """Exactly so many bytes."""
    data = b""
    while len(data) < count:
        chunk = connected.recv(count - len(data))
        if not chunk:
            raise AssertionError(f"ended behind {data!r}")
        data += chunk
    return data


def receive_all(connected):
    return b"".join(iter(lambda: connected.recv(1 << 16), b""))


def quiet(connected, seconds=0.2):
    """True when nothing comes in that time, no end either."""
    connected.settimeout(seconds)
    try:
        connected.recv(1)
        return False
    except TimeoutError:
        return True
    finally:
        connected.settimeout(PATIENCE_SECONDS)


class ProxyCase(unittest.TestCase):

    def setUp(self):
        self.upstream = Upstream()
        self.addCleanup(self.upstream.close)
        self.proxy = Proxy(self.upstream.address, seed=1)
        self.addCleanup(self.proxy.close)

    def pair(self):
        """(client, server) of one connection through the proxy."""
        client = socket.create_connection(self.proxy.address, PATIENCE_SECONDS)
        self.addCleanup(client.close)
        server = self.upstream.accept()
        self.addCleanup(server.close)
        return client, server


class Passing(ProxyCase):

    def test_bytes_pass_both_ways(self):
        client, server = self.pair()
        client.sendall(b"question")
        self.assertEqual(receive(server, 8), b"question")
        server.sendall(b"answer")
        self.assertEqual(receive(client, 6), b"answer")

    def test_whole_and_in_order_in_any_weather(self):
        """Twelve kinds by seed, some connections each, both ways at once, ends included."""
        for seed in range(12):
            rng = random.Random(seed)
            up, down = random_direction(rng), random_direction(rng)
            self.proxy.set_weather(up, down)
            for _ in range(3):
                with self.subTest(seed=seed, up=up, down=down):
                    self.exchange(rng.randbytes(700), rng.randbytes(900))

    def exchange(self, question, answer):
        client, server = self.pair()
        got = []
        reader = threading.Thread(target=lambda: got.append(receive_all(client)))
        reader.start()
        client.sendall(question)
        server.sendall(answer)
        client.shutdown(socket.SHUT_WR)
        server.shutdown(socket.SHUT_WR)
        self.assertEqual(receive_all(server), question)
        reader.join(PATIENCE_SECONDS)
        self.assertEqual(got, [answer])

    def test_more_than_fits_waits_for_a_slow_reader(self):
        client, server = self.pair()
        data = random.Random(5).randbytes(8 << 20)
        sender = threading.Thread(target=lambda: (client.sendall(data), client.close()))
        sender.start()
        self.assertEqual(receive_all(server), data)
        sender.join()

    def test_connections_end_when_both_sides_have_ended(self):
        client, server = self.pair()
        client.close()
        self.assertEqual(receive_all(server), b"")
        server.close()
        wait_until(lambda: self.proxy.living() == 0)


def wait_until(condition):
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not condition():
        if time.monotonic() > deadline:
            raise AssertionError("waited in vain")
        time.sleep(0.005)


class Weather(ProxyCase):

    def test_delay(self):
        self.proxy.set_weather(up=Direction(delay_ms=150))
        client, server = self.pair()
        began = time.monotonic()
        client.sendall(b"late")
        receive(server, 4)
        self.assertGreaterEqual(time.monotonic() - began, 0.15)

    def test_chopping(self):
        """Every byte leaves alone: pieces are counted, since the kernel may join them again."""
        self.proxy.set_weather(up=Direction(chop=(1, 1)))
        client, server = self.pair()
        client.sendall(b"x" * 500)
        self.assertEqual(receive(server, 500), b"x" * 500)
        wait_until(lambda: self.proxy.counts["pieces"] == 500)

    def test_throttle(self):
        """300 bytes at 1,000 a second in pieces of 100: the last leaves 200 ms behind the first."""
        self.proxy.set_weather(up=Direction(bytes_per_second=1000, chop=(100, 100)))
        client, server = self.pair()
        began = time.monotonic()
        client.sendall(b"x" * 300)
        receive(server, 300)
        self.assertGreaterEqual(time.monotonic() - began, 0.2)

    def test_pieces_overtake_those_of_other_connections(self):
        pairs = [self.pair() for _ in range(8)]
        for shuffling in (False, True):
            self.proxy.set_weather(up=Direction(shuffle_ms=100 if shuffling else 0))
            for client, _ in pairs:
                client.sendall(b"1")
            for client, _ in pairs:
                client.sendall(b"2")
            for _, server in pairs:
                self.assertEqual(receive(server, 2), b"12")
            self.assertEqual(self.proxy.overtaken() > 0, shuffling)

    def test_swallowed_bytes_are_acknowledged_and_never_arrive(self):
        client, server = self.pair()
        self.proxy.set_weather(up=LOST)
        client.sendall(b"lost")
        wait_until(lambda: self.proxy.counts["swallowed"] == 4)
        server.sendall(b"the other way is open")
        self.assertEqual(receive(client, 21), b"the other way is open")
        # A connection that lost bytes never carries later ones; a new one does.
        self.proxy.set_weather(up=CLEAR)
        client.sendall(b"late")
        self.assertTrue(quiet(server))
        fresh, fresh_server = self.pair()
        fresh.sendall(b"new")
        self.assertEqual(receive(fresh_server, 3), b"new")

    def test_end_and_reset_are_swallowed_too(self):
        for end in (socket.socket.close, abort):
            client, server = self.pair()
            self.proxy.set_weather(up=LOST)
            client.sendall(b"x")
            end(client)
            self.assertTrue(quiet(server))
            self.proxy.set_weather(up=CLEAR)
            self.assertTrue(quiet(server))

    def test_stalled_sender_is_stopped_and_goes_on(self):
        client, server = self.pair()
        self.proxy.set_weather(up=STUCK)
        client.settimeout(0.5)
        sent = 0
        with self.assertRaises(TimeoutError):
            for _ in itertools.count():
                sent += client.send(b"x" * 65536)
        self.assertTrue(quiet(server))
        self.proxy.set_weather(up=CLEAR)
        client.close()
        self.assertEqual(len(receive_all(server)), sent)


def abort(connected):
    connected.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
    connected.close()


class Ends(ProxyCase):

    def assert_reset(self, connected):
        with self.assertRaises(ConnectionResetError):
            connected.recv(1)

    def test_reset(self):
        client, server = self.pair()
        self.proxy.reset()
        self.assert_reset(client)
        self.assert_reset(server)
        self.assertEqual(self.proxy.living(), 0)

    def test_reset_travels(self):
        client, server = self.pair()
        abort(client)
        self.assert_reset(server)

    def test_half_close_ends_one_way(self):
        client, server = self.pair()
        client.sendall(b"before")
        wait_until(lambda: self.proxy.counts["bytes_up"] == 6)
        self.proxy.half_close("up")
        self.assertEqual(receive_all(server), b"before")
        server.sendall(b"still open")
        self.assertEqual(receive(client, 10), b"still open")

    def test_half_open(self):
        for gone in ("client", "server"):
            with self.subTest(gone=gone):
                sides = dict(zip(("client", "server"), self.pair()))
                self.proxy.half_open(gone)
                self.assert_reset(sides.pop(gone))
                (left,) = sides.values()
                left.sendall(b"is anybody there")
                self.assertTrue(quiet(left))
                left.close()
                wait_until(lambda: self.proxy.living() == 0)

    def test_refusing(self):
        client, server = self.pair()
        self.proxy.refuse()
        with self.assertRaises(ConnectionError):
            with socket.create_connection(self.proxy.address, PATIENCE_SECONDS) as refused:
                while refused.send(b"x"):
                    receive_all(refused)
        client.sendall(b"old")
        self.assertEqual(receive(server, 3), b"old")
        self.proxy.refuse(False)
        self.pair()

    def test_upstream_that_is_away(self):
        self.upstream.close()
        with self.assertRaises(ConnectionResetError):  # of the connect or of what follows
            with socket.create_connection(self.proxy.address, PATIENCE_SECONDS) as client:
                client.recv(1)
        wait_until(lambda: self.proxy.counts["unreachable"] == 1)

    def test_close_resets_what_is_left(self):
        client, server = self.pair()
        self.proxy.close()
        self.assert_reset(client)
        self.assert_reset(server)
        self.proxy.close()


class Plan(unittest.TestCase):

    def test_same_seed_same_weather(self):
        def years(seed):
            rng = random.Random(seed)
            return [random_direction(rng) for _ in range(50)]

        self.assertEqual(years(3), years(3))
        self.assertNotEqual(years(3), years(4))

    def test_impossible_weather_is_refused(self):
        for wrong in ({"chop": (0, 3)}, {"chop": (3, 2)}, {"delay_ms": -1}, {"shuffle_ms": -1}):
            with self.assertRaises(ValueError):
                Direction(**wrong)


if __name__ == "__main__":
    unittest.main()
