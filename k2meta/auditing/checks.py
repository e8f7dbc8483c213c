"""The checks on one printed result: whether its numbers agree with each other."""

from __future__ import annotations

import math
from dataclasses import dataclass

from k2meta.auditing.bounds import (
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
from k2meta.auditing.words import Words
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


@dataclass(frozen=True, slots=True)
class _Centring:
    """On which scale an interval is centred on its estimate, and whether it is on any."""

    scale: str
    centred: bool = True
    note: str = ""


def _agree(printed: Bounds, recomputed: Bounds) -> str:
    return "consistent" if overlap(printed, recomputed) else "contradicted"


def _span(bounds: Bounds, words: Words, digits: int = 2) -> str:
    first, last = (format_significant(value, digits) for value in bounds)
    return first if first == last else words("to", low=first, high=last)


def _assumption(words: Words, *numbers: PrintedNumber | None) -> str:
    widened = [number for number in numbers if number is not None and number.assumed]
    if not widened:
        return ""
    seen = ", ".join(words("read as", text=number.text, shown=number.shown) for number in widened)
    return words("precision", seen=seen)


def _centring(result: PublishedResult, words: Words) -> _Centring:
    """Choose the scale on which the interval is centred on the estimate."""
    estimate, low, high = result.estimate, result.ci_low, result.ci_high
    scales: tuple[str, ...] = ("log", "ratio") if result.is_ratio else ("difference",)
    if estimate is None or low is None or high is None:
        return _Centring(scales[0])
    printed = (estimate.low, estimate.high)
    centres = {scale: centre_bounds(low, high, scale) for scale in scales}
    fits = [scale for scale in scales if overlap(printed, centres[scale])]
    if not fits:
        named = [
            words("centre", centre=_span(bounds, words, 3), scale=words(s)) for s, bounds in centres.items()
        ]
        return _Centring(scales[0], False, words("off centre", centres=words("and").join(named)))
    if fits[0] == scales[0]:
        return _Centring(fits[0])
    return _Centring(fits[0], True, words("natural only", other=_span(centres["log"], words, 3)))


def _interval_findings(result: PublishedResult, centring: _Centring, words: Words) -> list[_Finding]:
    """Judge the estimate against its interval and each limit against the other."""
    estimate, low, high = result.estimate, result.ci_low, result.ci_high
    if estimate is not None and low is not None and high is not None:
        scale = centring.scale
        verdict = "consistent" if centring.centred else "contradicted"
        convention = words("symmetric", scale=words(scale))
        note = words.joined(centring.note, _assumption(words, estimate, low, high))
        return [
            _Finding("estimate", estimate.shown, centre_bounds(low, high, scale), convention, verdict, note),
            _Finding("ci_low", low.shown, mirror_bounds(estimate, high, scale), convention, verdict, note),
            _Finding("ci_high", high.shown, mirror_bounds(estimate, low, scale), convention, verdict, note),
        ]
    named = {"estimate": estimate, "lower limit": low, "upper limit": high}
    lacking = words("and").join(words(name) for name, number in named.items() if number is None)
    reason = words("no interval") if low is None and high is None else words("lacking", names=lacking)
    return [
        _Finding(
            name,
            number.shown,
            UNKNOWN,
            "",
            "not checkable",
            words.joined(reason, _assumption(words, number)),
        )
        for name, number in (("estimate", estimate), ("ci_low", low), ("ci_high", high))
        if number is not None
    ]


def _order_problem(result: PublishedResult, words: Words) -> str:
    """Say why the interval cannot be one, or cannot hold its estimate; empty when it can."""
    estimate, low, high = result.estimate, result.ci_low, result.ci_high
    if low is not None and high is not None and low.low > high.high:
        return words("reversed", low=low.shown, high=high.shown)
    if estimate is not None and low is not None and estimate.high < low.low:
        return words("below", limit=low.shown, estimate=estimate.shown)
    if estimate is not None and high is not None and estimate.low > high.high:
        return words("above", limit=high.shown, estimate=estimate.shown)
    numbers = (number for number in (estimate, low, high) if number is not None)
    if result.is_ratio and any(number.high <= 0.0 for number in numbers):
        return words("not a ratio")
    return ""


def _t_note(result: PublishedResult, scale: str, printed: PrintedP, words: Words) -> str:
    """Say whether a t interval (Hartung-Knapp) would explain a P value that a normal one does not."""
    if result.ci_low is None or result.ci_high is None:
        return ""
    found = t_degrees(result.estimate, result.ci_low, result.ci_high, scale, printed, result.level)
    if found is None:
        return words("no t")
    first, last = int(found[0]), int(found[1])
    key = "one t" if first == last else "some t"
    return words(key, first=first, last=last, k_first=first + 1, k_last=last + 1)


def _printed_z(result: PublishedResult) -> PrintedNumber | None:
    if result.z is not None:
        return result.z
    return None if result.p is None else result.p.z


def _says_something(p: PrintedP) -> bool:
    return p.exact or p.high < 1.0 or p.low > 0.0


def _p_against_interval(
    result: PublishedResult, allowed: Bounds, scale: str, words: Words
) -> tuple[str, str]:
    """Judge a printed P value against the range that the interval allows: ``(verdict, note)``."""
    if result.p is None:
        return "not checkable", words("no p")
    if allowed[0] < TOO_COARSE[0] and allowed[1] > TOO_COARSE[1]:
        return "not checkable", words("coarse p")
    printed = (result.p.low, result.p.high)
    verdict = _agree(printed, allowed)
    if verdict == "consistent":
        return verdict, ""
    against = words(
        "p against", text=result.p.text, printed=_span(printed, words), allowed=_span(allowed, words)
    )
    return verdict, words.joined(against, _t_note(result, scale, result.p, words))


def _from_interval(result: PublishedResult, scale: str, words: Words) -> list[_Finding]:
    """Judge the P value and the Z statistic against the estimate and its interval."""
    low, high = result.ci_low, result.ci_high
    if low is None or high is None:
        return []
    z = z_bounds(result.estimate, low, high, scale, result.level)
    allowed = p_bounds(z)
    basis = "" if result.estimate is not None else words("centre used")
    convention = words("from interval", scale=words(scale))
    findings = []
    if result.p is None or _says_something(result.p):
        verdict, note = _p_against_interval(result, allowed, scale, words)
        text = result.p_text if result.p is None else result.p.text
        findings.append(_Finding("p", text, allowed, convention, verdict, words.joined(note, basis)))
    printed_z = _printed_z(result)
    if printed_z is None:
        return findings
    if math.isinf(z[1]):
        verdict, note = "not checkable", words("coarse z")
    else:
        size = (abs(printed_z.value) - printed_z.half_unit, abs(printed_z.value) + printed_z.half_unit)
        verdict, note = _agree(size, z), basis
    return [*findings, _Finding("z", printed_z.text, z, convention, verdict, note)]


def _p_from_z(result: PublishedResult, words: Words) -> list[_Finding]:
    """Judge the P value against the printed Z statistic."""
    z = _printed_z(result)
    if z is None or result.p is None:
        return []
    allowed = p_bounds((max(0.0, abs(z.value) - z.half_unit), abs(z.value) + z.half_unit))
    printed = (result.p.low, result.p.high)
    verdict = _agree(printed, allowed)
    note = ""
    if verdict == "contradicted":
        note = words("z against", z=z.text, allowed=_span(allowed, words), printed=_span(printed, words))
    return [_Finding("p", result.p.text, allowed, words("from z"), verdict, note)]


def _p_alone(result: PublishedResult, scale: str, words: Words) -> list[_Finding]:
    """Say what can be said without an interval: which one the estimate and P imply."""
    if result.p_text and result.p is None:
        return [_Finding("p", result.p_text, UNKNOWN, "", "not checkable", words("not read"))]
    if result.p is None or _printed_z(result) is not None:
        return []
    rows = [_Finding("p", result.p.text, UNKNOWN, "", "not checkable", words("no interval"))]
    if result.estimate is None:
        return rows
    implied = implied_interval(result.estimate, result.p, scale, result.level)
    if implied is not None:
        convention = words("normal", scale=words(scale))
        for quantity, bounds in zip(("ci_low", "ci_high"), implied, strict=True):
            rows.append(_Finding(quantity, "", bounds, convention, "not checkable", words("implied")))
    return rows


def _descriptive(result: PublishedResult, words: Words) -> list[_Finding]:
    """Numbers of studies and participants and I2: only study rows can check them."""
    return [
        _Finding(name, text, UNKNOWN, "", "not checkable", words("needs rows"))
        for name, text in (("k", result.k), ("n", result.n), ("i2", result.i2))
        if text
    ]


def _findings(result: PublishedResult, words: Words) -> list[_Finding]:
    problem = _order_problem(result, words)
    last = _p_from_z(result, words) + _descriptive(result, words)
    if problem:
        named = (("estimate", result.estimate), ("ci_low", result.ci_low), ("ci_high", result.ci_high))
        findings = [
            _Finding(name, number.shown, UNKNOWN, words("inside"), "contradicted", problem)
            for name, number in named
            if number is not None
        ]
        if result.p is not None:
            findings.append(
                _Finding("p", result.p.text, UNKNOWN, "", "not checkable", words("wrong interval"))
            )
        return findings + last
    centring = _centring(result, words)
    findings = _interval_findings(result, centring, words)
    if result.ci_low is None or result.ci_high is None:
        return findings + _p_alone(result, centring.scale, words) + last
    findings += _from_interval(result, centring.scale, words)
    if centring.scale == "ratio":
        # Such an interval was not made the usual way: the reader sees what each way implies.
        findings += [f for f in _from_interval(result, "log", words) if f.quantity == "p"]
    return findings + last


def check_result(result: PublishedResult, lang: str = "en") -> list[AuditRow]:
    """Give one row for each printed number of a result, and for what it implies.

    See :func:`k2meta.auditing.printed.audit` for the rules.
    """
    words = Words(lang)
    labels = (result.source, result.outcome, result.subgroup)
    notice = words(result.integrity, default=result.integrity)
    rows = [
        AuditRow(
            *labels,
            finding.quantity,
            finding.printed,
            *finding.recomputed,
            finding.convention,
            finding.verdict,
            words.joined(finding.note, notice),
        )
        for finding in _findings(result, words)
    ]
    if rows:
        return rows
    note = words.joined(words("nothing"), notice, result.note)
    return [AuditRow(*labels, "none", "", *UNKNOWN, "", "not checkable", note)]
