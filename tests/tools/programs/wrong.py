"""What is wrong with each line that says so, and which type checkers see it. Nothing runs this."""

from __future__ import annotations

from dataclasses import replace

from pychrony import (
    BoundedClock,
    ChronyConnection,
    ChronyError,
    Fleet,
    LeapStatus,
    SelectOptions,
    Source,
    SourceState,
    TrackingStatus,
    check,
    get_sources,
    get_tracking,
)
from pychrony.testing import Faults, SimulatedChronyd, make_rtc_data, make_source, make_tracking


def ask_wrongly(connection: ChronyConnection) -> None:
    get_tracking(3)  # wrong for mypy, pyright, ty
    get_tracking(timeout="3")  # wrong for mypy, pyright, ty
    get_tracking("127.0.0.1", 3.0)  # wrong for mypy, pyright, ty
    get_tracking(b"/run/chrony/chronyd.sock")  # wrong for mypy, pyright, ty
    get_sources(name=True)  # wrong for mypy, pyright, ty
    check(max_errors=0.005)  # wrong for mypy, pyright, ty
    check(max_error="0.005")  # wrong for mypy, pyright, ty
    check(max_error=(0.1, 0.2, 0.3))  # wrong for mypy, pyright, ty
    check(source=7)  # wrong for mypy, pyright, ty
    Fleet([b"127.0.0.1"])  # wrong for mypy, pyright, ty
    Fleet(["127.0.0.1"], timeout="3")  # wrong for mypy, pyright, ty
    Fleet(["127.0.0.1"]).check(timeout=3)  # wrong for mypy, pyright, ty
    print([answer.offset for answer in Fleet([None]).get_tracking()])  # wrong for mypy, pyright, ty
    BoundedClock(max_age="60")  # wrong for mypy, pyright, ty
    BoundedClock(drift=50)  # wrong for mypy, pyright, ty
    print(BoundedClock().now().error)  # wrong for mypy, pyright, ty
    connection.get_tracking(1.0)  # wrong for mypy, pyright, ty
    connection.get_tracking(timeout="3")  # wrong for mypy, pyright, ty
    connection.get_sources(True)  # wrong for mypy, pyright, ty
    connection.opened()  # wrong for mypy, pyright, ty
    connection.get_trackin()  # wrong for mypy, pyright, ty
    print(connection.get_sources().address)  # wrong for mypy, pyright, ty
    print(connection.get_rtc_data().offset)  # wrong for mypy, pyright, ty
    connection.read_record(1)  # wrong for mypy, pyright, ty
    connection.address = "127.0.0.1"  # wrong for mypy, pyright, ty


def use_records_wrongly(status: TrackingStatus, source: Source) -> None:
    status.offset = 1.0  # wrong for mypy, pyright, ty
    print(status.ofset)  # wrong for mypy, pyright, ty
    status.is_synchronised()  # wrong for mypy, pyright, ty
    status.error_bound = 0.1  # wrong for mypy, pyright, ty
    print(status.ref_datetime.year)  # wrong for mypy, pyright, ty
    print(source.last_sample_ago + 1)  # wrong for mypy, pyright, ty
    source.name.upper()  # wrong for mypy, pyright, ty
    replace(status, ofset=1.0)  # wrong for mypy
    len(status)  # wrong for mypy, pyright, ty
    TrackingStatus()  # wrong for mypy, pyright, ty
    Source("a")  # wrong for mypy, pyright, ty
    Source(address="a", poll=6)  # wrong for mypy, pyright, ty
    print(status < status)  # wrong for mypy, pyright, ty


def use_enumerations_wrongly(status: TrackingStatus, source: Source) -> None:
    print(source.state is LeapStatus.NORMAL)  # wrong for mypy, pyright
    print(status.leap_status == 0)  # wrong for mypy, pyright
    print(LeapStatus.NORMAL == 0)  # wrong for mypy, pyright
    print(source.state == "SELECTED")  # wrong for mypy, pyright
    print(source.state > 2)  # wrong for mypy, pyright, ty
    print(SelectOptions.PREFER | SourceState.SELECTED)  # wrong for mypy, pyright, ty
    print(LeapStatus.SYNCED)  # wrong for mypy, pyright, ty


def handle_wrongly(error: ChronyError) -> None:
    print(error.code)  # wrong for mypy, pyright, ty
    print(error.errno)  # wrong for mypy, pyright, ty
    print(error.address.upper())  # wrong for mypy, pyright, ty


def test_wrongly(simulated: SimulatedChronyd) -> None:
    make_tracking(ofset=1)  # wrong for mypy, pyright, ty
    make_tracking(offset="x")  # wrong for mypy, pyright, ty
    make_tracking(0.25)  # wrong for mypy, pyright, ty
    make_source(state=1)  # wrong for mypy, pyright, ty
    make_source(address=None)  # wrong for mypy, pyright, ty
    simulated.trackng = make_tracking()  # wrong for mypy, pyright, ty
    print(simulated.trackng)  # wrong for mypy, pyright, ty
    simulated.tracking = make_source()  # wrong for mypy, pyright, ty
    simulated.sources = make_source()  # wrong for mypy, pyright, ty
    simulated.sources = [make_tracking()]  # wrong for mypy, pyright, ty
    simulated.rtc_data = [make_rtc_data()]  # wrong for mypy, pyright, ty
    simulated.faults = True  # wrong for mypy, pyright, ty
    Faults(True)  # wrong for mypy, pyright, ty
    Faults(silence=True)  # wrong for mypy, pyright, ty
    SimulatedChronyd(sources=make_source())  # wrong for mypy, pyright, ty
    SimulatedChronyd(version=4.8)  # wrong for mypy, pyright, ty
