"""NTS on loopback: a certificate for localhost, valid from 2020 to 2120, and what it takes.

The key is no secret: it is good for nothing else.
"""

from __future__ import annotations

from pathlib import Path

HERE = Path(__file__).parent
CERTIFICATE = {"certificate.pem": (HERE / "certificate.pem").read_text()}
SERVER_FILES = {**CERTIFICATE, "key.pem": (HERE / "key.pem").read_text()}
TRUSTING = ("ntstrustedcerts certificate.pem",)


def serving(port: int) -> tuple[str, ...]:
    """Return lines that make a chronyd establish NTS keys at this TCP port."""
    files = ("ntsservercert certificate.pem", "ntsserverkey key.pem")
    return (f"ntsport {port}", *files, "ntsprocesses 0")
