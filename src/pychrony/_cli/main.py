"""Run the command line: from arguments to an exit status."""

from __future__ import annotations

import argparse
import errno
import sys
from collections.abc import Callable, Sequence

from ..exceptions import ChronyError
from ..models import Verdict
from .arguments import WrongUsage
from .options import (
    CHECK,
    EXPLAIN,
    EXPORTER,
    NOW,
    WAITSYNC,
    find_command,
    make_parser,
    read_options,
    split_commands,
)
from .reports import NoAnswer
from .showing import NO_ANSWER, show_reports
from .signals import end_by_signals
from .terminal import abandon_stdout, prepare_streams, say_error

WRONG_USAGE, INTERRUPTED = 2, 130
UNKNOWN = Verdict.UNKNOWN.value


# A report needs none of their modules.
def _check(options: argparse.Namespace) -> int:
    from .checking import show_check

    return show_check(options)


def _explain(options: argparse.Namespace) -> int:
    from .explain.explaining import show_explanation

    return show_explanation(options)


def _wait(options: argparse.Namespace) -> int:
    from .waiting import wait_for_clock

    return wait_for_clock(options)


def _tell(options: argparse.Namespace) -> int:
    from .now import tell_time

    return tell_time(options)


_OTHERS: dict[str, Callable[[argparse.Namespace], int]] = {
    NOW: _tell,
    CHECK: _check,
    EXPLAIN: _explain,
    WAITSYNC: _wait,
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit status.

    0 for an answer, 1 for none, 2 for wrong usage; of `check` the verdict, and 3 for these two.
    `explain` has the exit statuses of `check`.
    SIGTERM and SIGHUP end the program, once it has tidied up.
    """
    words = list(split_commands(sys.argv[1:] if arguments is None else arguments))
    return end_by_signals(lambda: _run_or_fail(words))


def _run_or_fail(arguments: Sequence[str]) -> int:
    """Run one command, tell what was wrong, and return the exit status."""
    prepare_streams()
    # A fault that stands before the command is met before argparse gets to the command.
    place = find_command(arguments)
    command = None if place is None else arguments[place]
    if place is not None and command == CHECK:
        from .checking import end_check

        return end_check(lambda: _run_check(arguments, place), "--json" in arguments)
    try:
        return _run(arguments, 0)
    except (ChronyError, NoAnswer) as error:
        say_error(str(error))
        return NO_ANSWER
    except WrongUsage as wrong:
        say_error(str(wrong))
        return UNKNOWN if command == EXPLAIN else WRONG_USAGE
    except OSError as error:
        if not isinstance(error, BrokenPipeError):
            say_error(f"cannot write: {error.strerror}")
        abandon_stdout()
        return UNKNOWN if command == EXPLAIN else NO_ANSWER
    except KeyboardInterrupt:
        return INTERRUPTED
    except Exception as error:
        if command != EXPLAIN:
            raise
        sys.excepthook(type(error), error, error.__traceback__)  # 1 would be a WARNING
        return UNKNOWN


def _run_check(arguments: Sequence[str], place: int) -> int:
    from .judging_options import prepare_check

    return _run(prepare_check(arguments[:place], arguments[place:]), UNKNOWN)


def _run(arguments: Sequence[str], helped: int) -> int:
    """Run one command and return the exit status: `helped` for a help and for the version."""
    parser = make_parser(arguments)
    if not arguments:
        parser.print_help(sys.stderr)
        return WRONG_USAGE
    try:
        status = _do(read_options(arguments, parser))
    except SystemExit:  # argparse has printed a help or the version
        status = helped
    if sys.stdout is not None:  # as where it was closed
        sys.stdout.flush()
    return status


def _do(options: argparse.Namespace) -> int:
    if sys.stdout is None and options.command not in (WAITSYNC, EXPORTER):  # they need none
        raise OSError(errno.EBADF, "standard output is closed")
    if options.hosts is not None:
        from .hosts import check_hosts, show_hosts  # nobody else needs fleets

        return check_hosts(options) if options.command == CHECK else show_hosts(options)
    if options.command == EXPORTER:
        from .exporting import export  # nobody else needs what it imports

        return export(options)
    return _OTHERS.get(options.command, _show)(options)


def _show(options: argparse.Namespace) -> int:
    if options.watch is None:
        return show_reports(options)
    from .watching import watch  # needs more modules than a report does

    return watch(options)
