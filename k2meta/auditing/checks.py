"""The checks on one printed result: whether its numbers agree with each other."""

from __future__ import annotations

import math
from dataclasses import dataclass

from k2meta.auditing.bounds import (
    SCALES,
    Bounds,
    centre_bounds,
    implied_interval,
    mirror_bounds,
    overlap,
    p_bounds,
    t_degrees,
    z_bounds,
)
from k2meta.auditing.digits import PrintedNumber, PrintedP
from k2meta.auditing.published import PublishedResult
from k2meta.auditing.verdicts import AuditRow
from k2meta.tables.numbers import format_significant

__all__ = ["check_result"]

UNKNOWN: Bounds = (math.nan, math.nan)
TOO_COARSE: Bounds = (1e-6, 0.99)  # an interval that allows P values from below to above says nothing


@dataclass(frozen=True, slots=True)
class _Finding:
    """One verdict before it is put beside the result's labels."""

    quantity: str
    printed: str
    recomputed: Bounds
    convention: str
    verdict: str
    note: str = ""


def _convention(scale: str) -> str:
    return f"normal, {SCALES[scale]}"


def _span(bounds: Bounds, digits: int = 2) -> str:
    first, last = (format_significant(value, digits) for value in bounds)
    return first if first == last else f"{first} to {last}"


def _agree(printed: Bounds, recomputed: Bounds) -> str:
    return "consistent" if overlap(printed, recomputed) else "contradicted"


def _assumption(*numbers: PrintedNumber | None) -> str:
    widened = [number for number in numbers if number is not None and number.assumed]
    if not widened:
        return ""
    seen = ", ".join(f"{number.text} read as {number.shown}" for number in widened)
    return f"precision assumed from the numbers beside it: {seen}"


def _joined(*notes: str) -> str:
    return "; ".join(note for note in notes if note)


def _scale(result: PublishedResult) -> tuple[str, str, bool]:
    """Choose the scale on which the interval is centred: ``(scale, note, centred)``."""
    estimate, low, high = result.estimate, result.ci_low, result.ci_high
    scales: tuple[str, ...] = ("log", "ratio") if result.is_ratio else ("difference",)
    if estimate is None or low is None or high is None:
        return scales[0], "", True
    printed = (estimate.low, estimate.high)
    fits = [scale for scale in scales if overlap(printed, centre_bounds(low, high, scale))]
    if not fits:
        centres = " and ".join(f"{_span(centre_bounds(low, high, s), 3)} ({SCALES[s]})" for s in scales)
        return scales[0], f"the interval is centred on {centres}, not on the printed estimate", False
    if fits[0] == scales[0]:
        return fits[0], "", True
    other = _span(centre_bounds(low, high, "log"), 3)
    return (
        fits[0],
        f"interval symmetric on the natural scale, not on the log scale (centre there {other})",
        True,
    )


def _interval_findings(result: PublishedResult, scale: str, note: str, centred: bool) -> list[_Finding]:
    """Judge the estimate against its interval and each limit against the other."""
    estimate, low, high = result.estimate, result.ci_low, result.ci_high
    if estimate is not None and low is not None and high is not None:
        verdict = "consistent" if centred else "contradicted"
        convention = f"symmetric, {SCALES[scale]}"
        note = _joined(note, _assumption(estimate, low, high))
        return [
            _Finding("estimate", estimate.shown, centre_bounds(low, high, scale), convention, verdict, note),
            _Finding("ci_low", low.shown, mirror_bounds(estimate, high, scale), convention, verdict, note),
            _Finding("ci_high", high.shown, mirror_bounds(estimate, low, scale), convention, verdict, note),
        ]
    named = (("estimate", estimate), ("lower limit", low), ("upper limit", high))
    lacking = " and ".join(name for name, number in named if number is None)
    reason = "no interval printed" if low is None and high is None else f"{lacking} not printed"
    return [
        _Finding(name, number.shown, UNKNOWN, "", "not checkable", _joined(reason, _assumption(number)))
        for name, number in (("estimate", estimate), ("ci_low", low), ("ci_high", high))
        if number is not None
    ]


def _order_problem(result: PublishedResult) -> str:
    """Say why the interval cannot be one, or cannot hold its estimate; empty when it can."""
    estimate, low, high = result.estimate, result.ci_low, result.ci_high
    if low is not None and high is not None and low.low > high.high:
        return f"the limits are reversed: {low.shown} is above {high.shown}"
    if estimate is not None and low is not None and estimate.high < low.low:
        return f"an interval from {low.shown} cannot contain its estimate {estimate.shown}"
    if estimate is not None and high is not None and estimate.low > high.high:
        return f"an interval up to {high.shown} cannot contain its estimate {estimate.shown}"
    if result.is_ratio and any(number is not None and number.high <= 0.0 for number in (estimate, low, high)):
        return "a ratio is never zero or negative"
    return ""


def _t_note(result: PublishedResult, scale: str, printed: PrintedP) -> str:
    """Say whether a t interval (Hartung-Knapp) would explain a P value that a normal one does not."""
    if result.ci_low is None or result.ci_high is None:
        return ""
    found = t_degrees(result.estimate, result.ci_low, result.ci_high, scale, printed, result.level)
    if found is None:
        return "no t interval (Hartung-Knapp) of this width has that P value either"
    first, last = int(found[0]), int(found[1])
    df = (
        f"{first} df (k = {first + 1})"
        if first == last
        else f"{first} to {last} df (k = {first + 1} to {last + 1})"
    )
    return f"only a t interval (Hartung-Knapp) with {df} would have that P value"


def _p_from_interval(result: PublishedResult, scale: str) -> list[_Finding]:
    """Judge the P value against the estimate and its interval."""
    low, high = result.ci_low, result.ci_high
    if low is None or high is None:
        return []
    z = z_bounds(result.estimate, low, high, scale, result.level)
    allowed = p_bounds(z)
    basis = "" if result.estimate is not None else "estimate not printed: the centre of the interval is used"
    convention = f"from the interval, {_convention(scale)}"
    findings = []
    if result.p is None:
        note = _joined("no P value printed; this is what the interval implies", basis)
        findings.append(_Finding("p", result.p_text, allowed, convention, "not checkable", note))
    elif result.p.exact or result.p.high < 1.0 or result.p.low > 0.0:
        verdict = _agree((result.p.low, result.p.high), allowed)
        note = ""
        if allowed[0] < TOO_COARSE[0] and allowed[1] > TOO_COARSE[1]:
            verdict, note = "not checkable", "the interval is rounded too coarsely to exclude any P value"
        elif verdict == "contradicted":
            note = _joined(
                f"P = {result.p.text} stands for {_span((result.p.low, result.p.high))}, "
                f"the interval allows {_span(allowed)}",
                _t_note(result, scale, result.p),
            )
        findings.append(_Finding("p", result.p.text, allowed, convention, verdict, _joined(note, basis)))
    printed_z = _printed_z(result)
    if printed_z is not None:
        size = (abs(printed_z.value) - printed_z.half_unit, abs(printed_z.value) + printed_z.half_unit)
        if math.isinf(z[1]):
            note = "the interval is rounded too coarsely to exclude any Z"
            findings.append(_Finding("z", printed_z.text, z, convention, "not checkable", note))
        else:
            findings.append(_Finding("z", printed_z.text, z, convention, _agree(size, z), basis))
    return findings


def _printed_z(result: PublishedResult) -> PrintedNumber | None:
    if result.z is not None:
        return result.z
    return None if result.p is None else result.p.z


def _p_from_z(result: PublishedResult) -> list[_Finding]:
    """Judge the P value against the printed Z statistic."""
    z = _printed_z(result)
    if z is None or result.p is None:
        return []
    allowed = p_bounds((max(0.0, abs(z.value) - z.half_unit), abs(z.value) + z.half_unit))
    verdict = _agree((result.p.low, result.p.high), allowed)
    note = ""
    if verdict == "contradicted":
        note = f"Z {z.text} has P {_span(allowed)}, not {_span((result.p.low, result.p.high))}"
    return [_Finding("p", result.p.text, allowed, "from the printed Z, normal", verdict, note)]


def _p_alone(result: PublishedResult, scale: str) -> list[_Finding]:
    """Say what can be said without an interval: which one the estimate and P imply."""
    if result.p_text and result.p is None:
        return [_Finding("p", result.p_text, UNKNOWN, "", "not checkable", "not read as a P value")]
    if result.p is None:
        return []
    rows = [_Finding("p", result.p.text, UNKNOWN, "", "not checkable", "no interval printed")]
    if result.estimate is None or _printed_z(result) is not None:
        return rows if _printed_z(result) is None else []
    implied = implied_interval(result.estimate, result.p, scale, result.level)
    if implied is not None:
        note = "not printed; implied by estimate and P value"
        for quantity, bounds in zip(("ci_low", "ci_high"), implied, strict=True):
            rows.append(_Finding(quantity, "", bounds, _convention(scale), "not checkable", note))
    return rows


def _descriptive(result: PublishedResult) -> list[_Finding]:
    """Numbers of studies and participants and I2: only study rows can check them."""
    return [
        _Finding(name, text, UNKNOWN, "", "not checkable", "needs the study rows")
        for name, text in (("k", result.k), ("n", result.n), ("i2", result.i2))
        if text
    ]


def _findings(result: PublishedResult) -> list[_Finding]:
    problem = _order_problem(result)
    if problem:
        named = (("estimate", result.estimate), ("ci_low", result.ci_low), ("ci_high", result.ci_high))
        findings = [
            _Finding(name, number.shown, UNKNOWN, "estimate inside its interval", "contradicted", problem)
            for name, number in named
            if number is not None
        ]
        if result.p is not None:
            note = "not judged against an interval that is wrong"
            findings.append(_Finding("p", result.p.text, UNKNOWN, "", "not checkable", note))
        return findings + _p_from_z(result) + _descriptive(result)
    scale, note, centred = _scale(result)
    findings = _interval_findings(result, scale, note, centred)
    if result.ci_low is None or result.ci_high is None:
        findings += _p_alone(result, scale)
    else:
        findings += _p_from_interval(result, scale)
        if scale == "ratio":
            # Such an interval was not made the usual way: the reader sees what each way implies.
            findings += [f for f in _p_from_interval(result, "log") if f.quantity == "p"]
    return findings + _p_from_z(result) + _descriptive(result)


def check_result(result: PublishedResult) -> list[AuditRow]:
    """Give one row for each printed number of a result, and for what it implies.

    See :func:`k2meta.auditing.printed.audit` for the rules.
    """
    rows = [
        AuditRow(
            result.source,
            result.outcome,
            result.subgroup,
            finding.quantity,
            finding.printed,
            *finding.recomputed,
            finding.convention,
            finding.verdict,
            _joined(finding.note, result.integrity),
        )
        for finding in _findings(result)
    ]
    if not rows:
        note = _joined("no number printed", result.integrity, result.note)
        rows = [
            AuditRow(
                result.source,
                result.outcome,
                result.subgroup,
                "none",
                "",
                *UNKNOWN,
                "",
                "not checkable",
                note,
            )
        ]
    return rows
