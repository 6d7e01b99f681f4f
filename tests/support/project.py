"""The addresses of the project, which pyproject.toml has. Python 3.10 knows no TOML."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
URLS = dict(
    re.findall(r'^(\w+) = "(https://[^"]+)"$', (ROOT / "pyproject.toml").read_text(), re.MULTILINE)
)
