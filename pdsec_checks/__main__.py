"""``python -m pdsec_checks``: the command under its other name."""

import sys

from pdsec_checks.cli import main

sys.exit(main())
