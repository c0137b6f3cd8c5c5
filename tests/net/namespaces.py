"""Hosts of their own on one machine: network namespaces around a switch, with cables that can be
pulled.

Each namespace has no name and lives as long as the processes in it: one that does nothing but hold
it, and ends with the test however the test ends. So nothing is left in /run/netns or anywhere else.
"""

import ctypes
import os
import shutil
import subprocess
import threading
import unittest

CLONE_NEWNET = 0x40000000
LIBC = ctypes.CDLL(None, use_errno=True)
SUBNET = "10.77.0"
COMMAND_SECONDS = 20.0


class Namespace:
    """A network namespace and the process that holds it."""

    def __init__(self):
        # `cat` ends when its input does: when this process closes it or is gone.
        self._holder = subprocess.Popen(
            ["unshare", "--net", "cat"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            process_group=0,
        )
        self._holder.stdin.write(b"here\n")
        self._holder.stdin.flush()
        if self._holder.stdout.readline() != b"here\n":
            raise OSError(self._holder.stderr.read().decode().strip())
        self.pid = self._holder.pid
        self.run("ip", "link", "set", "lo", "up")

    def prefix(self):
        """Before a command, runs it inside, as the same process."""
        return ("nsenter", f"--net=/proc/{self.pid}/ns/net", "--")

    def run(self, *command):
        """A command inside, to its end; its output."""
        try:
            done = subprocess.run(
                [*self.prefix(), *command],
                check=True,
                capture_output=True,
                text=True,
                timeout=COMMAND_SECONDS,
            )
        except subprocess.CalledProcessError as error:
            raise OSError(f"{' '.join(command)}: {error.stderr.strip()}") from error
        return done.stdout

    def enter(self):
        """The calling thread moves inside, for good."""
        handle = os.open(f"/proc/{self.pid}/ns/net", os.O_RDONLY)
        try:
            if LIBC.setns(handle, CLONE_NEWNET) != 0:
                raise OSError(ctypes.get_errno(), "setns")
        finally:
            os.close(handle)

    def run_inside(self, action):
        """Calls it on a thread that is inside: sockets made there stay there. What it returns."""
        outcome = {}

        def enter_and_act():
            try:
                self.enter()
                outcome["value"] = action()
            except BaseException as error:  # pylint: disable=broad-exception-caught
                outcome["error"] = error

        thread = threading.Thread(target=enter_and_act)
        thread.start()
        thread.join()
        if "error" in outcome:
            raise outcome["error"]
        return outcome["value"]

    def close(self):
        self._holder.stdin.close()
        try:
            self._holder.wait(COMMAND_SECONDS)
        except subprocess.TimeoutExpired:
            self._holder.kill()
            self._holder.wait()
        self._holder.stdout.close()
        self._holder.stderr.close()


class Host(Namespace):
    """A machine at the switch, with one address."""

    def __init__(self, switch, number):
        super().__init__()
        self._switch = switch
        self._port = f"port{number}"
        self.address = f"{SUBNET}.{number}"
        try:
            switch.run(
                *("ip", "link", "add", self._port, "type", "veth"),
                *("peer", "name", "eth0", "netns", str(self.pid)),
            )
            switch.run("ip", "link", "set", self._port, "master", "switch", "up")
            self.run("ip", "address", "add", f"{self.address}/24", "dev", "eth0")
            self.run("ip", "link", "set", "eth0", "up")
        except BaseException:
            self.close()
            raise

    def unplug(self):
        """The cable is pulled at the switch: both ways, without a word to anybody."""
        self._switch.run("ip", "link", "set", self._port, "down")

    def plug(self):
        self._switch.run("ip", "link", "set", self._port, "up")

    def deaf_to(self, other):
        """Drops whatever comes from that host; what this one sends still leaves it."""
        self._filter(other, "drop")

    def refuse(self, other):
        """Answers whatever comes from that host with a TCP reset."""
        self._filter(other, "meta l4proto tcp reject with tcp reset")

    def hear(self, other):
        """Undoes deaf_to and refuse."""
        self.run("nft", "delete", "table", "ip", table_about(other))

    def _filter(self, other, verdict):
        """A table for each other host, so that one can go without the others."""
        table = table_about(other)
        hook = "{ type filter hook input priority 0; }"
        rules = (
            f"add table ip {table}",
            f"add chain ip {table} in {hook}",
            f"add rule ip {table} in ip saddr {other.address} {verdict}",
        )
        self.run("nft", "; ".join(rules))


def table_about(other):
    return "about_" + other.address.replace(".", "_")


class Network:
    """A switch and its hosts; closed by its owner."""

    def __init__(self):
        self._switch = Namespace()
        self.hosts = []
        try:
            self._switch.run("ip", "link", "add", "switch", "type", "bridge")
            self._switch.run("ip", "link", "set", "switch", "up")
        except BaseException:
            self.close()
            raise

    def host(self):
        """One more; the address is told by its number, from 1."""
        host = Host(self._switch, len(self.hosts) + 1)
        self.hosts.append(host)
        return host

    def close(self):
        for namespace in (*self.hosts, self._switch):
            namespace.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


def what_is_missing(nft=False):
    """None where hosts can be made, otherwise one line that says why not."""
    if os.geteuid() != 0:
        return "network namespaces need root"
    packages = {"unshare": "util-linux", "nsenter": "util-linux", "ip": "iproute2"}
    for tool, package in {**packages, **({"nft": "nftables"} if nft else {})}.items():
        if not shutil.which(tool):
            return f"no {tool} here: install the package {package}"
    try:
        with Network() as network:
            host = network.host()
            if nft:
                host.deaf_to(host)
    except OSError as error:
        return f"this kernel or container makes no network of its own: {error}"
    return None


def network_or_skip(test, nft=False):
    """A Network that is gone when the test ends; skips the test where there can be none."""
    missing = what_is_missing(nft)
    if missing:
        raise unittest.SkipTest(missing)
    network = Network()
    test.addCleanup(network.close)
    return network
