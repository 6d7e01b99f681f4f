"""How the exporter is reached: TLS, sockets of all kinds, and clients that are slow."""

from __future__ import annotations

import os
import resource
import socket
import ssl
import subprocess
import sys
import time
from collections.abc import Generator
from contextlib import ExitStack, contextmanager
from http.client import HTTPConnection, HTTPSConnection
from pathlib import Path

import pytest
import trustme
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    PrivateFormat,
    load_pem_private_key,
)

from pychrony.metrics.prometheus._listening import listening
from tests.support.chronyd import Chronyd, wait_for
from tests.support.exporter import TIMEOUT, Exporter, exporter, exporter_command

NO_CHRONYD = ("-h", "/run/no-such-folder/chronyd.sock")
SLOW_CLIENTS = 100


class Files:
    """Certificates of a server, of a client, and of who has signed them."""

    def __init__(self, folder: Path) -> None:
        self.authority = trustme.CA()
        self.server, self.client = (
            self._write(folder / f"{name}.pem", name) for name in ("localhost", "client.example")
        )
        self.ca = folder / "ca.pem"
        self.authority.cert_pem.write_to_path(self.ca)

    def _write(self, path: Path, name: str) -> Path:
        self.authority.issue_cert(name).private_key_and_cert_chain_pem.write_to_path(path)
        return path

    def context(self, certificate: Path | None = None) -> ssl.SSLContext:
        context = ssl.create_default_context(cafile=str(self.ca))
        if certificate is not None:
            context.load_cert_chain(certificate)
        return context


@pytest.fixture
def files(tmp_path: Path) -> Files:
    return Files(tmp_path)


def health(port: int, context: ssl.SSLContext) -> int:
    connection = HTTPSConnection("localhost", port, timeout=TIMEOUT, context=context)
    try:
        connection.request("GET", "/-/healthy")
        return connection.getresponse().status
    finally:
        connection.close()


def test_it_serves_https(files: Files) -> None:
    with exporter(*NO_CHRONYD, "--tls-cert", str(files.server), listen="localhost:0") as running:
        assert health(running.port, files.context()) == 200
        with pytest.raises(ConnectionError):
            running.get()


def test_clients_may_need_a_certificate(files: Files) -> None:
    options = ("--tls-cert", str(files.server), "--tls-client-ca", str(files.ca))
    with exporter(*NO_CHRONYD, *options, listen="localhost:0") as running:
        assert health(running.port, files.context(files.client)) == 200
        with pytest.raises((ssl.SSLError, ConnectionError)):
            health(running.port, files.context())


def test_a_certificate_that_is_not_there_is_told(tmp_path: Path) -> None:
    (tmp_path / "bad.pem").write_text("no certificate")
    for name in ("none.pem", "bad.pem"):
        options = ("--listen", "127.0.0.1:0", "--tls-cert", str(tmp_path / name))
        command = exporter_command(*options)
        done = subprocess.run(command, capture_output=True, text=True, timeout=TIMEOUT)

        assert done.returncode == 1
        begin = f"pychrony: cannot serve: the files for TLS cannot be used ({tmp_path / name}): "
        assert done.stderr.startswith(begin)


def test_nobody_is_asked_for_the_pass_phrase_of_a_key(files: Files, tmp_path: Path) -> None:
    key = load_pem_private_key(files.server.read_bytes(), None)
    phrase = BestAvailableEncryption(b"secret")
    encrypted = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, phrase)
    (tmp_path / "key.pem").write_bytes(encrypted)
    options = ("--tls-cert", str(files.server), "--tls-key", str(tmp_path / "key.pem"))
    command = exporter_command("--listen", "127.0.0.1:0", *options)
    done = subprocess.run(command, capture_output=True, text=True, timeout=TIMEOUT)

    assert done.returncode == 1
    assert done.stderr.startswith("pychrony: cannot serve: the files for TLS cannot be used")


@contextmanager
def slow_clients(port: int, *sent: bytes) -> Generator[list[socket.socket], None, None]:
    """Yield many clients that have sent something, one byte at a time, and then no more."""
    with ExitStack() as stack:
        clients = []
        for _ in range(SLOW_CLIENTS):
            client = stack.enter_context(socket.create_connection(("127.0.0.1", port), TIMEOUT))
            clients.append(client)
        for byte in sent:
            for client in clients:
                client.sendall(byte)
        yield clients


def test_clients_that_do_not_finish_their_handshake_delay_nobody(files: Files) -> None:
    options = ("--tls-cert", str(files.server))
    with (
        exporter(*NO_CHRONYD, *options, listen="localhost:0") as running,
        slow_clients(running.port, b"\x16", b"\x03"),
    ):
        start = time.monotonic()
        assert health(running.port, files.context()) == 200

    assert time.monotonic() - start < 5


def test_clients_that_send_a_byte_at_a_time_delay_nobody(local_chronyd: Chronyd) -> None:
    with (
        exporter("-h", local_chronyd.udp4) as running,
        slow_clients(running.port, b"G", b"E", b"T"),
    ):
        start = time.monotonic()
        assert running.get().series["chrony_up", ()] == 1

    assert time.monotonic() - start < 5


def wait_for_line(running: Exporter) -> None:
    """Wait until it says that it has no descriptor left for a client."""
    while "out of system resource" not in running.next_line():
        assert running.process.poll() is None


def test_clients_that_take_all_descriptors_fill_no_log() -> None:
    with exporter(*NO_CHRONYD, "-t", "1") as running:
        few = len(os.listdir(f"/proc/{running.process.pid}/fd")) + SLOW_CLIENTS // 2
        resource.prlimit(running.process.pid, resource.RLIMIT_NOFILE, (few, few))
        begin = time.monotonic()
        with slow_clients(running.port, b"G"):
            for _ in range(3):
                wait_for_line(running)

        assert time.monotonic() - begin > 1.5  # asyncio says so once a second
        assert running.get("/-/healthy").status == 200


@pytest.mark.slow
def test_a_client_that_takes_too_long_is_hung_up_on_and_one_that_goes_on_asking_is_not() -> None:
    with exporter(*NO_CHRONYD, "-t", "1") as running, running.connect() as client:
        client.settimeout(0.5)
        busy = HTTPConnection("127.0.0.1", running.port, timeout=TIMEOUT)
        busy.connect()
        busys_socket = busy.sock
        answer = None
        start = time.monotonic()
        while answer is None:
            busy.request("GET", "/-/healthy")
            assert busy.getresponse().read() == b"OK\n"
            try:
                client.sendall(b"G")
                answer = client.recv(100)
            except TimeoutError:
                assert time.monotonic() - start < 40
            except ConnectionError:
                answer = b""

        assert answer == b""
        assert 5 < time.monotonic() - start < 30
        for _ in range(5):  # it is older than the other one by now
            time.sleep(0.5)
            busy.request("GET", "/-/healthy")
            assert busy.getresponse().read() == b"OK\n"
        assert busy.sock is busys_socket
        busy.close()


def ask_at_path(path: Path) -> bytes:
    connection = HTTPConnection("localhost", timeout=TIMEOUT)
    connection.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        connection.sock.connect(str(path))
        connection.request("GET", "/-/healthy")
        return connection.getresponse().read()
    finally:
        connection.close()


def test_it_listens_on_a_unix_socket(tmp_path: Path) -> None:
    path = tmp_path / "exporter.sock"
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as left_over:
        left_over.bind(str(path))
    with exporter(*NO_CHRONYD, listen=f"unix:{path}"):
        assert ask_at_path(path) == b"OK\n"
        command = exporter_command(*NO_CHRONYD, "--listen", f"unix:{path}")
        second = subprocess.run(command, capture_output=True, text=True, timeout=TIMEOUT)
        assert "Address already in use" in second.stderr
        assert ask_at_path(path) == b"OK\n"

    wait_for(lambda: not path.exists())


def test_a_file_in_the_way_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_text("kept")
    command = exporter_command(*NO_CHRONYD, "--listen", f"unix:{path}")
    done = subprocess.run(command, capture_output=True, text=True, timeout=TIMEOUT)

    assert done.returncode == 1
    assert path.read_text() == "kept"


def test_a_server_that_accepts_nobody_is_left_alone(tmp_path: Path) -> None:
    path = str(tmp_path / "exporter.sock")
    with socket.socket(socket.AF_UNIX) as busy, socket.socket(socket.AF_UNIX) as first:
        busy.bind(path)
        busy.listen(0)
        first.connect(path)  # there is no room for a second
        command = exporter_command(*NO_CHRONYD, "--listen", f"unix:{path}")
        done = subprocess.run(command, capture_output=True, text=True, timeout=TIMEOUT)

    assert "Address already in use" in done.stderr


def test_the_end_leaves_another_servers_socket_alone(tmp_path: Path) -> None:
    path = tmp_path / "exporter.sock"
    with ExitStack() as stack, listening([f"unix:{path}"]):
        path.rename(tmp_path / "moved")
        stack.enter_context(listening([f"unix:{path}"]))
        (tmp_path / "moved").unlink()
        kept = stack.pop_all()

    assert path.is_socket()
    kept.close()
    assert not path.exists()


@pytest.mark.parametrize("family", [socket.AF_INET, socket.AF_UNIX])
def test_a_socket_of_datagrams_is_wrong_usage(family: socket.AddressFamily) -> None:
    with socket.socket(family, socket.SOCK_DGRAM) as inherited:
        number = inherited.fileno()
        command = exporter_command("--listen", f"fd:{number}")
        done = subprocess.run(
            command, capture_output=True, text=True, timeout=TIMEOUT, pass_fds=[number]
        )

    assert done.returncode == 2
    assert done.stderr.startswith(f"pychrony: fd:{number} is no stream socket\n")


def test_it_serves_on_an_inherited_socket() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        command = exporter_command(*NO_CHRONYD, "--listen", f"fd:{listening.fileno()}")
        with subprocess.Popen(command, pass_fds=[listening.fileno()]) as process:
            connection = HTTPConnection(*listening.getsockname(), timeout=TIMEOUT)
            connection.request("GET", "/-/healthy")
            assert connection.getresponse().status == 200
            connection.close()
            process.terminate()


def test_the_end_of_an_answer_does_not_wait() -> None:
    with listening(["127.0.0.1:0"]) as [opened], socket.create_connection(opened.getsockname()):
        opened.setblocking(True)
        accepted, _ = opened.accept()
        with accepted:
            assert accepted.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY) != 0


def test_it_serves_on_several_sockets(tmp_path: Path) -> None:
    path = tmp_path / "exporter.sock"
    also = ("--web.listen-address", f"unix:{path}")
    with exporter(*also, *NO_CHRONYD) as running:
        assert ask_at_path(path) == b"OK\n"
        assert running.get("/-/healthy").status == 200


@pytest.mark.parametrize("missing", ["prometheus_client", "uvicorn"])
def test_without_the_extra_it_says_which_to_install(missing: str, tmp_path: Path) -> None:
    (tmp_path / missing).mkdir()
    (tmp_path / missing / "__init__.py").write_text(
        f"raise ModuleNotFoundError('not there', name={missing!r})"
    )
    path = os.pathsep.join([str(tmp_path), *sys.path])
    command = exporter_command("--listen", "127.0.0.1:0")
    env = {**os.environ, "PYTHONPATH": path}
    done = subprocess.run(command, capture_output=True, text=True, timeout=TIMEOUT, env=env)

    message = f"{missing} is not installed: pip install 'pychrony[prometheus]'"
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == f"pychrony: {message}\n"
