"""The line of a bubble plot: what a meta-regression expects along one moderator, the others averaged."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from k2meta.errors import DataError, OptionError, unknown_option
from k2meta.models.formulas import code_new
from k2meta.models.regression_prediction import bands_at
from k2meta.models.regression_result import MetaRegressionResult

if TYPE_CHECKING:
    import pandas as pd

__all__ = [
    "choose_moderator",
    "column_name",
    "is_grouping",
    "levels_of",
    "line_along",
    "require_regression",
    "terms_of",
]

_TAKEN = ("study", "estimate", "se", "weight", "ci_low", "ci_high", "pi_low", "pi_high")


def column_name(moderator: str) -> str:
    """Column of a moderator in tables of a bubble plot: a name that is taken gets a word before it.

    Examples
    --------
    >>> column_name("dose"), column_name("weight")
    ('dose', 'moderator weight')
    """
    return f"moderator {moderator}" if moderator in _TAKEN else moderator


def require_regression(fit: Any, function: str) -> MetaRegressionResult:
    """Return the fit, or say what was expected instead.

    Raises
    ------
    DataError
        For anything but a meta-regression with a moderator.
    """
    if not isinstance(fit, MetaRegressionResult):
        raise DataError(
            f"{function}() was given a {type(fit).__name__} - expected what meta_regression() returns - "
            'write meta_regression("~ year", effects), say'
        )
    if not len(fit.moderators.columns):
        raise DataError(
            f"{function}() was given the model {fit.formula!r} - which has no moderator - expected one or "
            "more - draw a forest plot instead"
        )
    return fit


def choose_moderator(fit: MetaRegressionResult, given: str | None) -> str:
    """Return the moderator to stand on the horizontal axis.

    Raises
    ------
    OptionError
        When the model has no such moderator, or several and none was named.
    """
    known = [str(name) for name in fit.moderators.columns]
    if given is None:
        if len(known) == 1:
            return known[0]
        raise OptionError(
            f"the model has {len(known)} moderators ({', '.join(known)}) - expected the name of one for the "
            f"horizontal axis - write moderator={known[0]!r}, say"
        )
    if given not in known:
        raise unknown_option("moderator", given, known)
    return given


def is_grouping(fit: MetaRegressionResult, name: str) -> bool:
    """Whether a moderator is categories or yes and no, or numbers that the formula takes as categories."""
    numbers = getattr(fit.moderators[name].dtype, "kind", "O") in "iuf"
    coded = re.search(rf"\bC\(\s*{re.escape(name)}\b", fit.formula) is not None
    return coded or not numbers


def levels_of(fit: MetaRegressionResult, name: str) -> list[Any]:
    """Levels of a grouping moderator that studies have, in their order."""
    column = fit.moderators[name]
    if hasattr(column, "cat"):
        return [level for level in column.cat.categories if (column == level).any()]
    return sorted(column.unique().tolist())


def terms_of(fit: MetaRegressionResult, name: str) -> list[str]:
    """Terms of the formula that contain a moderator."""
    return [term for term in fit.coding.terms if re.search(rf"(?<!\w){re.escape(name)}(?!\w)", term)]


def line_along(
    fit: MetaRegressionResult,
    moderator: str,
    values: Sequence[Any],
    fixed: Mapping[str, Any] | None = None,
) -> pd.DataFrame:
    """Return what the model expects along a moderator.

    Parameters
    ----------
    fit : MetaRegressionResult
    moderator : str
    values : sequence
    fixed : mapping, optional
        Other moderators with the value they are held at; all others are averaged over the studies: each
        term of the model takes the mean of its values.

    Returns
    -------
    DataFrame
        The moderator (see :func:`column_name`), ``estimate, se, ci_low, ci_high, pi_low, pi_high`` on the
        analysis scale.

    Notes
    -----
    ``x'b -+ quantile * sqrt(x'Vx [+ tau2])`` with ``x`` the mean row of the design at that value of the
    moderator.
    """
    import pandas as pd

    held = dict(fixed or {})
    own = fit.moderators
    others = [name for name in own.columns if name != moderator and name not in held]
    base = own[others] if others else pd.DataFrame(index=range(1))
    times, rows = len(values), len(base)
    new: dict[str, Any] = {name: list(base[name]) * times for name in others}
    new[moderator] = [value for value in values for _ in range(rows)]
    new |= {name: [value] * (times * rows) for name, value in held.items()}
    design, _ = code_new(fit.coding, fit.parsed, own, new)
    x = design.reshape(times, rows, -1).mean(axis=1)
    return pd.DataFrame({column_name(moderator): list(values), **bands_at(fit, x, fit.options.level)})
