"""The same as loop.c for a Python package named pychrony, whichever one is installed.

loop.py ADDRESS METHOD
"""

import sys
from time import perf_counter_ns

from pychrony import ChronyConnection


def main(address: str, method: str) -> None:
    """Call a method as often as each line on stdin says, and print the nanoseconds it took."""
    with ChronyConnection(address) as connection:
        read = getattr(connection, method)
        for line in sys.stdin:
            times = int(line)
            begin = perf_counter_ns()
            for _ in range(times):
                read()
            print(perf_counter_ns() - begin, flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
