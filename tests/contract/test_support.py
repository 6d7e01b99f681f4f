"""The tests' own tools, where a fault in them would look like one in what they test."""

from __future__ import annotations

import socket
import subprocess
import sys
import threading
from itertools import repeat

from pychrony.testing import SimulatedChronyd
from tests.support.bare_client import make_request, sequence_of, udp_client
from tests.support.ports import BLOCK, PORTS
from tests.support.reply_servers import ReplyServer


def test_a_strangers_datagram_is_not_taken_for_an_answer() -> None:
    with SimulatedChronyd() as server, udp_client(server.address) as client:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as stranger:
            stranger.sendto(bytes(28), client.sock.getsockname())

        assert sequence_of(client.ask(make_request(14, 32, sequence=5))) == 5


def test_a_server_whose_answer_has_no_end_ends_with_its_block() -> None:
    server = ReplyServer(lambda request: repeat(b"again"))
    host, port = server.address.split(":")
    server.__enter__()
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asking:
        asking.sendto(b"request", (host, int(port)))
        assert asking.recv(5) == b"again"
        leaving = threading.Thread(target=server.__exit__, args=(None, None, None), daemon=True)
        leaving.start()
        leaving.join(30.0)

    assert not leaving.is_alive()


TAKE_FIFTY = """
from tests.support.ports import free_port

print(*(free_port() for _ in range(50)), flush=True)
input()
"""

# It has no ports to choose from but those of one block.
TAKE_THE_SAME = """
import sys
from tests.support import ports

ports.PORTS = range(*map(int, sys.argv[1:]))
print(ports._take_block())
"""


def test_a_port_that_is_free_is_given_to_nobody_else_while_its_process_runs() -> None:
    command = [sys.executable, "-c", TAKE_FIFTY]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True) as process:
        assert process.stdout is not None
        given = [int(port) for port in process.stdout.readline().split()]
        first = min(given) - (min(given) - PORTS.start) % BLOCK
        command = [sys.executable, "-c", TAKE_THE_SAME, str(first), str(first + BLOCK)]
        other = subprocess.run(command, capture_output=True, check=True, text=True)
        process.communicate("\n")

    assert len(set(given)) == 50
    assert other.stdout == "[]\n"
