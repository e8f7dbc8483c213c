"""``effect_sizes``: raw rows in, checked effects out; no row is lost on the way."""

from __future__ import annotations

import math
import warnings
from typing import Any

import numpy as np

import k2meta.measures  # noqa: F401  (fills the registry)
from k2meta.errors import DataWarning, OptionError, unknown_option
from k2meta.measures.registry import Measure, MeasureOptions, get_measure
from k2meta.studies.columns import Table, read_labels, read_numbers
from k2meta.studies.conversion_quantiles import QUANTILE_METHODS
from k2meta.studies.effects import Effects
from k2meta.studies.entry import Entry
from k2meta.studies.exclusion import exclusion_reasons
from k2meta.studies.roles import resolve_roles, row_count

__all__ = ["effect_sizes"]

_TO = ("only0", "all", "if0all", "none")


def effect_sizes(
    data: Any,
    measure: str,
    *,
    study: Any = None,
    add: float | None = None,
    to: str = "only0",
    drop00: bool = False,
    vtype: str = "LS",
    scale: str | None = None,
    level: float = 0.95,
    missing: str = "raise",
    exclude: Any = None,
    convert: str = "luo-wan-shi",
    **roles: Any,
) -> Effects:
    """Check study rows and turn them into effects and sampling variances.

    Parameters
    ----------
    data : DataFrame, dict of columns, or None
        One row for each study (or comparison). None when every role is an array.
    measure : str
        Code of the effect measure: ``"RR"``, ``"MD"``, ``"GEN"`` ...
    study : str or sequence, optional
        Labels, a column name or values; the column ``study`` when the data have one. Labels are for people:
        two rows with one label stay two studies.
    add, to, drop00
        Zero-cell rule, see :class:`~k2meta.measures.registry.MeasureOptions`; ``add=None`` takes the
        measure's own amount (0.5 for ratios).
    vtype : str
        Variance formula, where the measure has several.
    scale : {None, "identity", "log"}
        Only for ``"GEN"``. ``"log"``: ``estimate``, ``ci_low`` and ``ci_high`` are ratios on the natural
        scale and are logged. ``se`` and ``var`` always belong to the analysis scale (the log ratio).
    level : float
        Coverage of printed intervals (``ci_low``, ``ci_high`` of ``"GEN"`` and of arms' means).
    missing : {"raise", "drop"}
        What happens to studies that lack a number: an error that names them, or they go to ``.excluded``.
    exclude : str, mapping or sequence, optional
        Studies to be left out, with reasons (retracted, say): a column of reasons (empty = keep), a mapping
        from row number or label to reason, or one entry for each row. They stay in ``.excluded``, unchecked.
    convert : {"luo-wan-shi", "luo-wan", "wan", "qe", "bc"}
        How medians with quartiles or range become means and SDs in rows that lack them.
    **roles
        What the measure needs, each a column name, an array or one number for all rows: ``events1 n1 events2
        n2`` (or ``nonevents1``, ``nonevents2``), ``mean1 sd1 n1 mean2 sd2 n2``, ``events1 time1 events2
        time2``, ``events n``, ``r n`` ...; 1 is treatment, 2 control. ``"GEN"``: ``estimate`` and one of
        ``se``, ``var``, (``ci_low``, ``ci_high``), ``p`` (two-sided). A role left out is the column of the
        same name when the data have one. Where a mean or SD is missing, ``se1``, (``ci_low1``, ``ci_high1``),
        ``median1`` with (``q1_1``, ``q3_1``) or (``min1``, ``max1``) fill it, in this order; likewise for
        arm 2, and without a suffix for single groups. Each filling is in ``.conversions``.

    Returns
    -------
    Effects

    Raises
    ------
    DataError
        When the data cannot be used: the message names study, column, value, expectation and remedy.
    OptionError
        For an unknown measure, role or option.

    Warns
    -----
    DataWarning
        When numbers are possible but hardly meant: counts that are not whole, SEs typed as SDs, variances
        typed as SEs, ratios not logged, skewed quantiles.

    Notes
    -----
    Numbers may be integers, floats, NumPy or pandas numbers, ``Decimal`` or ``Fraction``. Text (also
    ``"12"``) and booleans are refused. None, NaN and ``pandas.NA`` are missing. R: ``metafor::escalc``.

    Examples
    --------
    >>> import k2meta as k2
    >>> rows = {"study": ["A", "B"], "events1": [2, 9], "n1": [23, 66], "events2": [6, 17], "n2": [24, 66]}
    >>> k2.effect_sizes(rows, "RR")
    Effects(RR, k = 2)
    """
    spec = get_measure(measure)
    options = _check_options(spec, add, to, drop00, vtype, scale, level, missing, convert)
    table = Table.of(data)
    raw = resolve_roles(spec, table, roles)
    n_rows = row_count(table, {role: values for role, (_, values) in raw.items()})
    labels = read_labels(study, table, n_rows)
    reasons = exclusion_reasons(exclude, table, labels)
    entry = Entry(
        spec, labels, {role: read_numbers(role, *found, n_rows) for role, found in raw.items()}, reasons
    )
    if spec.family == "binary":
        entry.add_sizes()
    entry.fill_arms(level, convert)
    entry.settle_missing(missing)
    entry.check()
    chosen = scale or "identity"
    yi, vi = entry.generic(chosen, level) if spec.family == "generic" else entry.computed(options)
    entry.settle_computable(yi, vi, options)
    for doubt in entry.doubts:
        warnings.warn(DataWarning(doubt.render(labels)), stacklevel=2)
    told: dict[str, Any] = {"add": spec.continuity(options), "to": to, "drop00": drop00, "vtype": vtype}
    if spec.family == "generic":
        told = {"scale": chosen, "level": level}
    return entry.effects(yi, vi, told, _framed(table))


def _framed(table: Table) -> Any:
    """The caller's data as a DataFrame of our own, so that later changes do not reach the result."""
    if table.frame is not None:
        return table.frame.copy()
    if not table.columns:
        return None
    import pandas as pd

    return pd.DataFrame({name: list(values) for name, values in table.columns.items()})


def _check_options(
    spec: Measure,
    add: float | None,
    to: str,
    drop00: bool,
    vtype: str,
    scale: str | None,
    level: float,
    missing: str,
    convert: str,
) -> MeasureOptions:
    if add is not None and (
        isinstance(add, bool) or not isinstance(add, (int, float)) or not 0 <= add < math.inf
    ):
        raise OptionError(f"add is {add!r}. Expected a number of 0 or more, such as 0.5.")
    for what, value, known in (
        ("rule for zero cells (to)", to, _TO),
        ("value for missing", missing, ("raise", "drop")),
        ("quantile method (convert)", convert, tuple(QUANTILE_METHODS)),
        ("scale", "identity" if scale is None else scale, ("identity", "log")),
    ):
        if not isinstance(value, str) or value not in known:
            raise unknown_option(what, value, known)
    if scale is not None and spec.family != "generic":
        raise OptionError(
            f"scale={scale!r} was given with measure {spec.code}, which is computed from raw rows on the "
            f"{spec.scale} scale. Expected scale only with 'GEN'. Leave it out."
        )
    if isinstance(level, bool) or not isinstance(level, (int, float)) or not 0 < level < 1:
        hint = (
            f" Did you mean {level / 100:g}?" if isinstance(level, (int, float)) and 1 < level < 100 else ""
        )
        raise OptionError(f"level is {level!r}. Expected a coverage between 0 and 1, such as 0.95.{hint}")
    if not isinstance(drop00, (bool, np.bool_)):
        raise OptionError(f"drop00 is {drop00!r}. Expected True or False.")
    if spec.family != "generic" and vtype not in spec.vtypes:
        raise unknown_option(f"vtype for {spec.code}", vtype, spec.vtypes)
    return MeasureOptions(add=add, to=to, drop00=bool(drop00), vtype=vtype)
