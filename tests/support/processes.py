"""Functions run in a forked child, to see what a fork or another user does; modules; open files."""

from __future__ import annotations

import importlib
import os
import pickle
import pkgutil
import re
import subprocess
import sys
import warnings
from collections.abc import Callable
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import TypeVar

import pychrony

ResultT = TypeVar("ResultT")

NOBODY = 54321  # no user of this number is needed


def as_ordinary_user(function: Callable[[], ResultT]) -> ResultT:
    """Return what the function returns, or raise what it raises, for a user without rights.

    As root that is another one than ours, and else our own.
    """
    _load_package()
    return in_child(function, NOBODY if os.geteuid() == 0 else None)


@cache
def _load_package() -> None:
    """Load what the package loads late. It may lie where another user cannot read it."""
    for module in pkgutil.walk_packages(pychrony.__path__, "pychrony."):
        if not module.name.endswith("__main__"):
            # An extra may not be installed.
            with suppress(ModuleNotFoundError):
                importlib.import_module(module.name)


def in_child(function: Callable[[], ResultT], user: int | None = None) -> ResultT:
    """Return what the function returns, or raise what it raises, in a forked child.

    A fork keeps the modules that are loaded, which another user might not be allowed to read.
    """
    reader, writer = os.pipe()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # of a fork beside threads
        pid = os.fork()
    if pid == 0:
        _run_child(function, user, writer)
    os.close(writer)
    with os.fdopen(reader, "rb") as pipe:
        good, result = pickle.loads(pipe.read())
    os.waitpid(pid, 0)
    if not good:
        raise result
    return result


def _run_child(function: Callable[[], object], user: int | None, writer: int) -> None:
    try:
        if user is not None:
            os.setgroups([])
            os.setgid(user)
            os.setuid(user)
        result = True, function()
    except BaseException as error:
        result = False, error
    os.write(writer, pickle.dumps(result))
    os._exit(0)


def private_memory() -> int:
    """Return how many bytes this process has for itself, in memory or swapped out.

    What it maps from files comes and goes as the system likes.
    """
    status = Path("/proc/self/status").read_text()
    kilobytes = re.findall(r"^(?:RssAnon|VmSwap):\s+(\d+) kB$", status, re.MULTILINE)
    assert kilobytes
    return 1024 * sum(map(int, kilobytes))


def open_descriptors() -> int:
    return len(os.listdir("/proc/self/fd"))


def run_module(*command: str | Path) -> None:
    """Run a module of Python that must have nothing to complain of."""
    done = subprocess.run(
        [sys.executable, "-m", *command],
        check=False,
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    assert done.stdout == ""
    assert done.returncode == 0
