"""What a simulated chronyd gets wrong on request."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Iterator
from dataclasses import dataclass

from ..models._help import document
from ._wire import Request, build_reply, with_wrong_sequence


@dataclass(frozen=True, slots=True, kw_only=True)
class Faults:
    """What goes wrong between a request and its answer. Faults can be combined.

    Raises:
        TypeError: `delay` is no number, or one that is to be True or False is not.
        ValueError: A number is out of range.
    """

    silent: bool = False
    """No request is answered."""
    drop_every: int = 0
    """Every n-th request, by `SimulatedChronyd.requests`, is not answered. 0 for none."""
    delay: float = 0.0
    """How many seconds pass before a request is answered. The requests behind it wait their
    turn."""
    duplicate: bool = False
    """Each answer is sent twice."""
    stray: bool = False
    """Before the answer comes another, well formed, with a sequence number nobody asked for."""
    wrong_sequence: bool = False
    """The answer itself has a sequence number nobody asked for."""
    garbage: bool = False
    """Before the answer come 64 bytes of no meaning."""
    truncate: int | None = None
    """The answer is cut to so many bytes."""
    extra: int = 0
    """So many zero bytes are appended to the answer."""
    status: int | None = None
    """Every request is answered with this status and no payload."""

    def __post_init__(self) -> None:
        for name in ("silent", "duplicate", "stray", "wrong_sequence", "garbage"):
            value = getattr(self, name)
            if not isinstance(value, bool):
                raise TypeError(f"Faults.{name} must be True or False, not {value!r}")
        for name in ("drop_every", "truncate", "extra", "status"):
            value = getattr(self, name)
            if value is not None and not (isinstance(value, int) and 0 <= value <= 0xFFFF):
                raise ValueError(f"Faults.{name} must be an integer from 0 to 65535, not {value!r}")
        if not isinstance(self.delay, (int, float)):
            raise TypeError(f"Faults.delay must be a number of seconds, not {self.delay!r}")
        if not 0 <= self.delay <= threading.TIMEOUT_MAX:
            raise ValueError(f"Faults.delay must be a number of seconds, not {self.delay!r}")

    def _is_lost(self, number: int) -> bool:
        """Tell whether the request of this number, counted from 1, goes unanswered."""
        return self.silent or (self.drop_every > 0 and number % self.drop_every == 0)

    def _spoil(self, request: Request, answer: bytes) -> Iterator[bytes]:
        """Yield what is sent in place of the answer to a request."""
        if self.stray:
            yield with_wrong_sequence(answer)
        if self.garbage:
            yield hashlib.sha512(answer).digest()
        if self.status is not None:
            answer = build_reply(request, self.status)
        if self.wrong_sequence:
            answer = with_wrong_sequence(answer)
        spoiled = answer[: self.truncate] + bytes(self.extra)
        yield spoiled
        if self.duplicate:
            yield spoiled


document(Faults)
