"""A record's bytes become a dataclass."""

import struct
from dataclasses import fields

from pychrony._client.decoding import UNSIGNED, make_decoder
from pychrony.models import Activity
from pychrony.models._record import Record


def test_decoding_makes_no_class_of_its_own() -> None:
    """Filling an object of another class and changing its class stops all threads of a program.

    That is so in a free-threaded Python, which has to look at all of them for it.
    """
    classes = set(Record.__subclasses__())
    layout = tuple((field.metadata["libchrony"], UNSIGNED) for field in fields(Activity))
    decode = make_decoder(Activity, layout)

    record = decode(struct.pack("=8x5Q", 1, 2, 3, 4, 5), 8)

    assert record == Activity(1, 2, 3, 4, 5)
    assert set(Record.__subclasses__()) <= classes
