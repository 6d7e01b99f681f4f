"""The tests' own tools, where a fault in them would look like one in what they test."""

from __future__ import annotations

import socket

from tests.support.bare_client import Client, make_request, sequence_of


def test_a_strangers_datagram_is_not_taken_for_an_answer(client: Client) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as stranger:
        stranger.sendto(bytes(28), client.sock.getsockname())

    assert sequence_of(client.ask(make_request(14, 32, sequence=5))) == 5
