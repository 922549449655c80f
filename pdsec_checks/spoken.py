"""Standard error: where a run speaks to people, whether or not they still listen."""

from __future__ import annotations

import os
import sys


def say(text: str) -> None:
    """Print on standard error; a reader that went away, such as ``head``, stops no inspection."""
    try:
        sys.stderr.write(text)
        sys.stderr.flush()
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stderr.fileno())
