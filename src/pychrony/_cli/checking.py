"""The command check: the judgment of a clock, for monitoring systems."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable

from .._client.functions import check
from .._judgment.failures import judge_failure
from .._judgment.limits import make_limits
from ..exceptions import ChronyError
from ..models import Finding, FindingCode, Verdict
from .arguments import WrongUsage
from .showing import TIMEOUT
from .terminal import abandon_stdout, say_error
from .verdicts import document, failed, first_line, judgment_of, more_lines, to_json

UNKNOWN = Verdict.UNKNOWN.value


def show_check(options: argparse.Namespace) -> int:
    """Print the judgment; return it as an exit status."""
    timeout = options.timeout or TIMEOUT
    try:
        result = check(options.host, timeout=timeout, names=options.names, **options.limits)
    except ChronyError as error:
        judgment = failed(judge_failure(error), error, make_limits(**options.limits))
    else:
        judgment = judgment_of(result)
    if options.format == "json":
        print(to_json(document(judgment), indent=2))
    else:
        print(first_line(judgment))
        if options.verbose:
            for line in more_lines(judgment):
                print(line)
    return judgment.verdict.value


def end_check(run: Callable[[], int], is_json: bool) -> int:
    """Return the exit status of `run`, or of its end by an exception.

    Whatever happens, a monitoring system gets a line and one of its four statuses.
    """
    try:
        return run()
    except WrongUsage as error:
        return _tell(error, FindingCode.WRONG_USAGE, str(error), is_json)
    except KeyboardInterrupt as error:
        return _tell(error, FindingCode.NOT_FINISHED, "interrupted", is_json)
    except OSError as error:  # most likely of stdout
        text = error.strerror or str(error)
        return _tell(error, FindingCode.NOT_FINISHED, text, is_json)
    except Exception as error:  # a fault of pychrony's own would look like a WARNING
        sys.excepthook(type(error), error, error.__traceback__)
        text = f"pychrony failed: {type(error).__name__}: {error}"
        return _tell(error, FindingCode.NOT_FINISHED, text, is_json)


def _tell(error: BaseException, code: FindingCode, text: str, is_json: bool) -> int:
    """Print in one line why there is no judgment."""
    judgment = failed(Finding(code, Verdict.UNKNOWN, text), error)
    if sys.stdout is None:
        say_error("cannot write: standard output is closed")
        return UNKNOWN
    try:
        print(to_json(document(judgment)) if is_json else first_line(judgment), flush=True)
    except OSError as unwritable:
        if not isinstance(unwritable, BrokenPipeError):
            say_error(f"cannot write: {unwritable.strerror}")
        abandon_stdout()
    return UNKNOWN
