"""Run the command line: `python -m pychrony`."""

import sys

from ._cli.main import main

sys.exit(main())
