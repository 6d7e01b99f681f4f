"""What an address may look like. What it may not: tests/contract/test_errors.py."""

from __future__ import annotations

from pathlib import Path

import pytest

from pychrony import AsyncChronyConnection, ChronyConnection, Fleet
from pychrony._client.addresses import DEFAULT_ADDRESSES, parse, with_port
from pychrony._client.search import find_candidates


@pytest.mark.parametrize(
    ("address", "used"),
    [
        ("/run/chrony/chronyd.sock", "/run/chrony/chronyd.sock"),
        ("127.0.0.1", "127.0.0.1:323"),
        ("127.0.0.1:1", "127.0.0.1:1"),
        ("127.0.0.1:65535", "127.0.0.1:65535"),
        ("::1", "[::1]:323"),
        ("[::1]", "[::1]:323"),
        ("[2001:db8::1]:324", "[2001:db8::1]:324"),
        ("2001:db8::1:323", "[2001:db8::1:323]:323"),
        ("unix:/run/chrony/chronyd.sock", "/run/chrony/chronyd.sock"),
        ("unix:///run/chrony/chronyd.sock", "/run/chrony/chronyd.sock"),
        ("unixgram:/run/chrony/chronyd.sock", "/run/chrony/chronyd.sock"),
        ("unixgram:///run/chrony/chronyd.sock", "/run/chrony/chronyd.sock"),
        ("UNIX:/run/c.sock", "/run/c.sock"),
        ("udp://127.0.0.1:324", "127.0.0.1:324"),
        ("udp:127.0.0.1:324", "127.0.0.1:324"),
        ("udp://127.0.0.1/", "127.0.0.1:323"),
        ("udp:127.0.0.1", "127.0.0.1:323"),
        ("udp://[::1]:324", "[::1]:324"),
        ("udp://[::1]", "[::1]:323"),
        ("udp:::1", "[::1]:323"),
    ],
)
def test_addresses_are_given_to_libchrony_with_their_port(address: str, used: str) -> None:
    assert find_candidates(parse(address)) == [used]


@pytest.mark.parametrize("linked", [True, False])
@pytest.mark.parametrize("there", [True, False])
def test_a_socket_of_two_names_is_tried_once(linked: bool, there: bool, tmp_path: Path) -> None:
    (tmp_path / "run").mkdir()
    twin = tmp_path / "twin"
    if linked:
        twin.symlink_to("run")
    else:
        twin.mkdir()
    paths = [str(folder / "chrony" / "chronyd.sock") for folder in (tmp_path / "run", twin)]
    if there:
        for path in paths:
            Path(path).parent.mkdir(exist_ok=True)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("pychrony._client.addresses.DEFAULT_ADDRESSES", (*paths, "127.0.0.1:323"))
        expected = [paths[0], "127.0.0.1:323"] if linked else [*paths, "127.0.0.1:323"]
        assert find_candidates(parse(None)) == expected


def test_no_address_stands_for_chronyds_usual_ones() -> None:
    assert DEFAULT_ADDRESSES == (
        "/run/chrony/chronyd.sock",
        "/var/run/chrony/chronyd.sock",
        "127.0.0.1:323",
        "[::1]:323",
    )
    one_run = Path("/run").resolve() == Path("/var/run").resolve()
    expected = [a for a in DEFAULT_ADDRESSES if not (one_run and a.startswith("/var/"))]
    assert find_candidates(parse(None)) == expected


@pytest.mark.parametrize(
    ("address", "path"),
    [
        ("./run/c.sock", "/usr/run/c.sock"),
        ("../run/c.sock", "/run/c.sock"),
        (Path("run/c.sock"), "/usr/run/c.sock"),
    ],
)
def test_a_path_may_begin_at_the_current_folder(
    address: str | Path, path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir("/usr")

    assert parse(address) == path


@pytest.mark.parametrize("address", ["./c.sock", Path("c.sock")])
def test_a_current_folder_that_was_removed_is_told(
    address: str | Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "removed"
    folder.mkdir()
    monkeypatch.chdir(folder)
    folder.rmdir()

    with pytest.raises(
        ValueError, match=r"c\.sock' is relative, and the working directory cannot be found: No su"
    ):
        parse(address)


def test_a_path_that_looks_like_a_host_is_told_how_paths_begin() -> None:
    with pytest.raises(
        ValueError, match=r"address 'run/c\.sock' is no path: a path begins with /, \./ or \.\./$"
    ):
        parse("run/c.sock")


@pytest.mark.parametrize(
    "address",
    ["fe80::1%eth0", "[fe80::1%eth0]", "[fe80::1%2]:323", "fe80::1", "[febf:0::1]:323"],
)
def test_a_zone_is_told_not_to_be_supported(address: str) -> None:
    with pytest.raises(ValueError, match=r"address .* zones are not supported"):
        parse(address)


@pytest.mark.parametrize(
    ("address", "used"),
    [
        ("127.0.0.1,::1", ["127.0.0.1:323", "[::1]:323"]),
        ("/run/x.sock,127.0.0.1:11323", ["/run/x.sock", "127.0.0.1:11323"]),
        ("[::1]:1, 127.0.0.1", ["[::1]:1", "127.0.0.1:323"]),
        ("unix:///run/x.sock,udp://[::1]:324", ["/run/x.sock", "[::1]:324"]),
        ("127.0.0.1,127.0.0.1:323,udp:127.0.0.1", ["127.0.0.1:323"]),
        ("::1,[0:0:0:0:0:0:0:1]:323", ["[::1]:323"]),
        ("/run/a,b/c.sock", ["/run/a,b/c.sock"]),
        ("unix:/run/a,b/c.sock,::1", ["/run/a,b/c.sock", "[::1]:323"]),
        ("/run/a,/run/b", ["/run/a", "/run/b"]),
    ],
)
def test_commas_separate_addresses_and_twins_are_tried_once(address: str, used: list[str]) -> None:
    assert find_candidates(parse(address)) == used


def test_a_path_object_is_one_path_whatever_commas_it_has() -> None:
    assert parse(Path("/run/a,b")) == "/run/a,b"


@pytest.mark.parametrize(
    ("address", "words"),
    [
        ("tcp://127.0.0.1:323", "by tcp: write udp://HOST:PORT, HOST:PORT, unix:/PATH or /PATH"),
        ("http://ntp.example", "by http: write udp://"),
        (
            "127.0.0.1,tcp://[::1]:323",
            r"address 'tcp://\[::1\]:323': chronyd is not",
        ),
        ("unix://run/c.sock", "has no path: write unix:/PATH"),
        ("unix:run/c.sock", "has no path: write unix:/PATH"),
        ("unixgram:", "has no path: write unixgram:/PATH"),
        ("udp://127.0.0.1:x", "port 'x' in address 'udp://127.0.0.1:x'"),
        ("udp:///run/c.sock", "is no path"),
        ("127.0.0.1,", "address '127.0.0.1,' has a comma with no address beside it"),
        (",::1", "has a comma with no address beside it"),
        ("127.0.0.1,a b", "address 'a b' is neither"),
        ("udp://,127.0.0.1/", "address 'udp://,127.0.0.1/' is neither"),
    ],
)
def test_a_wrong_form_is_told_the_right_one(address: str, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        parse(address)


@pytest.mark.parametrize("name", ["udp", "unix", "tcp"])
def test_a_host_may_have_the_name_of_a_scheme(name: str) -> None:
    assert parse(f"{name}:324") == (name, 324)


@pytest.mark.parametrize(
    ("address", "used"),
    [
        ("127.0.0.1", "127.0.0.1:9"),
        ("ntp.example,[::1],[::1]:7", "ntp.example:9,[::1]:9,[::1]:7"),
        ("/run/c.sock,udp:::1", "/run/c.sock,[::1]:9"),
        ("/run/a,b/c.sock", "/run/a,b/c.sock"),
        (None, "/run/chrony/chronyd.sock,/var/run/chrony/chronyd.sock,127.0.0.1:9,[::1]:9"),
    ],
)
def test_a_port_is_for_hosts_that_have_none(address: str | None, used: str) -> None:
    assert with_port(address, 9) == used


@pytest.mark.parametrize(
    ("shown", "text"),
    [
        (ChronyConnection("/run/c.sock"), "<ChronyConnection to /run/c.sock (closed)>"),
        (
            ChronyConnection("127.0.0.1,::1"),
            "<ChronyConnection to 127.0.0.1:323,[::1]:323 (closed)>",
        ),
        (
            ChronyConnection(),
            "<ChronyConnection to /run/chrony/chronyd.sock,/var/run/chrony/chronyd.sock,"
            "127.0.0.1:323,[::1]:323 (closed)>",
        ),
        (
            AsyncChronyConnection("ntp.example"),
            "<AsyncChronyConnection to ntp.example:323 (closed)>",
        ),
        (Fleet([]), "<Fleet of 0 targets>"),
        (Fleet(["a,b"]), "<Fleet of 1 target: a:323,b:323>"),
        (Fleet("abcd"[i] for i in range(4)), "<Fleet of 4 targets: a:323; b:323; c:323; ...>"),
    ],
)
def test_a_connection_and_a_fleet_show_what_they_ask(shown: object, text: str) -> None:
    assert repr(shown) == text
