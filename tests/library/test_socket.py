"""The bundled library's chrony_open_socket and chrony_close_socket: addresses, files, leftovers."""

import errno
import os
import socket
import stat
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from functools import cache
from pathlib import Path

import pytest

from tests.support.c_programs import compile_program

LONGEST_PATH = 107  # bytes of a Unix socket's path on Linux
NOBODY = 65534
OPENED_AS = NOBODY if os.geteuid() == 0 else os.geteuid()  # root may write everywhere

GOOD = [
    ("127.0.0.1", "127.0.0.1", 323),
    ("127.0.0.1:1", "127.0.0.1", 1),
    ("127.0.0.1:11123", "127.0.0.1", 11123),
    ("127.0.0.2:65535", "127.0.0.2", 65535),
    ("::1", "::1", 323),
    ("[::1]", "::1", 323),
    ("[::1]:11123", "::1", 11123),
    ("0:0:0:0:0:0:0:1", "::1", 323),
    ("::1:2:323", "::1:2:323", 323),  # no port: its last group is 0x323
    ("::ffff:127.0.0.1", "::ffff:127.0.0.1", 323),
    ("[::ffff:127.0.0.1]:1", "::ffff:127.0.0.1", 1),
]

BAD_PORTS = [
    *("127.0.0.1:", "127.0.0.1:0", "127.0.0.1:00", "127.0.0.1:65536", "127.0.0.1:99999"),
    *("127.0.0.1:4294967619", "127.0.0.1:18446744073709551939", "127.0.0.1:-1", "127.0.0.1:+323"),
    *("127.0.0.1:abc", "127.0.0.1:323abc", "127.0.0.1:0x143", "127.0.0.1: 323", "127.0.0.1:323 "),
    *("127.0.0.1:323:323", "127.0.0.1:3.3", "[::1]:", "[::1]:0", "[::1]:65536", "[::1]:x"),
]
BAD_HOSTS = [
    *("host", "localhost", "localhost:323", "time.example.net", "host:abc", " ", "a"),
    *("1.2.3", "1.2.3.4.5", "1.2.3.256", "01.2.3.4x", "0x7f.0.0.1", "127.1", "2130706433"),
    *(" 127.0.0.1", "127.0.0.1 ", "127.0.0.1/8", "127.0.0.1\t", ":323", ":", "::1:", ":::"),
    *("1:2:3:4:5:6:7", "1:2:3:4:5:6:7:8:9", "12345::1", "::g", "::1%lo", "::1 ", "fe80::1%1"),
    *("[127.0.0.1]", "[127.0.0.1]:1", "[", "[]", "[]:323", "[::1", "::1]", "[[::1]]", "[::1]]"),
    *("[::1]323", "[::1] :323", "[::1]/", "run/chronyd.sock", "./chronyd.sock", "@chronyd"),
    *("1" * 16, "1" * 46, "1" * 3000, "[" + "1" * 3000 + "]:323", "127.0.0.1:" + "3" * 3000),
]


class Client:
    """The program tests/c/socket.c. It has one socket at a time."""

    def __init__(self, program: Path, umask: int) -> None:
        pipe = subprocess.PIPE
        self._process = subprocess.Popen(
            [program], stdin=pipe, stdout=pipe, stderr=pipe, text=True, umask=umask
        )

    def tell(self, command: str) -> str:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(f"{command}\n")
        self._process.stdin.flush()
        return self._process.stdout.readline().rstrip("\n")

    def finish(self) -> None:
        """Let it come to its end, where a sanitizer has its say."""
        _, stderr = self._process.communicate()
        assert (self._process.returncode, stderr) == (0, "")


StartClient = Callable[..., Client]


@pytest.fixture(scope="module")
def compile_client(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    return cache(lambda build: compile_program("socket", build, tmp_path_factory.mktemp(build)))


@pytest.fixture(scope="module", params=["plain", "musl", "sanitized"])
def program(request: pytest.FixtureRequest, compile_client: Callable[[str], Path]) -> Path:
    return compile_client(request.param)


@pytest.fixture
def start_client(program: Path) -> Iterator[StartClient]:
    with ExitStack() as stack:

        def start(umask: int = 0o022) -> Client:
            client = Client(program, umask)
            stack.callback(client.finish)
            return client

        yield start


@pytest.fixture
def client(start_client: StartClient) -> Client:
    return start_client()


@pytest.fixture
def folder() -> Iterator[Path]:
    """Return a folder with a short path that any user may enter."""
    with tempfile.TemporaryDirectory(prefix="pychrony-") as name:
        path = Path(name)
        path.chmod(0o755)
        yield path


@pytest.fixture
def server(folder: Path) -> Iterator[socket.socket]:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as bound:
        bound.settimeout(5)
        bound.bind(str(folder / "chronyd.sock"))
        (folder / "chronyd.sock").chmod(0o666)
        yield bound


def _entries(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*"))


def _mode(path: Path) -> int:
    return stat.S_IMODE(path.lstat().st_mode)


def _peer_by_python(host: str, port: int) -> str:
    """Return what tests/c/socket.c prints, from Python's own socket. Not every host has IPv6."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        with socket.socket(family, socket.SOCK_DGRAM) as connected:
            connected.connect((host, port))
            name = connected.getpeername()
    except OSError as error:
        return f"failed {error.errno}"
    return f"opened {name[0]} {name[1]}"


@pytest.mark.parametrize(("address", "host", "port"), GOOD, ids=[address for address, *_ in GOOD])
def test_an_address_connects_to_the_peer_it_names(
    client: Client, address: str, host: str, port: int
) -> None:
    assert client.tell(f"open {address}") == _peer_by_python(host, port)


@pytest.mark.parametrize("address", [*BAD_PORTS, *BAD_HOSTS], ids=lambda address: address[:40])
def test_what_is_no_address_is_an_invalid_argument_and_leaves_no_descriptor(
    client: Client, address: str
) -> None:
    before = client.tell("descriptors")

    assert client.tell(f"open {address}") == f"failed {errno.EINVAL}"
    assert client.tell("descriptors") == before


@pytest.mark.parametrize("command", ["open", "open "], ids=["NULL", "empty"])
def test_no_address_is_that_of_one_of_the_usual_places(client: Client, command: str) -> None:
    usual = ["/var/run/chrony/chronyd.sock", "127.0.0.1 323", "::1 323"]

    assert client.tell(command) in [f"opened {place}" for place in usual]


def test_a_path_connects_to_the_socket_there(
    client: Client, folder: Path, server: socket.socket
) -> None:
    assert client.tell(f"open {folder}/chronyd.sock") == f"opened {folder}/chronyd.sock"


@pytest.mark.who
def test_a_server_can_answer_on_a_unix_socket(
    client: Client, folder: Path, server: socket.socket
) -> None:
    client.tell(f"open {folder}/chronyd.sock")
    client.tell("send question")
    question, address = server.recvfrom(100)
    server.sendto(b"answer", address)

    assert question == b"question"
    assert client.tell("receive") == "received answer"
    assert Path(address).parent.parent.parent == folder


@pytest.mark.parametrize("umask", [0o000, 0o022, 0o077, 0o377], ids=oct)
@pytest.mark.who
def test_another_user_can_answer_but_not_list_the_folders_whatever_the_umask(
    start_client: StartClient, folder: Path, server: socket.socket, umask: int
) -> None:
    start_client(umask).tell(f"open {folder}/chronyd.sock")

    [outer] = folder.glob("libchrony.*")
    [inner] = outer.iterdir()
    [name] = inner.iterdir()

    assert (_mode(outer), _mode(inner), _mode(name)) == (0o711, 0o711, 0o666)
    assert stat.S_ISSOCK(name.lstat().st_mode)


def test_each_socket_has_folders_of_its_own(
    start_client: StartClient, folder: Path, server: socket.socket
) -> None:
    clients = [start_client() for _ in range(3)]

    for client in clients:
        client.tell(f"open {folder}/chronyd.sock")

    assert len({outer.name for outer in folder.glob("libchrony.*")}) == 3
    assert len({inner.name for inner in folder.glob("libchrony.*/*")}) == 3


def test_closing_removes_all_that_opening_made(
    client: Client, folder: Path, server: socket.socket
) -> None:
    before = client.tell("descriptors")
    client.tell(f"open {folder}/chronyd.sock")
    opened = _entries(folder)

    client.tell("close")

    assert len(opened) == 4
    assert _entries(folder) == ["chronyd.sock"]
    assert client.tell("descriptors") == before


def test_closing_removes_what_is_left_when_the_server_has_gone(
    client: Client, folder: Path, server: socket.socket
) -> None:
    client.tell(f"open {folder}/chronyd.sock")
    server.close()
    (folder / "chronyd.sock").unlink()

    client.tell("close")

    assert _entries(folder) == []


@pytest.mark.parametrize(
    "name",
    ["own.sock", "libchrony.0/1/sock", "libchrony.01234567/sock", "x/01234567/sock"],
)
def test_closing_leaves_a_socket_that_opening_did_not_make(
    client: Client, folder: Path, name: str
) -> None:
    (folder / name).parent.mkdir(parents=True, exist_ok=True)
    client.tell(f"bind {folder / name}")
    before = _entries(folder)

    client.tell("close")

    assert _entries(folder) == before


@pytest.mark.parametrize("replaced", ["outer", "inner"])
def test_closing_follows_no_link_that_was_put_in_a_folders_place(
    client: Client, folder: Path, server: socket.socket, replaced: str
) -> None:
    client.tell(f"open {folder}/chronyd.sock")
    [outer] = folder.glob("libchrony.*")
    [inner] = outer.iterdir()
    link = outer if replaced == "outer" else inner
    target = link.rename(folder / "elsewhere")
    link.symlink_to(target)
    before = _entries(target)

    client.tell("close")

    assert _entries(target) == before


def test_closing_no_descriptor_does_no_harm(client: Client) -> None:
    before = client.tell("descriptors")

    assert client.tell("close") == "closed"  # -1, nothing having been opened
    client.tell("open 127.0.0.1")
    client.tell("close")
    assert client.tell("close") == "closed"
    assert client.tell("descriptors") == before


def _nothing(folder: Path) -> Path:
    return folder / "chronyd.sock"


def _no_folder(folder: Path) -> Path:
    return folder / "missing" / "chronyd.sock"


def _file_for_a_folder(folder: Path) -> Path:
    (folder / "file").touch()
    return folder / "file" / "chronyd.sock"


def _file(folder: Path) -> Path:
    (folder / "file").touch(mode=0o666)
    return folder / "file"


def _folder(folder: Path) -> Path:
    (folder / "run").mkdir()
    return folder / "run"


def _stream_socket(folder: Path) -> Path:
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as bound:
        bound.bind(str(folder / "stream.sock"))
    return folder / "stream.sock"


def _abandoned_socket(folder: Path) -> Path:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as bound:
        bound.bind(str(folder / "old.sock"))
    return folder / "old.sock"


def _path_with_no_room_for_the_clients(folder: Path) -> Path:
    """The server's own path just fits."""
    filler = folder / ("x" * (LONGEST_PATH - len(f"{folder}//s")))
    filler.mkdir()
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as bound:
        bound.bind(str(filler / "s"))
    return filler / "s"


def _path_too_long(folder: Path) -> Path:
    return folder / ("x" * (LONGEST_PATH - len(f"{folder}/") + 1))


def _path_far_too_long(folder: Path) -> Path:
    return folder / ("x" * 3000)


@pytest.mark.parametrize(
    ("make_path", "error"),
    [
        (_nothing, errno.ENOENT),
        (_no_folder, errno.ENOENT),
        (_file_for_a_folder, errno.ENOTDIR),
        (_file, errno.ECONNREFUSED),
        (_folder, errno.ECONNREFUSED),
        (_stream_socket, errno.ECONNREFUSED),
        (_abandoned_socket, errno.ECONNREFUSED),
        (_path_with_no_room_for_the_clients, errno.ENAMETOOLONG),
        (_path_too_long, errno.ENAMETOOLONG),
        (_path_far_too_long, errno.ENAMETOOLONG),
    ],
    ids=lambda value: value.__name__.strip("_") if callable(value) else errno.errorcode[value],
)
@pytest.mark.who
def test_a_path_that_cannot_be_opened_leaves_nothing_behind(
    client: Client, folder: Path, make_path: Callable[[Path], Path], error: int
) -> None:
    path = make_path(folder)
    before = _entries(folder), client.tell("descriptors")

    assert client.tell(f"open {path}") == f"failed {error}"
    assert (_entries(folder), client.tell("descriptors")) == before


@pytest.mark.who
def test_a_folder_that_cannot_be_written_to_leaves_nothing_behind(
    client: Client, folder: Path, server: socket.socket
) -> None:
    folder.chmod(0o555)
    before = client.tell("descriptors")

    assert client.tell(f"open-as {OPENED_AS} {folder}/chronyd.sock") == f"failed {errno.EACCES}"
    assert _entries(folder) == ["chronyd.sock"]
    assert client.tell("descriptors") == before


@pytest.mark.who
def test_a_server_that_lets_nobody_connect_leaves_nothing_behind(
    client: Client, folder: Path, server: socket.socket
) -> None:
    folder.chmod(0o777)
    (folder / "chronyd.sock").chmod(0o000)
    before = client.tell("descriptors")

    assert client.tell(f"open-as {OPENED_AS} {folder}/chronyd.sock") == f"failed {errno.EACCES}"
    assert _entries(folder) == ["chronyd.sock"]
    assert client.tell("descriptors") == before
