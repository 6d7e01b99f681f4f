"""Running what a page shows, where all of chronyd is a simulated one. Nothing leaves loopback."""

from __future__ import annotations

import doctest
import os
import re
import shlex
import socket
import subprocess
import sys
import time
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pychrony
import pychrony.testing
from pychrony._client import addresses
from pychrony.testing import SimulatedChronyd, make_tracking

from .pages import ROOT, Block

SOCKET = "/run/chrony/chronyd.sock"
FLAGS = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE | doctest.IGNORE_EXCEPTION_DETAIL
NUMBER = re.compile(r"[-+]?\d+(\.\d+)?(e[-+]?\d+)?")
STARTED_AT = re.compile(r'(?<=SimulatedChronyd\(address="127\.0\.0\.1):\d+')
"""The port of a chronyd that a page starts: here something else may have it."""

CUSTOMIZE = """
import sys
sys.path.insert(0, {root!r})
from tests.support.page_runs import redirect
redirect({local!r}, {remote!r})
sys.path.remove({root!r})
"""

SESSION = """
import sys
from tests.support.page_runs import compare_session
sys.exit(compare_session("session.txt"))
"""


class NumbersMayDiffer(doctest.OutputChecker):
    """Compares what is shown, each number as 0: a page's numbers are those of a real clock."""

    def check_output(self, want: str, got: str, optionflags: int) -> bool:
        return super().check_output(NUMBER.sub("0", want), NUMBER.sub("0", got), optionflags)


def is_here(host: str) -> bool:
    return host in ("localhost", "::1") or host.startswith("127.")


def redirect(local: str, remote: str) -> None:
    """Let this process find one chronyd by default, and another at every host's port 323."""
    join, look_up = addresses._join, socket.getaddrinfo

    def join_redirected(place: addresses.Place) -> str:
        if isinstance(place, str):
            return local if place == SOCKET else join(place)
        host, port = place
        is_own = is_here(host) and port != addresses.DEFAULT_PORT
        return join(place) if is_own else remote

    def look_up_here(host: Any, *rest: Any, **more: Any) -> Any:
        return look_up(host if host is None or is_here(host) else "127.0.0.1", *rest, **more)

    patch.object(addresses, "DEFAULT_ADDRESSES", (local,)).start()
    patch.object(addresses, "_join", join_redirected).start()
    patch.object(socket, "getaddrinfo", look_up_here).start()


def simulate(block: Block, address: str) -> SimulatedChronyd:
    """Return the chronyd that the page has in a comment, or a synchronized one."""
    if block.chronyd:
        return eval(block.chronyd, {**vars(pychrony), **vars(pychrony.testing)})
    return SimulatedChronyd(make_tracking(ref_time_ns=time.time_ns()), address=address)


class Runner:
    """Runs programs in a folder, for a page whose chronyds are there."""

    def __init__(self, folder: Path, local: str, remote: str) -> None:
        self.folder = folder
        self.local = local
        text = CUSTOMIZE.format(root=str(ROOT), local=local, remote=remote)
        folder.joinpath("sitecustomize.py").write_text(text)

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        given = [each for each in os.environ.get("PYTHONPATH", "").split(os.pathsep) if each]
        path = os.pathsep.join([str(self.folder), *map(os.path.abspath, given)])
        return subprocess.run(
            [sys.executable, *arguments],
            cwd=self.folder,
            env={**os.environ, "PYTHONPATH": path},
            capture_output=True,
            text=True,
            timeout=200,
        )


@contextmanager
def runner_for(block: Block, folder: Path) -> Generator[Runner]:
    """Yield what runs a block, while its chronyds answer."""
    with simulate(block, str(folder / "s")) as local, SimulatedChronyd() as remote:
        yield Runner(folder, local.address, remote.address)


def run_python(block: Block, folder: Path) -> subprocess.CompletedProcess[str]:
    """Run a program, or its tests where it has any."""
    with runner_for(block, folder) as runner:
        text = block.text.replace("(8000)", "(0)")  # a port of its own
        program = folder / (block.file or "test_page.py")
        program.write_text(text)
        if re.search(r"^(async )?def test_", text, flags=re.M):
            return runner.run("-m", "pytest", "-q", "-p", "no:cacheprovider", program.name)
        return runner.run(program.name)


def run_session(block: Block, folder: Path) -> subprocess.CompletedProcess[str]:
    """Run a session of Python. It fails where it prints something else than the page shows."""
    session = folder / "session.txt"
    session.write_text(STARTED_AT.sub("", block.text))
    with runner_for(block, folder) as runner:
        return runner.run("-c", SESSION)


def compare_session(name: str) -> bool:
    session = doctest.DocTestParser().get_doctest(Path(name).read_text(), {}, name, name, 0)
    return bool(doctest.DocTestRunner(NumbersMayDiffer(), optionflags=FLAGS).run(session).failed)


def lines_of(block: Block) -> list[tuple[list[list[str]], str]]:
    """Return the commands of each line of a shell, and what the page shows below that line.

    A command is its words, without what goes where.
    """
    text = block.text.replace("\\\n", " ")
    if block.language != "console":
        return [(_split(line), "") for line in text.splitlines()]
    parts = (part.partition("\n") for part in re.split(r"^\$ ", text, flags=re.M)[1:])
    return [(_split(line), shown) for line, _, shown in parts]


def shape_of(output: str) -> list[str]:
    """Return what an output of pychrony's shows of each clock.

    Those are labels, heads of tables, and the names and units of measures. Each number is 0, and
    lines of the same shape are one.
    """
    shape: list[str] = []
    is_table = False
    for line in output.splitlines():
        is_table = set(line) == {"="} or (is_table and bool(line))
        line_shape = _shape_of_line(line)
        if line and not is_table and line_shape not in shape[-1:]:
            shape.append(line_shape)
    return shape


def _shape_of_line(line: str) -> str:
    if label := re.match(r"[A-Z][\w ()]* : ", line):
        return " ".join(label[0].split())
    line = re.sub(r"^\S+ (OK|WARNING|CRITICAL|UNKNOWN) - [^|]*", "VERDICT ", line)
    line = re.sub(r"(?<=\d) [nµm]?s$", " s", line)
    return " ".join(NUMBER.sub("0", line).split())


def _split(line: str) -> list[list[str]]:
    words = shlex.shlex(line, posix=True, punctuation_chars=True)
    words.whitespace_split = True
    commands: list[list[str]] = [[]]
    for word in words:
        if word in ("|", "||", "&&", ";", "&"):
            commands.append([])
        elif word in (">", ">>", "<"):
            next(words, None)
        else:
            commands[-1].append(word)
    return [bare for bare in map(_without_prefix, commands) if bare]


def _without_prefix(words: Sequence[str]) -> list[str]:
    """Return a command without variables and without who runs it."""
    rest = list(words)
    while rest and (re.match(r"\w+=", rest[0]) or rest[0] == "sudo"):
        if rest.pop(0) == "sudo" and rest[:1] == ["-u"]:
            del rest[:2]
    return rest
