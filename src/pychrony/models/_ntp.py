"""NTP sources in depth: their authentication, and their last valid response."""

from typing import TYPE_CHECKING

from ._enums import AuthMode, KeyType, LeapStatus, NTPMode, NTPTests, Timestamping
from ._record import NEVER, AboutPolledSource, AboutSource, record, reported, utc_datetime
from ._times import two_times

if TYPE_CHECKING:
    from datetime import datetime

TESTS = 0x3FF
INTERLEAVED = 0x4000
AUTHENTICATED = 0x8000


@record
class AuthData(AboutSource):
    """How an NTP source is authenticated: `chronyc authdata`. Since chronyd 4.0.

    Source: the chronyc manual, "authdata".
    """

    address: str = reported("address")
    """The source that this is about; "ID#0000000001" while its name is not resolved."""
    mode: AuthMode = reported("mode")
    """By what the source is authenticated, nothing, a symmetric key or NTS (RFC 8915)."""
    key_type: KeyType = reported("key type")
    """The algorithm; `NONE` where there is no key, or not yet."""
    key_id: int = reported("key ID")
    """The key's number in the key file; with NTS how many key establishments there were."""
    key_length: int = reported("key length", "bit")
    """The key's length."""
    attempts: int = reported("key establishment attempts")
    """Attempts at an NTS key establishment since the last one that succeeded."""
    last_established_ago: int | None = reported("last key establishment ago", "s", never=(NEVER,))
    """The time since the last NTS key establishment; None for never, and without NTS."""
    cookies: int = reported("cookies")
    """How many NTS cookies are held."""
    cookie_length: int = reported("cookie length", "byte")
    """The length of the next cookie; 0 with none."""
    nak: bool = reported("NAK")
    """Whether the server refused a cookie (NTS NAK) since the last key establishment."""
    name: str | None = None
    """The name that the configuration has for it; None where it was not asked for."""


@two_times
@record
class NTPData(AboutPolledSource):
    """The last valid response of an NTP source, and message counts: `chronyc ntpdata`.

    Since chronyd 3.0. Before the first response all is 0 but the address, the port and the counts
    of messages. Source: the chronyc manual, "ntpdata"; RFC 5905, section 7.3, for the header.
    """

    address: str = reported(("remote address", "address"))
    """The source's address; "ID#0000000001" while its name is not resolved. chronyd before 4.3 has
    none here until there was a response, and the address that was asked about is taken."""
    local_address: str | None = reported("local address")
    """The local address that received the response; None before one."""
    port: int = reported("remote port")
    """The source's UDP port."""
    leap_status: LeapStatus = reported("leap status")
    """What the source announces."""
    version: int = reported("version")
    """The NTP version of the response."""
    mode: NTPMode = reported("mode")
    """The mode of the response; `NONE` before one."""
    stratum: int = reported("stratum")
    """The source's stratum."""
    poll: int = reported("poll", "log2 s")
    """The source's polling interval as a power of two in seconds; negative below a second."""
    precision: int = reported("precision", "log2 s")
    """The precision of the source's clock as a power of two in seconds; negative below a second,
    -20 for about a microsecond."""
    root_delay: float = reported("root delay", "s")
    """The source's own root delay."""
    root_dispersion: float = reported("root dispersion", "s")
    """The source's own root dispersion."""
    reference_id: int = reported("reference ID")
    """What the source follows, 32 bits."""
    ref_time: float | None = reported("reference time", "s", never=(0,))
    """When the source's clock was last updated, in seconds since 1970, UTC; None before a
    response."""
    offset: float = reported("offset", "s")
    """The measured offset. Positive means that the source is ahead and the local clock slow, the
    opposite of `Source.latest_meas`."""
    peer_delay: float = reported("peer delay", "s")
    """The round-trip delay to the source."""
    peer_dispersion: float = reported("peer dispersion", "s")
    """The dispersion of the measurement."""
    response_time: float = reported("response time", "s")
    """How long the source took to answer."""
    jitter_asymmetry: float = reported("jitter asymmetry")
    """On which way the network's delay varies more, from -0.5 to 0.5. Negative means on the way to
    the source, positive on the way back."""
    tests: NTPTests = reported("flags", bits=TESTS)
    """The tests that the response passed."""
    interleaved: bool = reported("flags", bits=INTERLEAVED)
    """Whether the response was in the interleaved mode (RFC 9769)."""
    authenticated: bool = reported("flags", bits=AUTHENTICATED)
    """Whether responses are authenticated."""
    tx_timestamping: Timestamping = reported("transmit timestamping")
    """What took the time of sending the request."""
    rx_timestamping: Timestamping = reported("receive timestamping")
    """What took the time of receiving the response."""
    tx_messages: int = reported("transmitted messages")
    """Messages sent to the source."""
    rx_messages: int = reported("received messages")
    """Messages received from the source."""
    rx_valid: int = reported("received valid messages")
    """Received messages that are valid, which passed tests 1 to 7."""
    rx_good: int | None = reported("received good messages", never=(NEVER,))
    """Received messages that are good, which passed all tests. None from chronyd before 4.3."""
    kernel_tx_timestamps: int | None = reported("kernel transmit timestamps")
    """Times of sending that the kernel took. None from chronyd before 4.6."""
    kernel_rx_timestamps: int | None = reported("kernel receive timestamps")
    """Times of receiving that the kernel took. None from chronyd before 4.6."""
    hardware_tx_timestamps: int | None = reported("hardware transmit timestamps")
    """Times of sending that the network card took. None from chronyd before 4.6."""
    hardware_rx_timestamps: int | None = reported("hardware receive timestamps")
    """Times of receiving that the network card took. None from chronyd before 4.6."""
    ref_time_ns: int | None = reported("reference time", "ns", never=(0,), default=None)
    """`ref_time` to the nanosecond, exact, since 1970, UTC; None before a response."""
    name: str | None = None
    """The name that the configuration has for it; None where it was not asked for, and from chronyd
    before 4.0."""

    @property
    def ref_datetime(self) -> "datetime | None":
        """Return `ref_time` as an aware datetime in UTC; None before a response."""
        return utc_datetime(self.ref_time_ns or 0)
