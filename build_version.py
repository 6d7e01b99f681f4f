"""Hatchling's metadata hook that stops a build from a shallow clone.

hatch-vcs makes the version of git's tags. It is 0.0.0 where there is no git, and where there are no
tags 0.0.1.devN+gCOMMIT, below every release. A shallow clone would get that too, although the
project has tags.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

from hatchling.metadata.plugin.interface import MetadataHookInterface

OVERRIDES = ("SETUPTOOLS_SCM_PRETEND_VERSION_FOR_PYCHRONY", "SETUPTOOLS_SCM_PRETEND_VERSION")


def is_shallow(root: str) -> bool:
    """Ask git whether the clone at `root` holds its last commits alone. An sdist is no clone."""
    if shutil.which("git") is None:
        return False
    # Where its folder is named git minds no other owner, as of a tree that a container is given.
    command = ["git", "--git-dir", str(Path(root) / ".git"), "rev-parse", "--is-shallow-repository"]
    return subprocess.run(command, capture_output=True, text=True).stdout == "true\n"


class VersionHook(MetadataHookInterface):
    """Stops a build from a shallow clone, unless its last commit is a release."""

    def update(self, metadata: dict[str, Any]) -> None:
        """Raise SystemExit where the version is a guess."""
        is_given = any(name in os.environ for name in OVERRIDES)
        if not is_given and ".dev" in metadata["version"] and is_shallow(self.root):
            raise SystemExit(
                "This clone is shallow, and lacks the tags that tell pychrony's version: run "
                "'git fetch --unshallow --tags' in it, or set the version, as in "
                f"{OVERRIDES[0]}=0.0.0"
            )
