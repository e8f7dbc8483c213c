"""The horizontal axis: limits, ticks and their labels, on any analysis scale.

Limits and tick positions are on the analysis scale (log for ratios); labels are what people read.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from k2meta.figures.looks.model import Scale

__all__ = ["Axis", "Tick", "choose_axis", "tick_label"]

MINUS = "\N{MINUS SIGN}"
POWERS = str.maketrans("0123456789-", "⁰¹²³⁴⁵⁶⁷⁸⁹⁻")
# Ratio ticks of the field, the densest first (sets inside one another's range; see limits.py).
_FINE = (0.5, 0.67, 0.8, 1.0, 1.25, 1.5, 2.0)
_PROPORTIONS = (
    (0.01, 0.02, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.98, 0.99),
    (0.01, 0.05, 0.1, 0.2, 0.3, 0.5, 0.7, 0.8, 0.9, 0.95, 0.99),
    (0.01, 0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95, 0.99),
    (0.001, 0.01, 0.05, 0.2, 0.5, 0.8, 0.95, 0.99, 0.999),
    (0.001, 0.01, 0.1, 0.5, 0.9, 0.99, 0.999),
    (0.0001, 0.01, 0.5, 0.99, 0.9999),
    (0.5,),
)
_CORRELATIONS = (
    (-0.99, -0.95, -0.9, -0.8, -0.5, 0, 0.5, 0.8, 0.9, 0.95, 0.99),
    (-0.99, -0.9, -0.5, 0, 0.5, 0.9, 0.99),
    (-0.99, -0.9, -0.7, 0, 0.7, 0.9, 0.99),
    (-0.99, -0.9, 0, 0.9, 0.99),
    (-0.9, 0, 0.9),
)
_MOST_TICKS = 9
_LINEAR = math.log(6.0)  # ratio axes shorter than this take ticks in even steps
_EPS = 1e-9


@dataclass(frozen=True, slots=True)
class Tick:
    """A labelled tick: position on the analysis scale and text; a bold one heads a group, without stroke."""

    position: float
    label: str
    bold: bool = False


@dataclass(frozen=True, slots=True)
class Axis:
    """Limits and ticks.

    Attributes
    ----------
    low, high : float
        Limits on the analysis scale.
    ticks : tuple of Tick
        Labelled ticks inside the limits.
    minor : tuple of float
        Short ticks without a label.
    """

    low: float
    high: float
    ticks: tuple[Tick, ...]
    minor: tuple[float, ...] = ()


def tick_label(value: float, decimals: int | None = None) -> str:
    """Write a tick with a true minus sign and no needless zeros.

    Examples
    --------
    >>> tick_label(-0.5), tick_label(100.0), tick_label(1, 2), tick_label(1e-8)
    ('−0.5', '100', '1.00', '10⁻⁸')
    """
    if decimals is None and value > 0 and not 1e-5 <= value < 1e6:
        # decades that would be a line of zeros
        return f"10{str(round(math.log10(value))).translate(POWERS)}"
    if decimals is None:
        text = np.format_float_positional(value, precision=10, trim="-")
    else:
        text = f"{value:.{decimals}f}"
    if float(text) == 0:
        text = text.lstrip("-")
    return text.replace("-", MINUS)


def _nice_steps(span: float) -> Iterable[float]:
    """1-2-5 steps from the densest of use to one wider than the span."""
    exponent = math.floor(math.log10(span)) - 2
    for power in range(exponent, exponent + 5):
        for mantissa in (1.0, 2.0, 5.0):
            yield mantissa * 10.0**power


def _decimals(step: float) -> int:
    return max(0, -math.floor(math.log10(step) + _EPS))


def _apart(ticks: Sequence[Tick], low: float, high: float, fit: _Fit) -> bool:
    """Whether the labels keep one em between them."""
    scale = fit.width / (high - low)
    end = -math.inf
    for tick in ticks:
        half = fit.label_width(tick.label) / 2
        centre = (tick.position - low) * scale
        if centre - half < end + fit.em - _EPS:
            return False
        end = centre + half
    return True


@dataclass(frozen=True, slots=True)
class _Fit:
    """The room for labels: plot width and type size in pt, and a way to measure a label."""

    width: float
    em: float
    label_width: Callable[[str], float]


def choose_axis(
    low: float,
    high: float,
    scale: Scale,
    *,
    width: float,
    em: float,
    label_width: Callable[[str], float],
    fixed: bool = False,
    ticks: Sequence[float] | None = None,
) -> Axis:
    """Limits and ticks for a plot.

    Parameters
    ----------
    low, high : float
        What must be shown, on the analysis scale.
    scale : Scale
    width : float
        Plot width in pt.
    em : float
        Type size in pt; labels stand at least this far apart.
    label_width : callable
        Width of a label in pt.
    fixed : bool
        Keep the limits as they are (they are the reader's own).
    ticks : sequence of float, optional
        Ticks on the natural scale, instead of chosen ones.

    Returns
    -------
    Axis
        The densest set of ticks whose labels keep apart. No effect is always among them.
    """
    fit = _Fit(width, em, label_width)
    if ticks is not None:
        return _given(low, high, scale, ticks, fixed)
    if scale.kind == "log":
        return _log_axis(low, high, fit, fixed)
    if scale.kind == "identity":
        return _linear_axis(low, high, scale, fit, fixed)
    return _curved_axis(low, high, scale, fit, fixed)


def _given(low: float, high: float, scale: Scale, ticks: Sequence[float], fixed: bool) -> Axis:
    natural = np.sort(np.asarray(ticks, dtype=float))
    positions = scale.to_analysis(natural)
    pairs = [
        Tick(float(p), tick_label(float(v)))
        for p, v in zip(positions, natural, strict=True)
        if math.isfinite(p)
    ]
    if not fixed and pairs:
        low, high = min(low, pairs[0].position), max(high, pairs[-1].position)
    return Axis(low, high, tuple(t for t in pairs if low - _EPS <= t.position <= high + _EPS))


# --------------------------------------------------------------------------- differences
def _linear_axis(low: float, high: float, scale: Scale, fit: _Fit, fixed: bool) -> Axis:
    for step in _nice_steps(high - low):
        for ends in [(low, high)] if fixed else _snap_linear(low, high, step, _natural_bounds(scale)):
            start, stop = math.ceil(ends[0] / step - _EPS), math.floor(ends[1] / step + _EPS)
            if not 2 <= stop - start + 1 <= _MOST_TICKS:
                continue
            values = [n * step for n in range(start, stop + 1)]
            ticks = tuple(Tick(v, tick_label(v, _decimals(step))) for v in values)
            if _apart(ticks, *ends, fit):
                whole = abs((ends[1] - ends[0]) - (stop - start) * step) < _EPS * step
                return Axis(*ends, ticks, () if whole or fixed else _between(ends, step, values))
    return Axis(low, high, tuple(_null_tick(scale, low, high)))


def _finer(step: float) -> float:
    """Step of the ticks without a label between those of a 1-2-5 step."""
    mantissa = round(step / 10.0 ** math.floor(math.log10(step) + _EPS))
    return step / {1: 5, 2: 4, 5: 5}[mantissa]


def _snap_linear(
    low: float, high: float, step: float, bounds: tuple[float, float]
) -> list[tuple[float, float]]:
    """Limits to try: labelled ticks, after the finer ones between them where those save much room."""
    tries = []
    for grid in (step, _finer(step)):
        ends = (math.floor(low / grid + _EPS) * grid, math.ceil(high / grid - _EPS) * grid)
        tries.append((max(ends[0], min(bounds[0], low)), min(ends[1], max(bounds[1], high))))
    return tries[:1] if tries[0][1] - tries[0][0] <= 1.3 * (high - low) else tries[::-1]


def _between(ends: tuple[float, float], step: float, labelled: Sequence[float]) -> tuple[float, ...]:
    grid = _finer(step)
    start, stop = math.ceil(ends[0] / grid - _EPS), math.floor(ends[1] / grid + _EPS)
    values = (n * grid for n in range(start, stop + 1))
    return tuple(v for v in values if all(abs(v - w) > 1e-6 * step for w in labelled))


def _natural_bounds(scale: Scale) -> tuple[float, float]:
    return (float(scale.bounds[0]), float(scale.bounds[1]))


def _null_tick(scale: Scale, low: float, high: float) -> list[Tick]:
    if scale.null is None or not low <= scale.null <= high:
        return []
    natural = float(scale.to_natural(np.array([scale.null]))[0])
    return [Tick(scale.null, tick_label(natural))]


# --------------------------------------------------------------------------- ratios
def _decade_ticks(low: float, high: float, mantissas: Sequence[float], every: int = 1) -> list[float]:
    start, stop = math.floor(low / math.log(10)) - 1, math.ceil(high / math.log(10)) + 1
    return [m * 10.0**n for n in range(start, stop + 1) if n % every == 0 for m in mantissas]


def _log_sets(low: float, high: float) -> Iterable[tuple[list[float], bool]]:
    """Candidate ticks on the natural scale, the densest first, and whether all limits must be among them."""
    a, b = math.exp(low), math.exp(high)
    if a > 0.45 and b < 2.2 and b / a > 1.8:
        yield list(_FINE), True
    if high - low < _LINEAR:
        for step in _nice_steps(b - a):
            start, stop = math.floor(a / step) - 1, math.ceil(b / step) + 1
            values = [n * step for n in range(max(start, 1), stop + 1)]
            with_null = any(abs(v - 1) < _EPS for v in values) or not low <= 0 <= high
            if 3 <= len(values) <= _MOST_TICKS + 3 and with_null:
                yield values, True
    yield _decade_ticks(low, high, (1.0, 2.0, 5.0)), False
    yield sorted({*_decade_ticks(low, high, (1.0,)), 0.5, 2.0}), False
    for every in (1, 2, 3, 4, 5, 10, 20, 50, 100):
        yield _decade_ticks(low, high, (1.0,), every), False


def _snap_log(low: float, high: float, values: Sequence[float], even: bool) -> tuple[float, float]:
    """Outward to a labelled tick; to a tick at 1, 2 ... 9 where the labelled one would waste room."""
    logs = [math.log(v) for v in values]
    fine = logs if even else [math.log(v) for v in _decade_ticks(low, high, range(1, 10))]
    # a decade may cost more room than a tick of a denser set
    spare = (0.15 if logs == fine or len(logs) < len(fine) / 4 else 0.08) * (high - low)
    below = [max((p for p in grid if p <= low + _EPS), default=low) for grid in (logs, fine)]
    above = [min((p for p in grid if p >= high - _EPS), default=high) for grid in (logs, fine)]
    return (
        below[0] if low - below[0] <= spare else below[1],
        above[0] if above[0] - high <= spare else above[1],
    )


def _log_axis(low: float, high: float, fit: _Fit, fixed: bool) -> Axis:
    for values, even in _log_sets(low, high):
        ends = (low, high) if fixed else _snap_log(low, high, values, even)
        inside = [v for v in values if ends[0] - _EPS <= math.log(v) <= ends[1] + _EPS]
        if len(inside) > _MOST_TICKS + 2:
            continue
        enough = len(inside) >= 3 or (ends[1] - ends[0] > math.log(60) and len(inside) >= 2)
        enough = enough and _on_both_sides(inside, *ends)
        if even and not low <= 0 <= high:  # rates and means: no end of a third or more without a label
            bare = 0.35 * (ends[1] - ends[0])
            reached = bool(inside) and math.log(inside[0]) - ends[0] <= bare
            enough = enough and reached and ends[1] - math.log(inside[-1]) <= bare
        ticks = tuple(Tick(math.log(v), tick_label(float(f"{v:.12g}"))) for v in inside)
        if enough and _apart(ticks, *ends, fit):
            return Axis(*ends, ticks, () if even else _log_minor(*ends, inside))
    # a plot too narrow for three labels keeps the null and what stands clear of it
    values = _decade_ticks(low, high, (1.0, 2.0, 5.0))
    ends = (low, high) if fixed else _snap_log(low, high, values, False)
    inside = [v for v in values if ends[0] - _EPS <= math.log(v) <= ends[1] + _EPS]
    kept = _thin([Tick(math.log(v), tick_label(float(f"{v:.12g}"))) for v in inside], 0.0, ends, fit)
    return Axis(*ends, tuple(kept), _log_minor(*ends, inside))


def _on_both_sides(values: Sequence[float], low: float, high: float) -> bool:
    """Whether a side of 1 that takes a fifth of the axis or more has a label, too."""
    share = 0.2 * (high - low)
    return (min(values) < 1 or -low < share) and (max(values) > 1 or high < share)


def _log_minor(low: float, high: float, labelled: Sequence[float]) -> tuple[float, ...]:
    if high - low > math.log(1e5):
        return ()
    known = [math.log(v) for v in labelled]
    grid = (math.log(v) for v in _decade_ticks(low, high, range(1, 10)))
    return tuple(p for p in grid if low - _EPS <= p <= high + _EPS and all(abs(p - q) > _EPS for q in known))


def _thin(ticks: list[Tick], anchor: float | None, ends: tuple[float, float], fit: _Fit) -> list[Tick]:
    """Keep the anchor, then the outermost ticks, then any other, while labels stay apart."""
    if not ticks:
        return []
    first = min(ticks, key=lambda t: abs(t.position - (anchor if anchor is not None else ends[0])))
    kept = [first]
    for tick in [ticks[0], ticks[-1], *ticks]:
        trial = sorted({*kept, tick}, key=lambda t: t.position)
        if _apart(trial, *ends, fit):
            kept = trial
    return kept


# --------------------------------------------------------------------------- logit, Fisher z, arcsine ...
def _curved_sets(scale: Scale, a: float, b: float) -> Iterable[tuple[list[float], int | None]]:
    if scale.kind == "fisher-z" and max(-a, b) > 0.85:
        yield from ((list(group), None) for group in _CORRELATIONS)
    if scale.kind == "logit" and (a < 0.04 or b > 0.96) and b - a > 0.2:
        for group in _PROPORTIONS:
            yield list(group), None
    for step in _nice_steps(max(b - a, 1e-12)):
        start, stop = math.floor(a / step + _EPS), math.ceil(b / step - _EPS)
        if stop - start + 1 <= _MOST_TICKS + 2:
            yield [n * step for n in range(start, stop + 1)], _decimals(step)
    if a > 0 and b > 2 * a:  # small proportions and rates: 0.02, 0.05, 0.1
        for mantissas in ((1.0, 2.0, 5.0), (1.0, 3.0), (1.0,)):
            yield _decade_ticks(math.log(a), math.log(b), mantissas), None


def _curved_axis(low: float, high: float, scale: Scale, fit: _Fit, fixed: bool) -> Axis:
    a, b = (float(v) for v in scale.to_natural(np.array([low, high])))
    first, last = _natural_bounds(scale)
    best: Axis | None = None
    pair: Axis | None = None
    for values, decimals in _curved_sets(scale, a, b):
        natural = np.array([v for v in values if first - _EPS <= v <= last + _EPS])
        with np.errstate(all="ignore"):
            positions = scale.to_analysis(np.clip(natural, first, last))
        pairs = [
            Tick(float(p), tick_label(float(v), decimals))
            for p, v in zip(positions, natural, strict=True)
            if math.isfinite(p)
        ]
        ends = (low, high)
        if not fixed and pairs:
            ends = _snap(low, high, [t.position for t in pairs])
        inside = tuple(t for t in pairs if ends[0] - _EPS <= t.position <= ends[1] + _EPS)
        if not inside:
            continue
        if best is None:
            best = Axis(*ends, tuple(_thin(list(inside), scale.null, ends, fit)))
        if len(inside) >= 2 and _apart(inside, *ends, fit):
            if len(inside) > 2:
                return Axis(*ends, inside)
            pair = pair or Axis(*ends, inside)
    return pair or best or Axis(low, high, tuple(_null_tick(scale, low, high)))


def _snap(low: float, high: float, positions: Sequence[float]) -> tuple[float, float]:
    """Outward to a tick where one stands within 15 % of the range."""
    spare, margin = 0.15 * (high - low), 0.02 * (high - low)
    below = max((p for p in positions if p <= low + _EPS), default=-math.inf)
    above = min((p for p in positions if p >= high - _EPS), default=math.inf)
    return (
        below if low - below <= spare else low - margin,
        above if above - high <= spare else high + margin,
    )
