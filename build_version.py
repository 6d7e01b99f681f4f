"""Hatchling's metadata hook that refuses a version which nobody could rely on.

The version is hatch-vcs's: of git's tags, "0.0.0" where there is no git, and "0.0.1.devN+gCOMMIT",
which is below every release, where no tag is there. A shallow clone gives that too, although the
project has tags.
"""

from __future__ import annotations

import os
import subprocess
from pathlib import Path
from typing import Any

from hatchling.metadata.plugin.interface import MetadataHookInterface

OVERRIDES = ("SETUPTOOLS_SCM_PRETEND_VERSION_FOR_PYCHRONY", "SETUPTOOLS_SCM_PRETEND_VERSION")


def is_shallow(root: str) -> bool:
    """Ask git whether it has the last commits alone. Where `root` is in no git it has nothing."""
    # With its folder named, git minds no other owner, as of a tree that a container is given.
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
