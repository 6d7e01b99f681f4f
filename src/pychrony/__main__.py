"""Run the command line: `python -m pychrony`."""

import sys

from ._cli import main

sys.exit(main())
