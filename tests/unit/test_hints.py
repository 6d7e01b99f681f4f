"""The words for what the system says; tests/integration/test_socket_errors.py makes it say most."""

from __future__ import annotations

import errno
import os

import pytest

from pychrony._client import hints
from pychrony._client.hints import BINDING, CONNECTING, EXCHANGING, FINDING, explain

PATH = "/nonexistent/chrony/chronyd.sock"


@pytest.mark.parametrize("number", sorted(errno.errorcode))
@pytest.mark.parametrize("address", [PATH, "127.0.0.1:323"])
def test_whatever_the_system_says_is_said_first(address: str, number: int) -> None:
    for stage in (FINDING, CONNECTING, BINDING, EXCHANGING):
        words = explain(address, number, stage)

        assert f"{words}: ".startswith(f"{os.strerror(number)}: ")
        assert not {"{", "}"}.intersection(words)


@pytest.mark.parametrize(
    ("stage", "number", "words"),
    [
        (
            BINDING,
            errno.ENOSPC,
            "the client makes its own socket beside chronyd's, in /nonexistent",
        ),
        (BINDING, errno.EROFS, "ReadWritePaths=/nonexistent/chrony"),
        (BINDING, errno.ESTALE, "something else was put in its place in /nonexistent/chrony"),
        (BINDING, errno.ELOOP, "this is a link: name the socket itself"),
        (EXCHANGING, errno.EACCES, "a security policy (AppArmor, SELinux) forbids the exchange"),
    ],
)
def test_what_follows_from_it_depends_on_what_was_being_done(
    stage: str, number: int, words: str
) -> None:
    assert words in explain(PATH, number, stage)
    assert words not in explain(PATH, number, FINDING)


def test_each_failure_of_a_unix_socket_has_a_message_of_its_own() -> None:
    messages = {
        explain(PATH, errno.ENOENT, FINDING),
        explain(PATH, errno.EACCES, FINDING),
        explain(PATH, errno.EACCES, CONNECTING),
        explain(PATH, errno.EACCES, BINDING),
        explain(PATH, errno.EROFS, BINDING),
        explain(PATH, errno.ECONNREFUSED, CONNECTING),
        hints.explain_silence(PATH),
    }
    assert len(messages) == 7


def test_a_link_local_address_is_told_what_it_lacks() -> None:
    assert "zones are not supported" in explain("[fe80::1]:323", errno.EINVAL, CONNECTING)
    assert explain("[2001:db8::1]:323", errno.EINVAL, CONNECTING) == os.strerror(errno.EINVAL)
