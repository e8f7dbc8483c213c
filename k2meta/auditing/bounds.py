"""Interval arithmetic on printed numbers: everything that rounds to the print, and nothing else.

Each quantity here is monotone in each printed number (on a sign-definite box), so that its exact
range over all values that round to the print is found by evaluating the corners of the box.
``scale`` is ``"log"`` for ratios, ``"difference"`` for differences, and
``"ratio"`` for a ratio whose interval was made on the natural scale, where no effect is 1.
"""

from __future__ import annotations

import itertools
import math

from k2meta.auditing.digits import PrintedNumber, PrintedP
from k2meta.kernels.distributions import normal_ppf, normal_two_sided, t_ppf, t_two_sided

__all__ = [
    "Bounds",
    "centre_bounds",
    "implied_interval",
    "mirror_bounds",
    "overlap",
    "p_bounds",
    "t_degrees",
    "z_bounds",
]

Bounds = tuple[float, float]


def _transform(value: float, scale: str) -> float:
    """Put a value where no effect is 0."""
    if scale == "log":
        return math.log(value) if value > 0.0 else -math.inf
    return value - 1.0 if scale == "ratio" else value


def _box(number: PrintedNumber, scale: str) -> Bounds:
    return _transform(number.low, scale), _transform(number.high, scale)


def _back(value: float, scale: str) -> float:
    if scale == "log":
        return math.exp(value)
    return value + 1.0 if scale == "ratio" else value


def overlap(first: Bounds, second: Bounds) -> bool:
    """Whether two closed ranges share a value (1e-12 relative slack for representation).

    Examples
    --------
    >>> overlap((0.0002, 0.00066), (0.0025, 0.0035))
    False
    """
    slack = 1e-12 * max(abs(first[0]), abs(first[1]), abs(second[0]), abs(second[1]))
    return first[0] <= second[1] + slack and second[0] <= first[1] + slack


def centre_bounds(low: PrintedNumber, high: PrintedNumber, scale: str) -> Bounds:
    """Range of the centre of an interval, on the natural scale (geometric for ratios)."""
    (low0, low1), (high0, high1) = _box(low, scale), _box(high, scale)
    return _back((low0 + high0) / 2.0, scale), _back((low1 + high1) / 2.0, scale)


def mirror_bounds(estimate: PrintedNumber, limit: PrintedNumber, scale: str) -> Bounds:
    """Range of the other limit of an interval that is symmetric round its estimate."""
    (centre0, centre1), (limit0, limit1) = _box(estimate, scale), _box(limit, scale)
    return _back(2.0 * centre0 - limit1, scale), _back(2.0 * centre1 - limit0, scale)


def _ratio_bounds(
    estimate: PrintedNumber | None, low: PrintedNumber, high: PrintedNumber, scale: str
) -> Bounds:
    """Range of |estimate| / half-width of the interval."""
    (low0, low1), (high0, high1) = _box(low, scale), _box(high, scale)
    ratios = []
    for lower, upper in itertools.product((low0, low1), (high0, high1)):
        half = (upper - lower) / 2.0
        centre = (upper + lower) / 2.0
        centres = (centre,) if estimate is None else _box(estimate, scale)
        for value in centres:
            if math.isinf(half):
                ratios.append(0.0)
            else:
                ratios.append(value / half if half > 0.0 else math.copysign(math.inf, value))
    crosses = min(ratios) < 0.0 < max(ratios)
    sizes = [abs(ratio) for ratio in ratios]
    return (0.0 if crosses else min(sizes)), max(sizes)


def z_bounds(
    estimate: PrintedNumber | None,
    low: PrintedNumber,
    high: PrintedNumber,
    scale: str,
    level: float = 0.95,
) -> Bounds:
    """Range of |Z| that an estimate and its interval allow (the interval's centre if None).

    Z = estimate / SE with SE = (high - low) / (2 z), all on the analysis scale.
    """
    critical = float(normal_ppf(0.5 + level / 2.0))
    least, most = _ratio_bounds(estimate, low, high, scale)
    return least * critical, most * critical


def p_bounds(z: Bounds) -> Bounds:
    """Range of the two-sided normal P value for a range of |Z|."""
    return float(normal_two_sided(z[1])), float(normal_two_sided(z[0]))


def t_degrees(
    estimate: PrintedNumber | None,
    low: PrintedNumber,
    high: PrintedNumber,
    scale: str,
    printed: PrintedP,
    level: float = 0.95,
) -> Bounds | None:
    """Degrees of freedom (1 to 200) with which a t interval would give the printed P value.

    None where no t interval of that width has such a P value.
    """
    least, most = _ratio_bounds(estimate, low, high, scale)
    fitting = []
    for df in range(1, 201):
        critical = float(t_ppf(0.5 + level / 2.0, df))
        allowed = (float(t_two_sided(most * critical, df)), float(t_two_sided(least * critical, df)))
        if overlap(allowed, (printed.low, printed.high)):
            fitting.append(df)
    return (fitting[0], fitting[-1]) if fitting else None


def implied_interval(
    estimate: PrintedNumber, p: PrintedP, scale: str, level: float = 0.95
) -> tuple[Bounds, Bounds] | None:
    """Ranges of the limits that an estimate and an exact P value imply (normal); None if open."""
    if not p.exact or p.high >= 1.0 or p.low <= 0.0:
        return None
    critical = float(normal_ppf(0.5 + level / 2.0))
    statistics = [-float(normal_ppf(value / 2.0)) for value in (p.low, p.high)]
    lows, highs = [], []
    for value, z in itertools.product(_box(estimate, scale), statistics):
        if math.isinf(value):
            return None
        half = critical * abs(value) / z
        lows.append(_back(value - half, scale))
        highs.append(_back(value + half, scale))
    return (min(lows), max(lows)), (min(highs), max(highs))
