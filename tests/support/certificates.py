"""Certificates for the exporter, and asking it over TLS."""

from __future__ import annotations

import ssl
from http.client import HTTPSConnection
from pathlib import Path

import trustme

from tests.support.exporter import TIMEOUT


class Certificates:
    """Certificates of a server, of a client, and of who has signed them."""

    def __init__(self, folder: Path) -> None:
        self.authority = trustme.CA()
        self.server, self.client = (
            self._write(folder / f"{name}.pem", name) for name in ("localhost", "client.example")
        )
        self.ca = folder / "ca.pem"
        self.authority.cert_pem.write_to_path(self.ca)

    def _write(self, path: Path, name: str) -> Path:
        self.authority.issue_cert(name).private_key_and_cert_chain_pem.write_to_path(path)
        return path

    def context(self, certificate: Path | None = None) -> ssl.SSLContext:
        context = ssl.create_default_context(cafile=str(self.ca))
        if certificate is not None:
            context.load_cert_chain(certificate)
        return context


def health(port: int, context: ssl.SSLContext) -> int:
    connection = HTTPSConnection("localhost", port, timeout=TIMEOUT, context=context)
    try:
        connection.request("GET", "/-/healthy")
        return connection.getresponse().status
    finally:
        connection.close()
