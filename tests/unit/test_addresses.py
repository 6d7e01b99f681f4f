"""What an address may look like. What it may not: tests/contract/test_errors.py."""

from __future__ import annotations

from pathlib import Path

import pytest

from pychrony._client.addresses import DEFAULT_ADDRESSES, candidates, parse


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
    ],
)
def test_addresses_are_given_to_libchrony_with_their_port(address: str, used: str) -> None:
    assert candidates(parse(address)) == [used]


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
        assert candidates(parse(None)) == expected


def test_no_address_stands_for_chronyds_usual_ones() -> None:
    assert DEFAULT_ADDRESSES == (
        "/run/chrony/chronyd.sock",
        "/var/run/chrony/chronyd.sock",
        "127.0.0.1:323",
        "[::1]:323",
    )
    one_run = Path("/run").resolve() == Path("/var/run").resolve()
    expected = [a for a in DEFAULT_ADDRESSES if not (one_run and a.startswith("/var/"))]
    assert candidates(parse(None)) == expected


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
