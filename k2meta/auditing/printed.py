"""The audit of printed numbers against each other."""

from __future__ import annotations

from typing import Any

from k2meta.auditing.checks import check_result
from k2meta.auditing.published import read_published
from k2meta.auditing.verdicts import AuditResult
from k2meta.errors import unknown_option

__all__ = ["audit"]


def audit(
    rows: Any = "k2_published_pooled",
    *,
    source: str | None = None,
    digits: str = "triple",
    level: float = 0.95,
    lang: str = "en",
) -> AuditResult:
    r"""Check whether the numbers a paper prints can all be true at once.

    From each printed estimate, interval, P value and Z statistic the others are recomputed, over
    all values that round to the printed digits. What has no common value is contradicted.

    Parameters
    ----------
    rows : str, path, DataFrame, mapping or iterable of mappings
        Published results: the name of a bundled data set, a CSV file, or rows with some of the
        columns ``source, outcome, subgroup, measure, estimate, ci_low, ci_high, p, z, k, n, i2,
        level, note``. ``p`` may be a number, ``"<0.001"``, ``"not significant"``, or hold a
        statistic (``"0.004 (Z=3.86)"``). Ratios and their limits are on the natural scale.
    source : str, optional
        Only results whose ``source`` is this one.
    digits : {"triple", "as given"}
        Whether an estimate and its limits are taken to print equally many decimals (tables of
        numbers lose trailing zeros, and the note says where one was assumed), or each number
        exactly those it shows.
    level : float
        Confidence level of the intervals where no column says otherwise.
    lang : {"en", "zh"}
        Language of conventions and notes; quantities and verdicts keep their English codes.

    Returns
    -------
    AuditResult
        One row for each printed number, with ``.to_frame()``, ``.counts``, ``.contradicted``,
        ``.to_table()`` and ``.summary()``.

    Raises
    ------
    DataError
        When nothing can be audited or a cell is not a number.
    OptionError
        When ``digits``, ``source`` or ``lang`` is not known.

    Notes
    -----
    With :math:`\theta` the estimate and :math:`(l, u)` its limits on the analysis scale (log for
    ratios), :math:`z = 2 z_{1-\alpha/2}\,\theta / (u - l)` and :math:`p = 2\Phi(-|z|)`. Each is
    monotone in each printed number, so its range over the box of values that round to the print is
    taken from the corners of the box. A Wald or t interval has its estimate at its centre:
    :math:`\theta = (l + u)/2`. A ratio's interval that is centred on the natural scale only is
    judged there, and its P value on both scales. Intervals by profile likelihood, bootstrap or
    exact methods need not be centred.

    The verdicts are ``consistent``, ``contradicted`` and ``not checkable``; ``reproduced`` needs
    the study rows (:func:`k2meta.reproduce`). Where a t interval (Hartung-Knapp) would explain a P
    value that a normal one does not, the note gives its degrees of freedom.

    References
    ----------
    Altman DG, Bland JM. How to obtain the P value from a confidence interval. BMJ 2011;343:d2304.
    doi:10.1136/bmj.d2304

    Examples
    --------
    >>> import k2meta as k2
    >>> checked = k2.audit({"measure": "RR", "estimate": "0.52", "ci_low": "0.36",
    ...                     "ci_high": "0.74", "p": "0.003"})
    >>> [(row.quantity, row.verdict) for row in checked.rows]
    [('estimate', 'consistent'), ('ci_low', 'consistent'), ('ci_high', 'consistent'), ('p', 'contradicted')]
    >>> checked.rows[-1].recomputed
    '0.000202 to 0.000656'
    """
    results, name = read_published(rows, digits, level)
    if source is not None:
        known = list(dict.fromkeys(result.source for result in results))
        if source not in known:
            raise unknown_option("source", source, known)
        results = [result for result in results if result.source == source]
    checked = tuple(row for result in results for row in check_result(result, lang))
    return AuditResult(name if source is None else f"{name}, {source}", checked)
