"""Reads and judges an account: ``python -m benchmarks.plain URL AS_OF FILE``.

FILE gets the rows as JSON. What is printed is the processor time of each stage in seconds, as JSON;
the key is in ``PAGERDUTY_API_KEY``.
"""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Sequence
from datetime import datetime
from itertools import pairwise
from pathlib import Path

from benchmarks.plain.judging import judge
from benchmarks.plain.reading import read

STAGES = ("read", "judge", "report")


def main(arguments: Sequence[str]) -> None:
    """Read, judge, write the rows, and print what each stage took."""
    url, moment, file = arguments
    as_of = datetime.fromisoformat(moment)
    moments = [time.process_time()]
    facts = read(url, os.environ["PAGERDUTY_API_KEY"], as_of)
    moments.append(time.process_time())
    rows = judge(facts, as_of)
    moments.append(time.process_time())
    Path(file).write_text(json.dumps(rows), encoding="utf-8")
    moments.append(time.process_time())
    laps = {name: end - begin for name, (begin, end) in zip(STAGES, pairwise(moments), strict=True)}
    sys.stdout.write(json.dumps(laps) + "\n")


if __name__ == "__main__":
    main(sys.argv[1:])
