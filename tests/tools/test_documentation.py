"""Other people's Sphinx and pdoc make pages of the public names without a warning."""

from __future__ import annotations

from dataclasses import is_dataclass
from enum import EnumMeta
from pathlib import Path

import pychrony
import pychrony.exceptions
import pychrony.metrics
import pychrony.metrics.opentelemetry
import pychrony.metrics.prometheus
import pychrony.models
import pychrony.testing
from tests.support.processes import run_module

MODULES = (
    pychrony,
    pychrony.models,
    pychrony.exceptions,
    pychrony.metrics,
    pychrony.metrics.opentelemetry,
    pychrony.metrics.prometheus,
    pychrony.testing,
)

CONF = """
project = "pychrony"
extensions = ["sphinx.ext.autodoc"]
"""


def directive(name: str, value: type) -> str:
    # Not what Python's own classes have: how they are documented is not for this test.
    own = ", ".join(c.__name__ for c in value.__mro__ if c.__module__ in ("builtins", "enum"))
    return f".. autoclass:: {name}\n   :members:\n   :inherited-members: {own}\n"


def sphinx_page(folder: Path, text: str) -> str:
    """Return the page that Sphinx makes of a text."""
    source, pages = folder / "source", folder / "pages"
    source.mkdir()
    (source / "conf.py").write_text(CONF)
    (source / "index.rst").write_text(f"pychrony\n========\n\n{text}")
    run_module("sphinx", "-q", "-W", "--keep-going", "-b", "text", source, pages)
    return (pages / "index.txt").read_text()


def test_lists_of_fields_and_members_need_no_napoleon(tmp_path: Path) -> None:
    records = [value for value in vars(pychrony.models).values() if is_dataclass(value)]
    enumerations = [value for value in vars(pychrony).values() if isinstance(value, EnumMeta)]
    text = "\n".join(
        directive(f"{class_.__module__}.{class_.__name__}", class_)
        for class_ in [*records, *enumerations, pychrony.testing.Faults]
    )
    page = sphinx_page(tmp_path, text)

    assert "* *offset* (float, s): What is still to be corrected." in page
    assert "* *INSERT* (1): A second is inserted" in page


def test_pdoc_documents_every_public_name_without_a_warning(tmp_path: Path) -> None:
    run_module("pdoc", "-o", tmp_path, *(module.__name__ for module in MODULES))

    for module in MODULES:
        page = (tmp_path / f"{module.__name__.replace('.', '/')}.html").read_text()
        assert all(f'id="{name}"' in page for name in module.__all__)
