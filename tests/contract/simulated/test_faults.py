"""What a simulated chronyd gets wrong on request."""

from __future__ import annotations

import math
import re
import time
from dataclasses import FrozenInstanceError
from pathlib import Path
from typing import Any

import pytest

from pychrony.testing import Faults, SimulatedChronyd
from tests.support.bare_client import (
    BareClient,
    make_refusal,
    make_request,
    sequence_of,
    unix_client,
)

TRACKING_REQUEST = make_request(33, 112)


class TestFaults:
    def test_silent_server_receives_and_does_not_answer(self, tmp_path: Path) -> None:
        path = str(tmp_path / "chronyd.sock")
        server = SimulatedChronyd(address=path, faults=Faults(silent=True))

        with server, unix_client(path, path + ".client") as client:
            client.send(TRACKING_REQUEST)
            server.stop()

            assert client.received() == []
            assert server.requests == 1

    def test_every_nth_request_is_lost(self, server: SimulatedChronyd, client: BareClient) -> None:
        server.faults = Faults(drop_every=3)
        for sequence in range(1, 8):
            client.send(make_request(14, 32, sequence=sequence))

        assert [sequence_of(client.receive()) for _ in range(5)] == [1, 2, 4, 5, 7]

    def test_delayed_answer_comes_after_the_delay(
        self, server: SimulatedChronyd, client: BareClient
    ) -> None:
        server.faults = Faults(delay=0.05)
        start = time.monotonic()

        client.ask(TRACKING_REQUEST)

        assert time.monotonic() - start >= 0.05

    def test_stop_does_not_wait_for_a_delayed_answer(self, tmp_path: Path) -> None:
        path = str(tmp_path / "chronyd.sock")
        server = SimulatedChronyd(address=path, faults=Faults(delay=3600))

        with server, unix_client(path, path + ".client") as client:
            client.send(TRACKING_REQUEST)
            server.stop()

            assert client.received() == []
            assert server.requests == 1

    def test_delay_ends_when_other_faults_are_assigned(
        self, server: SimulatedChronyd, client: BareClient
    ) -> None:
        server.faults = Faults(delay=3600)
        client.send(TRACKING_REQUEST)
        while not server.requests:
            time.sleep(0.001)
        server.faults = Faults(truncate=5)

        assert len(client.receive()) == 5

    @pytest.mark.parametrize("name", ["silent", "silnt"])
    def test_faults_are_frozen(self, name: str) -> None:
        with pytest.raises(FrozenInstanceError, match=name):
            setattr(Faults(), name, True)

    def test_faults_can_be_taken_back_and_be_nothing_else(
        self, server: SimulatedChronyd, client: BareClient
    ) -> None:
        server.faults = Faults(status=3)
        server.faults = None

        assert server.faults == Faults()
        assert len(client.ask(TRACKING_REQUEST)) == 104
        with pytest.raises(TypeError, match="faults must be Faults or None, not 'silent'"):
            server.faults = "silent"  # ty: ignore[invalid-assignment]
        with pytest.raises(TypeError, match="faults must be Faults or None, not True"):
            SimulatedChronyd(faults=True)  # ty: ignore[invalid-argument-type]

    def test_duplicate_is_the_same_answer_again(
        self, server: SimulatedChronyd, client: BareClient
    ) -> None:
        answer = client.ask(TRACKING_REQUEST)
        server.faults = Faults(duplicate=True)

        assert [client.ask(TRACKING_REQUEST), client.receive()] == [answer, answer]

    def test_stray_differs_from_the_answer_in_nothing_but_the_sequence(
        self, server: SimulatedChronyd, client: BareClient
    ) -> None:
        answer = client.ask(TRACKING_REQUEST)
        server.faults = Faults(stray=True)
        stray = client.ask(TRACKING_REQUEST)

        assert stray[16:20] != answer[16:20]
        assert stray[:16] + stray[20:] == answer[:16] + answer[20:]
        assert client.receive() == answer

    def test_wrong_sequence_is_the_answers_own(
        self, server: SimulatedChronyd, client: BareClient
    ) -> None:
        answer = client.ask(TRACKING_REQUEST)
        server.faults = Faults(wrong_sequence=True)
        wrong = client.ask(TRACKING_REQUEST)
        server.faults = Faults()

        assert wrong[16:20] != answer[16:20]
        assert wrong[:16] + wrong[20:] == answer[:16] + answer[20:]
        assert client.ask(TRACKING_REQUEST) == answer

    @pytest.mark.parametrize(
        ("faults", "message"),
        [
            ({"status": 65536}, "Faults.status must be an integer from 0 to 65535, not 65536"),
            ({"truncate": -1}, "Faults.truncate must be an integer from 0 to 65535, not -1"),
            ({"drop_every": 0.5}, "Faults.drop_every must be an integer from 0 to 65535, not 0.5"),
            ({"extra": "5"}, "Faults.extra must be an integer from 0 to 65535, not '5'"),
            ({"delay": -0.1}, "Faults.delay must be a number of seconds, not -0.1"),
            ({"delay": math.nan}, "Faults.delay must be a number of seconds, not nan"),
        ],
    )
    def test_fault_that_cannot_be_is_a_value_error(
        self, faults: dict[str, Any], message: str
    ) -> None:
        with pytest.raises(ValueError, match=re.escape(message)):
            Faults(**faults)

    @pytest.mark.parametrize(
        ("faults", "message"),
        [
            ({"silent": "no"}, "Faults.silent must be True or False, not 'no'"),
            ({"garbage": 1}, "Faults.garbage must be True or False, not 1"),
            ({"delay": "1"}, "Faults.delay must be a number of seconds, not '1'"),
        ],
    )
    def test_fault_of_another_type_is_a_type_error(
        self, faults: dict[str, Any], message: str
    ) -> None:
        with pytest.raises(TypeError, match=re.escape(message)):
            Faults(**faults)

    def test_garbage_comes_before_the_answer(
        self, server: SimulatedChronyd, client: BareClient
    ) -> None:
        answer = client.ask(TRACKING_REQUEST)
        server.faults = Faults(garbage=True)

        assert client.ask(TRACKING_REQUEST)[:4] != answer[:4]
        assert client.receive() == answer

    @pytest.mark.parametrize("length", [0, 27, 28, 103])
    def test_truncated_answer_is_its_beginning(
        self, length: int, server: SimulatedChronyd, client: BareClient
    ) -> None:
        answer = client.ask(TRACKING_REQUEST)
        server.faults = Faults(truncate=length)

        assert client.ask(TRACKING_REQUEST) == answer[:length]

    def test_extra_bytes_follow_the_answer(
        self, server: SimulatedChronyd, client: BareClient
    ) -> None:
        answer = client.ask(TRACKING_REQUEST)
        server.faults = Faults(extra=5)

        assert client.ask(TRACKING_REQUEST) == answer + bytes(5)

    @pytest.mark.parametrize("status", [0, 2, 255])
    def test_status_comes_with_no_payload(
        self, status: int, server: SimulatedChronyd, client: BareClient
    ) -> None:
        server.faults = Faults(status=status)

        assert client.ask(make_request(33, 104)) == make_refusal(33, status)

    def test_faults_combine(self, server: SimulatedChronyd, client: BareClient) -> None:
        server.faults = Faults(duplicate=True, garbage=True, stray=True, status=3)
        client.send(make_request(33, 104))

        lengths = [len(client.receive()) for _ in range(4)]

        assert lengths == [104, 64, 28, 28]
