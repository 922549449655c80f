"""``python -m pdsec_checks``: the command under its other name."""

import os
import sys

# Python puts the working folder first: a pytest.py in it would be imported, or a pathlib.py
if not sys.flags.safe_path and sys.path[:1] == [os.getcwd()]:  # noqa: PTH109
    del sys.path[0]

from pdsec_checks.cli import main

sys.exit(main())
