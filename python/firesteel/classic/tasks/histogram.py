"""Counting elements in buckets."""

import bisect
import math
from collections.abc import Iterable, Sequence
from typing import Any

EVEN_STEPS_DIFFERENCE_MAX = 1e-10


def comparable(element: Any) -> bool:
    """Whether the element has a place in an order: `None` and NaN have not."""
    return element is not None and not (isinstance(element, float) and math.isnan(element))


class Buckets:
    """Buckets between bounds, each from its bound to before the next; the last one has its upper bound too."""

    def __init__(self, bounds: Sequence[Any], width: Any) -> None:
        self.bounds = bounds
        self.width = width

    @classmethod
    def between(cls, bounds: Sequence[Any]) -> "Buckets":
        """Buckets of any widths. Where all are the same, an element's bucket is found by a division."""
        try:
            steps = [high - low for low, high in zip(bounds, bounds[1:])]
        except TypeError:
            return cls(bounds, None)
        if max(steps) - min(steps) < EVEN_STEPS_DIFFERENCE_MAX:
            return cls(bounds, (bounds[-1] - bounds[0]) / len(steps))
        return cls(bounds, None)

    @classmethod
    def even(cls, count: int, low: Any, high: Any) -> "Buckets":
        """So many buckets of the same width; a whole number of it, if that fits."""
        try:
            width = (high - low) / count
        except TypeError as error:
            raise TypeError("Can not generate buckets with non-number in RDD") from error
        if math.isinf(width):
            raise ValueError("Can not generate buckets with infinite value")
        if int(width) * count == high - low:
            width = int(width)
        return cls([*(i * width + low for i in range(count)), high], width)

    def __call__(self, _split: int, elements: Iterable[Any]) -> list[list[int]]:
        """How many elements of a partition are in each bucket."""
        bounds, width = self.bounds, self.width
        low, high = bounds[0], bounds[-1]
        counts = [0] * len(bounds)
        for element in elements:
            if not comparable(element) or element > high or element < low:
                continue
            place = bisect.bisect_right(bounds, element) - 1 if width is None else int((element - low) / width)
            counts[place] += 1
        at_upper_bound = counts.pop()
        counts[-1] += at_upper_bound
        return [counts]
