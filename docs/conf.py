"""The documentation site, made by Sphinx: scripts/docs builds it."""

from __future__ import annotations

import os
import re
from dataclasses import fields, is_dataclass
from importlib.metadata import metadata
from inspect import getdoc
from typing import Any

from docutils.nodes import Element
from sphinx.application import Sphinx
from sphinx.domains.python import PyXRefRole

import pychrony

_metadata = metadata("pychrony")
_addresses = dict(each.split(", ", 1) for each in _metadata.get_all("Project-URL", []))

project = "pychrony"
author = "the pychrony authors"
project_copyright = author
version = release = _metadata["Version"]

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
html_baseurl = os.environ.get("READTHEDOCS_CANONICAL_URL", _addresses["Documentation"])
html_copy_source = False
html_show_sourcelink = False
html_theme_options = {
    "source_repository": _addresses["Homepage"],
    "source_branch": "main",
    "source_directory": "docs/",
}

myst_heading_anchors = 4
myst_enable_extensions = ["colon_fence", "deflist"]
copybutton_exclude = ".linenos, .gp, .go"

# A build asks the network for nothing: the inventories are Debian's.
intersphinx_mapping = {
    "python": ("https://docs.python.org/3", "inventories/python.inv"),
    "cffi": ("https://cffi.readthedocs.io/en/stable", "inventories/cffi.inv"),
}

nitpicky = True
nitpick_ignore = [
    ("py:class", "datetime"),  # models import it for type checkers alone
    ("py:class", "App"),  # ASGI's
    ("py:class", "T"),  # a type variable
    ("py:class", "pychrony._client.answer.T"),
    ("py:class", "Address"),  # a type, which Sphinx 8 does not take for a class
    ("py:class", "pychrony.Address"),
    ("py:class", "Threshold"),  # a limit, which the page of the judgment explains
]
nitpick_ignore_regex = [
    ("py:.*", r"(opentelemetry|prometheus_client)\b[\w.]*"),  # no inventory of theirs is kept
]

autodoc_member_order = "bysource"
autodoc_default_options = {"members": True}
autodoc_type_aliases = {"Address": "pychrony.Address", "Threshold": "Threshold", "App": "App"}
python_use_unqualified_type_names = True
python_maximum_signature_line_length = 88
# What stands between backticks in a docstring leads to its page, where it is a public name.
default_role = "py:name"

# How help() begins the list of what autodoc shows one by one.
_LISTS = ("Fields, with type and unit:", "Members, with their values:")
# What is the same for many classes is described at one of them.
_SHARED = {"to_dict": "pychrony.TrackingStatus", "is_known": "pychrony.LeapStatus"}
_UNITS = {"s": "In seconds.", "ppm": "In ppm."}


class NameRole(PyXRefRole):
    """A public name, or any other code: `get_tracking()`, `chronyc tracking`."""

    def process_link(
        self, env: Any, refnode: Element, has_explicit_title: bool, title: str, target: str
    ) -> tuple[str, str]:
        """Look for it as for an object, without its parentheses."""
        refnode["reftype"] = "obj"
        refnode["may_be_code"] = True
        if not re.search(r"\w", target):  # chronyc's "~" is no sign of a short title
            return title, target
        target = target.removesuffix("()")
        return super().process_link(env, refnode, has_explicit_title, title, target)


def keep_code(_app: Sphinx, _env: Any, node: Element, shown: Element) -> Element | None:
    """Show what is between backticks, and is no public name, as it stands."""
    return shown if node.get("may_be_code") else None


def change_docstring(
    _app: Sphinx, what: str, name: str, value: Any, _options: Any, lines: list[str]
) -> None:
    """Show each thing once: what help() repeats is left out."""
    class_name, _, member = name.rpartition(".")
    if what in ("class", "exception"):
        _cut_list(lines)
        _add_targets(name, value, lines)
    elif class_name in ("pychrony.ChronyConnection", "pychrony.AsyncChronyConnection"):
        _refer(class_name, member, lines)
    elif what == "attribute":
        _add_unit(class_name, member, lines)


def _cut_list(lines: list[str]) -> None:
    """Leave out the list at the end of a class's docstring."""
    for head in _LISTS:
        if head in lines:
            del lines[lines.index(head) :]


def _add_targets(name: str, class_: Any, lines: list[str]) -> None:
    """Let links lead here to what is described at another class."""
    for method, described_at in _SHARED.items():
        if hasattr(class_, method) and name != described_at:
            lines += ["", f".. py:method:: {method}", "   :no-typesetting:", ""]


def _refer(class_name: str, member: str, lines: list[str]) -> None:
    """Leave what a method has in common with another, or with its function, to that."""
    if hasattr(pychrony, member):
        other = f"`pychrony.{member}`"
    elif class_name == "pychrony.AsyncChronyConnection":
        other = f"`ChronyConnection.{member}`"
    else:
        return
    end = lines.index("") if "" in lines else len(lines)
    lines[end:] = ["", f"See {other}.", ""]


def _add_unit(class_name: str, member: str, lines: list[str]) -> None:
    class_ = getattr(pychrony, class_name.removeprefix("pychrony."), None)
    if class_ is not None and is_dataclass(class_):
        [unit] = [f.metadata.get("unit") for f in fields(class_) if f.name == member]
        if unit:
            lines[:] = [*(line for line in lines if line), _UNITS[unit], ""]


def hide_shared(
    _app: Sphinx, _what: str, name: str, _value: Any, _skip: bool, _options: Any
) -> bool | None:
    """Leave out what is described at another class."""
    return name.rpartition(".")[2] in _SHARED or None


def change_signature(
    _app: Sphinx, what: str, _name: str, value: Any, _options: Any, *signature: str | None
) -> tuple[str, str | None] | None:
    """Show the arguments of a class only where its docstring explains them."""
    arguments, returned = signature
    if what in ("class", "exception") and "Args:" not in (getdoc(value) or ""):
        return "", returned
    if arguments is None:
        return None
    # Sphinx does not see an alias within another type.
    return re.sub(r"TypeAliasForwardRef\('(.+?)'\)", r"\1", arguments), returned


def setup(app: Sphinx) -> None:
    """Connect what Sphinx calls."""
    app.add_role_to_domain("py", "name", NameRole())
    app.connect("autodoc-process-docstring", change_docstring, priority=400)  # before napoleon
    app.connect("autodoc-process-signature", change_signature)
    app.connect("autodoc-skip-member", hide_shared)
    app.connect("missing-reference", keep_code)
