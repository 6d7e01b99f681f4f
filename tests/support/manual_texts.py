"""What the manual says beyond what the parser knows."""

from __future__ import annotations

from pychrony._client.addresses import DEFAULT_ADDRESSES
from tests.support.manual_formats import Block, Heading, Item, Literal, Paragraph
from tests.support.project import URLS

DESCRIPTION: list[Block] = [
    Paragraph(
        "`pychrony` asks `chronyd`(8) for its reports, under the names that they have in "
        "`chronyc`(1) and in its columns, with a unit beside each number. "
        "It changes nothing in chronyd."
    ),
    Paragraph(
        "Data go to standard output, and an error is one line on standard error. "
        "Times are in seconds and rates in ppm (parts per million)."
    ),
]

OWN_WORDS = Paragraph(
    "Where a command has one of these in its own list above, what stands there is true of it."
)

_EXIT_STATUS: list[Block] = [
    Heading("EXIT STATUS"),
    Item("0", "chronyd answered. With `--hosts`: all of them did."),
    Item(
        "1",
        "There is no answer, the time is not known (`now`), the clock was not good in time "
        "(`waitsync`), or nothing can be served (`exporter`).",
    ),
    Item("2", "The usage was wrong."),
    Item("130", "It was interrupted, as by Ctrl-C."),
    Paragraph(
        "That of `check` and `explain` is the verdict, as monitoring systems have it: 0 OK, "
        "1 WARNING, 2 CRITICAL, 3 UNKNOWN. Wrong usage is UNKNOWN."
    ),
    Paragraph("SIGTERM and SIGHUP end it by that signal, once it has tidied up."),
]

_ENVIRONMENT: list[Block] = [
    Heading("ENVIRONMENT"),
    Item("`NO_COLOR`", "Where it is not empty, nothing is colored."),
    Item(
        "`FORCE_COLOR`",
        "Where it is not empty, and `NO_COLOR` is, what goes into a file or a pipe is colored "
        "too. Colors only repeat what the text says.",
    ),
    Item("`TERM`", "If it is `dumb`, nothing is colored or drawn in place."),
    Item("`COLUMNS`, `LINES`", "The size of the terminal, before what it says itself."),
]

_FILES: list[Block] = [
    Heading("FILES"),
    *(
        Item(f"`{path}`", "chronyd's socket, which root and chronyd's own user may use.")
        for path in DEFAULT_ADDRESSES
        if path.startswith("/run")
    ),
    Paragraph(
        "Where no address is given, these are asked one after the other: "
        + ", ".join(f"`{address}`" for address in DEFAULT_ADDRESSES)
        + ". Over the last two, chronyd's command port, any user of the computer has all "
        "that `check` needs; some reports chronyd gives over its socket alone."
    ),
]

_EXAMPLES: list[Block] = [
    Heading("EXAMPLES"),
    Paragraph("How well chronyd knows the time, and from whom:"),
    Literal("pychrony tracking\npychrony sources"),
    Paragraph("The report of another computer, as JSON:"),
    Literal("pychrony tracking --json -h ntp.example.org"),
    Paragraph("The sources, drawn anew each second:"),
    Literal("pychrony sources --watch 1"),
    Paragraph("The time with its error, each second:"),
    Literal("pychrony now --watch 1"),
    Paragraph("A service that starts once the clock is good to a millisecond:"),
    Literal("pychrony waitsync --max-error 0.001 --timeout 60 && start-the-service"),
    Paragraph("All servers in a file at once, the worst verdict in the exit status:"),
    Literal("pychrony check --hosts servers.txt --max-error 0.05"),
]

_SEE_ALSO: list[Block] = [
    Heading("SEE ALSO"),
    Paragraph("`chronyc`(1), `chronyd`(8), `chrony.conf`(5)"),
    Paragraph(URLS["Documentation"]),
    Paragraph(URLS["Homepage"]),
]

AFTER = [*_EXIT_STATUS, *_ENVIRONMENT, *_FILES, *_EXAMPLES, *_SEE_ALSO]
