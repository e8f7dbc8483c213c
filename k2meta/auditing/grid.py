"""The conventions under which a printed pooled result may have been computed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from k2meta.errors import DataError
from k2meta.models.conventions import CONVENTIONS
from k2meta.models.stratified import fit_stratified
from k2meta.models.univariate import meta_analysis

if TYPE_CHECKING:
    from k2meta.models.result import MetaResult
    from k2meta.studies.effects import Effects

__all__ = ["GRID", "Choice", "fit_grid"]


@dataclass(frozen=True, slots=True)
class Choice:
    """One way to pool.

    Attributes
    ----------
    label : str
        What a reader sees.
    fit : callable
        ``fit(effects) -> MetaResult``.
    counts_only : bool
        Whether it needs 2 x 2 tables.
    drop00 : bool
        Whether studies without events in both arms are left out, as RevMan does.
    """

    label: str
    fit: Callable[[Effects], MetaResult]
    counts_only: bool = False
    drop00: bool = False


def _random(tau2: str, test: str) -> Choice:
    return Choice(f"random, {tau2}, {test}", lambda e: meta_analysis(e, tau2=tau2, test=test))


def _convention(name: str) -> Choice:
    record = CONVENTIONS[name]
    label = f"random, {record.tau2}, {record.test} (as {name})"
    return Choice(label, lambda e: meta_analysis(e, convention=name), drop00=record.counts == "revman")


def _mantel_haenszel(convention: str) -> Choice:
    def fit(effects: Effects) -> MetaResult:
        return fit_stratified(effects, "Mantel-Haenszel", convention=convention)

    return Choice(f"common, Mantel-Haenszel (as {convention})", fit, counts_only=True)


def _random_round_mantel_haenszel() -> Choice:
    def fit(effects: Effects) -> MetaResult:
        return fit_stratified(effects, "Mantel-Haenszel", model="random", convention="revman5")

    return Choice("random, Mantel-Haenszel, DL (as revman5)", fit, counts_only=True)


# One row for each way: conventions first, then the combinations that none of them makes.
GRID: tuple[Choice, ...] = (
    _mantel_haenszel("revman5"),
    _random_round_mantel_haenszel(),
    _mantel_haenszel("metafor"),
    Choice("common, inverse variance", lambda e: meta_analysis(e, model="common"), drop00=True),
    _convention("revman5"),
    _convention("metafor"),
    _convention("revman2025"),
    _random("DL", "knapp-hartung"),
    _random("REML", "knapp-hartung-adhoc"),
)


def fit_grid(make: Callable[[bool], Effects], counts: bool) -> tuple[dict[str, MetaResult], dict[str, str]]:
    """Pool the same rows in every way that fits their measure.

    Parameters
    ----------
    make : callable
        ``make(drop00) -> Effects``.
    counts : bool
        Whether the rows are 2 x 2 tables.

    Returns
    -------
    fits : dict of str to MetaResult
        By label.
    idle : dict of str to str
        Why a way gives no result (no events in one arm of all trials, say), by label.

    Raises
    ------
    DataError
        When the rows themselves cannot be used.
    """
    plain = make(False)
    fits: dict[str, MetaResult] = {}
    idle: dict[str, str] = {}
    for choice in GRID:
        if choice.counts_only and not counts:
            continue
        try:
            fits[choice.label] = choice.fit(make(True) if choice.drop00 and counts else plain)
        except DataError as error:
            idle[choice.label] = str(error)
    return fits, idle
