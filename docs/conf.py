"""The documentation site, made by Sphinx: scripts/docs builds it."""

from __future__ import annotations

from importlib.metadata import version as installed_version
from typing import Any

from docutils.nodes import Element
from sphinx.application import Sphinx

project = "pychrony"
author = "the pychrony authors"
project_copyright = author
version = release = installed_version("pychrony")

extensions = [
    "myst_parser",
    "sphinx.ext.autodoc",
    "sphinx.ext.intersphinx",
    "sphinx.ext.napoleon",
    "sphinx_copybutton",
]
exclude_patterns = ["pictures/*.py", "examples", "monitoring", "systemd", "completion"]

html_theme = "furo"
html_title = f"pychrony {release.partition('+')[0]}"  # a phone has no room for more
html_static_path = ["static"]
html_css_files = ["site.css"]
html_copy_source = False
html_show_sourcelink = False

myst_heading_anchors = 4
myst_enable_extensions = ["colon_fence", "deflist"]
copybutton_exclude = ".linenos, .gp, .go"

# A build asks the network for nothing: the inventories are Debian's.
intersphinx_mapping = {
    "python": ("https://docs.python.org/3", "inventories/python.inv"),
    "cffi": ("https://cffi.readthedocs.io/en/stable", "inventories/cffi.inv"),
}

nitpicky = True
nitpick_ignore = [("py:class", "datetime")]  # models import it for type checkers alone
nitpick_ignore_regex = [
    ("py:.*", r"(opentelemetry|prometheus_client)\b[\w.]*"),  # no inventory of theirs is kept
    ("py:class", r"pychrony\._client\.answer\.T"),  # a type variable, which has no page
]

autodoc_member_order = "bysource"
autodoc_default_options = {"members": True}
# What stands between backticks in a docstring leads to its page, where it is a public name.
default_role = "py:obj"

# How help() begins the list of what autodoc shows one by one.
_LISTS = ("Fields, with type and unit:", "Members, with their values:")


def cut_list(*arguments: Any) -> None:
    """Leave out the list at the end of a class's docstring."""
    lines = arguments[-1]
    for number, line in enumerate(lines):
        if line in _LISTS:
            del lines[number:]
            return


def keep_as_code(_app: Sphinx, _env: Any, node: Element, shown: Element) -> Element | None:
    """Show what is between backticks, and is no public name, as it stands."""
    return shown if node.get("reftype") == "obj" else None


def setup(app: Sphinx) -> None:
    """Connect what Sphinx calls."""
    app.connect("autodoc-process-docstring", cut_list)
    app.connect("missing-reference", keep_as_code)
