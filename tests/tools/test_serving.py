"""How the exporter is reached: TLS, and sockets of all kinds."""

from __future__ import annotations

import os
import socket
import ssl
import subprocess
import sys
from contextlib import ExitStack
from dataclasses import replace
from http.client import HTTPConnection
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    PrivateFormat,
    load_pem_private_key,
)

from pychrony.metrics.prometheus._listening import listening
from tests.support.certificates import Certificates, health
from tests.support.chronyd import wait_for
from tests.support.exporter import TIMEOUT, exporter, exporter_command

NO_CHRONYD = ("-h", "/run/no-such-folder/chronyd.sock")


@pytest.fixture
def files(tmp_path: Path) -> Certificates:
    return Certificates(tmp_path)


def test_it_serves_https(files: Certificates) -> None:
    with exporter(*NO_CHRONYD, "--tls-cert", str(files.server), listen="localhost:0") as running:
        assert health(running.port, files.context()) == 200
        with pytest.raises(ConnectionError):
            running.get()


def test_clients_may_need_a_certificate(files: Certificates) -> None:
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


def test_nobody_is_asked_for_the_pass_phrase_of_a_key(files: Certificates, tmp_path: Path) -> None:
    key = load_pem_private_key(files.server.read_bytes(), None)
    phrase = BestAvailableEncryption(b"secret")
    encrypted = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, phrase)
    (tmp_path / "key.pem").write_bytes(encrypted)
    options = ("--tls-cert", str(files.server), "--tls-key", str(tmp_path / "key.pem"))
    command = exporter_command("--listen", "127.0.0.1:0", *options)
    done = subprocess.run(command, capture_output=True, text=True, timeout=TIMEOUT)

    assert done.returncode == 1
    assert done.stderr.startswith("pychrony: cannot serve: the files for TLS cannot be used")


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


def test_an_inherited_socket_without_a_port_gets_one_that_is_told() -> None:
    with socket.socket() as unbound:
        command = exporter_command(*NO_CHRONYD, "--listen", f"fd:{unbound.fileno()}")
        pipe = subprocess.PIPE
        with subprocess.Popen(
            command, pass_fds=[unbound.fileno()], stderr=pipe, text=True
        ) as process:
            assert process.stderr is not None
            line = process.stderr.readline()
            process.terminate()

    assert line.startswith("pychrony: the exporter listens on 0.0.0.0:")
    assert not line.endswith(":0\n")


def test_an_inherited_socket_that_is_connected_is_told() -> None:
    one, other = socket.socketpair()
    with one, other:
        number = one.fileno()
        command = exporter_command("--listen", f"fd:{number}")
        done = subprocess.run(
            command, capture_output=True, text=True, timeout=TIMEOUT, pass_fds=[number]
        )

    assert done.returncode == 1
    assert done.stderr == f"pychrony: cannot serve: fd:{number}: Invalid argument\n"


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


def test_it_listens_on_as_many_free_ports_as_are_asked_for() -> None:
    with exporter("--listen", "127.0.0.1:0", *NO_CHRONYD) as running:
        first, second = running.ports
        assert first != second
        for port in running.ports:
            assert replace(running, ports=[port]).get("/-/healthy").status == 200


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
