"""How a cost grows: a power law through measured points."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

Point = tuple[float, float]


@dataclass(frozen=True)
class PowerLaw:
    """``y = factor * x ** exponent``."""

    factor: float
    exponent: float

    def __call__(self, x: float) -> float:
        return float(self.factor * x**self.exponent)


def fitted(points: Sequence[Point]) -> PowerLaw:
    """Return the power law nearest to *points*: least squares over both logarithms.

    Raises:
        ValueError: There are fewer than two different x, or one value is not positive.
    """
    if len({x for x, _ in points}) < 2:  # noqa: PLR2004 - two points make a line
        raise ValueError("a curve needs two points of different size")
    logs = [(math.log(x), math.log(y)) for x, y in points]
    middle_x = sum(x for x, _ in logs) / len(logs)
    middle_y = sum(y for _, y in logs) / len(logs)
    spread = sum((x - middle_x) ** 2 for x, _ in logs)
    exponent = sum((x - middle_x) * (y - middle_y) for x, y in logs) / spread
    return PowerLaw(math.exp(middle_y - exponent * middle_x), exponent)
