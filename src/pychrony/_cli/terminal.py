"""What the outside of the program is like: streams, color, the window, its characters."""

from __future__ import annotations

import os
import re
import sys
from contextlib import suppress
from typing import TextIO

_COLORS = {"good": "32", "fair": "33", "bad": "31", "heading": "1"}
_COLOR_OR_CHARACTER = re.compile(r"(\x1b\[[0-9;]*m)|.", re.DOTALL)


def prepare_streams() -> None:
    """Let characters that the locale lacks be printed as escapes, instead of failing."""
    for stream in (sys.stdout, sys.stderr):
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure is not None:
            reconfigure(errors="backslashreplace")


def abandon_stdout() -> None:
    """Let nothing more be written, nor Python's own flush at exit complain of it."""
    if sys.stdout is not None:
        with suppress(OSError):  # what is left cannot be written either
            sys.stdout.close()


def printable(text: str) -> str:
    """Return a text that does nothing to a terminal: what is no character is a "?"."""
    return text if text.isprintable() else "".join(c if c.isprintable() else "?" for c in text)


def say_error(message: str) -> None:
    """Tell in one line on stderr what was wrong, if there is somebody to tell."""
    if sys.stderr is None:  # print would take that for stdout
        return
    with suppress(OSError):
        print(f"pychrony: {printable(message)}", file=sys.stderr, flush=True)


def is_terminal(stream: TextIO | None) -> bool:
    """Return whether a stream goes to a terminal on which the cursor can be moved."""
    return stream is not None and stream.isatty() and os.environ.get("TERM", "") not in ("", "dumb")


def has_color(stream: TextIO | None) -> bool:
    """Return whether to color what goes to a stream.

    NO_COLOR and FORCE_COLOR are heeded where they are not empty (no-color.org, force-color.org);
    as in Python itself, NO_COLOR wins.
    """
    if os.environ.get("NO_COLOR"):
        return False
    return bool(os.environ.get("FORCE_COLOR")) or is_terminal(stream)


def colored(text: str, color: str) -> str:
    """Return a text in a color: "good", "fair", "bad", "heading", or "" for none."""
    return f"\x1b[{_COLORS[color]}m{text}\x1b[0m" if color else text


def window_size(stream: TextIO) -> tuple[int, int]:
    """Return a terminal's columns and lines; COLUMNS and LINES go before what it says itself."""
    try:
        size = os.get_terminal_size(stream.fileno())
    except (OSError, ValueError):
        size = os.terminal_size((80, 24))
    wanted = (os.environ.get("COLUMNS", ""), os.environ.get("LINES", ""))
    columns, lines = (
        int(text) if re.fullmatch("[1-9][0-9]{0,5}", text) else real
        for text, real in zip(wanted, size, strict=True)
    )
    return columns or 80, lines or 24


def can_show(characters: str, stream: TextIO) -> bool:
    """Return whether a stream's encoding has these characters."""
    try:
        characters.encode(stream.encoding)
    except (UnicodeError, LookupError):
        return False
    return True


def cut(line: str, width: int) -> str:
    """Return as much of a line as fits in a window, its colors kept; ">" is where it goes on."""
    length = len(_COLOR_OR_CHARACTER.sub(lambda match: "" if match[1] else ".", line))
    shown, kept = 0, []
    for match in _COLOR_OR_CHARACTER.finditer(line):
        if match[1] is None:
            shown += 1
        if match[1] is not None or shown < width or (shown == width == length):
            kept.append(match[0])
        elif shown == width:
            kept.append(">")
    return "".join(kept)
