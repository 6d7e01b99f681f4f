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
from .verdicts import Judgment, document, failed, first_line, judgment_of, more_lines, to_json

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
        _print_document(judgment)
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
        finding = _unknown(FindingCode.WRONG_USAGE, str(error))
        return _tell(failed(finding, error), is_json)
    except OSError as error:
        return _give_up(error)
    except KeyboardInterrupt as error:
        finding = _unknown(FindingCode.NOT_FINISHED, "interrupted")
        return _tell(failed(finding, error), is_json)
    except Exception as error:  # a fault of pychrony's own would look like a WARNING
        sys.excepthook(type(error), error, error.__traceback__)
        text = f"pychrony failed: {type(error).__name__}: {error}"
        return _tell(failed(_unknown(FindingCode.NOT_FINISHED, text), error), is_json)


def _unknown(code: FindingCode, message: str) -> Finding:
    return Finding(code, Verdict.UNKNOWN, message)


def _tell(judgment: Judgment, is_json: bool) -> int:
    """Print why there is no judgment of a clock."""
    try:
        if is_json:
            _print_document(judgment)
        else:
            print(first_line(judgment))
        if sys.stdout is not None:
            sys.stdout.flush()
    except OSError as error:
        return _give_up(error)
    return judgment.verdict.value


def _give_up(error: OSError) -> int:
    """Tell that nothing can be printed."""
    if not isinstance(error, BrokenPipeError):
        say_error(f"cannot write: {error.strerror}")
    abandon_stdout()
    return UNKNOWN


def _print_document(judgment: Judgment) -> None:
    print(to_json(document(judgment), indent=2))
