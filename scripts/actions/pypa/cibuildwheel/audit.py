"""Audit a wheel as cibuildwheel does, by its own code and with this project's settings.

python audit.py BUILD WHEEL
"""

import os
import sys
import tempfile
from dataclasses import replace
from pathlib import Path

from cibuildwheel.audit import run_audit
from cibuildwheel.options import CommandLineArguments, compute_options

build, wheel = sys.argv[1:]
arguments = replace(CommandLineArguments.defaults(), only=build)
options = compute_options("linux", arguments, os.environ)
with tempfile.TemporaryDirectory() as folder:
    run_audit(tmp_dir=Path(folder), build_options=options.build_options(build), wheel=Path(wheel))
