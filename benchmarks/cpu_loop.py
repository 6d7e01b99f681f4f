"""Call get_tracking() so often, and print the microseconds and the CPU microseconds of a call.

cpu_loop.py ADDRESS TIMES
"""

import sys
from time import perf_counter, process_time

from pychrony import ChronyConnection


def main(address: str, times: str) -> None:
    """Measure, after a few calls in vain."""
    with ChronyConnection(address) as connection:
        for _ in range(20):
            connection.get_tracking()
        begin, cpu_begin = perf_counter(), process_time()
        for _ in range(int(times)):
            connection.get_tracking()
        wall, cpu = perf_counter() - begin, process_time() - cpu_begin
    print(wall / int(times) * 1e6, cpu / int(times) * 1e6)


if __name__ == "__main__":
    main(*sys.argv[1:])
