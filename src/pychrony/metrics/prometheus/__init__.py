"""The metrics of a chronyd for Prometheus: `pip install "pychrony[prometheus]"`.

`ChronyCollector` is for a registry of one's own, `make_asgi_app` for a web application. The command
`pychrony exporter` is a server by itself.
"""

try:
    from ._app import make_asgi_app
    from ._collector import ChronyCollector
except ModuleNotFoundError as _error:
    if _error.name != "prometheus_client":
        raise
    raise ModuleNotFoundError(
        "prometheus_client is not installed: pip install 'pychrony[prometheus]'",
        name="prometheus_client",
    ) from None

__all__ = ["ChronyCollector", "make_asgi_app"]
