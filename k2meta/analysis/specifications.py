"""The specification curve: one question under every defensible choice of data and method."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import numpy as np

from k2meta.analysis.multiverse import Choice, as_sequence, study_choices
from k2meta.analysis.subsets import pool_subsets
from k2meta.errors import DataError, OptionError
from k2meta.kernels.pooling import get_test
from k2meta.models.options import FitOptions
from k2meta.models.result import MetaResult, checked_level
from k2meta.models.univariate import fit_effects, fit_options
from k2meta.records import FloatArray, IntArray, readonly
from k2meta.studies.effects import Effects

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["SpecificationResult", "specification_curve"]

# More would fill no figure and hide a mistake, such as a column of numbers given as by=.
MOST = 1_000_000

_NAMES = ("estimate", "se", "ci_low", "ci_high", "p_value", "k", "tau2", "i2")
COMMON = "common"


@dataclass(frozen=True, eq=False, slots=True)
class _Block:
    """The specifications that share effects, estimator and test: one stack of the kernel."""

    effects_name: str
    effects: Effects
    options: FitOptions
    fixed: float | None
    choices: tuple[Choice, ...]

    @property
    def model_name(self) -> str:
        if self.options.model == "common":
            return COMMON
        return self.options.tau2 if self.fixed is None else f"tau2 = {self.fixed:g}"


@dataclass(frozen=True, eq=False, slots=True)
class SpecificationResult:
    """The pooled effect under n specifications; arrays of shape (n,), analysis scale.

    Attributes
    ----------
    effects : mapping of str to Effects
        The sets of effects that were pooled; one, named by its measure, unless several were given.
    estimate, se, ci_low, ci_high, p_value : ndarray
        Pooled effect, its standard error, limits and two-sided p-value.
    k : ndarray of int
        Number of studies pooled.
    tau2, i2 : ndarray
        Between-study variance; I2 in percent (tau2-based; Q-based for a common effect).
    choices : mapping of str to tuple of str, each of length n
        Factor to the option of each specification: ``"effects"`` (where several sets were given), ``"model"``
        (``"common"``, or the code of tau2's estimator), ``"test"``, ``"studies"``, and the columns of ``by``.
    measure : str
        Code of the measure; ``"GEN"`` for several ratio measures together.
    level : float
    omitted : tuple of str
        Combinations that are no specification of their own, with the reason: no meaning, too few studies,
        or the same studies as another.
    """

    effects: Mapping[str, Effects]
    estimate: FloatArray
    se: FloatArray
    ci_low: FloatArray
    ci_high: FloatArray
    p_value: FloatArray
    k: IntArray
    tau2: FloatArray
    i2: FloatArray
    choices: Mapping[str, tuple[str, ...]]
    measure: str
    level: float
    omitted: tuple[str, ...]
    blocks: tuple[_Block, ...]

    def __post_init__(self) -> None:
        for name in _NAMES:
            readonly(getattr(self, name))

    @property
    def n(self) -> int:
        """Number of specifications."""
        return int(self.estimate.size)

    @property
    def median(self) -> float:
        """Median of the estimates."""
        return float(np.median(self.estimate))

    @property
    def share_significant(self) -> float:
        """Share of the specifications whose p-value is below 1 - level."""
        return float(np.mean(self.p_value < 1.0 - self.level))

    @property
    def share_same_direction(self) -> float:
        """Share of the specifications whose estimate has the sign of the median."""
        return float(np.mean(np.sign(self.estimate) == np.sign(self.median)))

    @property
    def order(self) -> IntArray:
        """Positions of the specifications by estimate, ties in the order of the specifications."""
        return np.argsort(self.estimate, kind="stable")

    def fit(self, i: int) -> MetaResult:
        """The full fit of one specification, with everything that can be asked of a fit."""
        if not -self.n <= i < self.n:
            raise OptionError(f"there is no specification {i}. Expected a position from 0 to {self.n - 1}.")
        starts = np.cumsum([0, *(len(block.choices) for block in self.blocks)])
        where = int(i) % self.n
        b = bisect_right(starts.tolist(), where) - 1
        block = self.blocks[b]
        part = block.effects.subset(block.choices[where - int(starts[b])].mask)
        return fit_effects(part, block.options, block.fixed)

    def to_frame(self, natural: bool = False) -> pd.DataFrame:
        """One row for each specification: its choices and its answers.

        Parameters
        ----------
        natural : bool
            Give estimates and limits on the scale people read (ratios instead of logarithms).
        """
        import pandas as pd

        columns: dict[str, Any] = {name: list(options) for name, options in self.choices.items()}
        columns |= {name: getattr(self, name) for name in _NAMES}
        if natural:
            source = next(iter(self.effects.values()))
            for name in ("estimate", "ci_low", "ci_high"):
                columns[name] = source.natural(columns[name], pooled=True)
        return pd.DataFrame(columns)

    def __repr__(self) -> str:
        return (
            f"<SpecificationResult {self.n} specifications, {self.measure}, median {self.median:.4g}, "
            f"{100 * self.share_significant:.0f}% significant>"
        )


def specification_curve(
    effects: Effects | Mapping[str, Effects],
    *,
    tau2: str | float | Sequence[str | float] = (COMMON, "DL", "REML", "PM", "SJ"),
    test: str | Sequence[str] = ("z", "knapp-hartung"),
    subsets: str | Mapping[str, Any] | None = None,
    by: str | Sequence[str] | None = None,
    min_studies: int = 2,
    level: float = 0.95,
) -> SpecificationResult:
    """Pool under every combination of choices: effects, estimator, test and studies.

    Parameters
    ----------
    effects : Effects or mapping of str to Effects
        What :func:`k2meta.effect_sizes` returns; a mapping gives alternatives (another measure, another
        conversion, another outcome definition) by name. They must share a measure, or all be ratios.
    tau2 : str, float, or sequence of them
        Estimators' codes, ``"common"`` for the common-effect model, numbers to fix tau2.
    test : str or sequence of str
        As in :func:`k2meta.meta_analysis`.
    subsets : "all but one", mapping of str to array_like of bool, or None
        Which studies, besides all of them: each left out in turn, or the named masks (true = in; one value
        for each study, or for each row of the data). By default ``"all but one"``, or none with ``by``.
    by : str or sequence of str, optional
        Columns of the data. Each is a factor of its own: all studies, those of one group, those outside of
        one group.
    min_studies : int
        Fewer make no specification.
    level : float
        Coverage of the intervals.

    Returns
    -------
    SpecificationResult
        In the order effects, tau2, test, studies.

    Raises
    ------
    DataError
        When effects of different scales are mixed, a mask has the wrong length or type, a column is not
        known, or nothing is left to pool.
    OptionError
        An unknown or repeated option, ``tau2="GENQ"`` (which needs weights), or more than a million
        specifications.

    Notes
    -----
    Every combination is pooled as :func:`k2meta.meta_analysis` would. All specifications with one set of
    effects, one estimator and one test are one stack of the kernel, with the studies as a mask.
    Combinations that mean nothing (Knapp-Hartung with a common effect), have too few studies, or pool
    the same studies as an earlier one are in ``omitted``. The specifications share their data, so that the
    share of significant ones is no test.

    References
    ----------
    Simonsohn U, Simmons JP, Nelson LD (2020). Specification curve analysis. Nat Hum Behav 4:1208-1214.
    doi:10.1038/s41562-020-0912-z
    Voracek M, Kossmeier M, Tran US (2019). Which data to meta-analyze, and how? Z Psychol 227:64-82.
    doi:10.1027/2151-2604/a000357

    R counterpart: none in metafor or meta (a loop over ``rma``).

    Examples
    --------
    >>> import k2meta as k2
    >>> bcg = k2.effect_sizes(k2.load_dataset("bcg"), "RR")
    >>> curve = k2.specification_curve(bcg)
    >>> curve.n, round(curve.share_significant, 2)
    (126, 1.0)
    >>> sorted(set(k2.specification_curve(bcg, by="allocation").choices["allocation"]))[:3]
    ['all', 'alternate', 'not alternate']
    """
    sets = _named_sets(effects)
    options = _method_options(tau2, test, checked_level(level))
    if isinstance(min_studies, bool) or not isinstance(min_studies, (int, np.integer)) or min_studies < 1:
        raise OptionError(f"min_studies is {min_studies!r}. Expected a whole number of 1 or more.")
    columns = () if by is None else as_sequence("by", by)
    blocks: list[_Block] = []
    omitted = [f"{COMMON}, {name}: a test of random effects" for name in options.without_meaning]
    for name, one in sets.items():
        choices, left_out = study_choices(one, subsets, columns, int(min_studies))
        omitted += [f"{name}: {reason}" if len(sets) > 1 else reason for reason in left_out]
        if choices:
            blocks += [_Block(name, one, chosen, fixed, choices) for chosen, fixed in options.methods]
    n = sum(len(block.choices) for block in blocks)
    if n == 0:
        raise DataError(
            f"no choice of studies has {min_studies} of them. Expected at least one that has. Lower "
            "min_studies."
        )
    if n > MOST:
        raise OptionError(f"these are {n:,} specifications. Expected at most {MOST:,}. Give fewer options.")
    return _result(sets, blocks, omitted, len(sets) > 1 or not isinstance(effects, Effects), level)


def _result(
    sets: Mapping[str, Effects], blocks: list[_Block], omitted: list[str], named: bool, level: float
) -> SpecificationResult:
    parts = []
    for block in blocks:
        keep = np.stack([choice.mask for choice in block.choices])
        parts.append(pool_subsets(block.effects, keep, block.options, block.fixed, names=_NAMES))
    answers = {name: np.concatenate([part[name] for part in parts]) for name in _NAMES}
    choices: dict[str, list[str]] = {"effects": []} if named else {}
    choices |= {"model": [], "test": []}
    for block in blocks:
        m = len(block.choices)
        if named:
            choices["effects"] += [block.effects_name] * m
        choices["model"] += [block.model_name] * m
        choices["test"] += [block.options.test] * m
        for factor in block.choices[0].options:
            choices.setdefault(factor, []).extend(choice.options[factor] for choice in block.choices)
    codes = {one.measure for one in sets.values()}
    return SpecificationResult(
        effects=MappingProxyType(dict(sets)),
        **{name: answers[name] for name in _NAMES if name != "k"},
        k=answers["k"].astype(np.int64),
        choices=MappingProxyType({factor: tuple(options) for factor, options in choices.items()}),
        measure=codes.pop() if len(codes) == 1 else "GEN",
        level=level,
        omitted=tuple(omitted),
        blocks=tuple(blocks),
    )


def _named_sets(effects: object) -> dict[str, Effects]:
    """Effects by name, checked to share a scale."""
    if isinstance(effects, Effects):
        return {effects.measure: effects}
    if not isinstance(effects, Mapping) or not effects:
        raise DataError(
            f"effects is a {type(effects).__name__}. Expected what effect_sizes() returns, or a mapping of "
            "names to that. Of a fit take fit.effects."
        )
    sets: dict[str, Effects] = {}
    for name, one in effects.items():
        if not isinstance(name, str) or not isinstance(one, Effects):
            raise DataError(
                f"effects[{name!r}] is a {type(one).__name__}. Expected a text as the name and what "
                "effect_sizes() returns. Of a fit take fit.effects."
            )
        sets[name] = one
    # "GEN" may be logarithms of ratios or plain differences
    if len({(one.measure, one.scale) for one in sets.values()}) > 1 and not all(
        one.is_ratio for one in sets.values()
    ):
        told = ", ".join(f"{name!r} ({one.measure}, {one.scale} scale)" for name, one in sets.items())
        raise DataError(
            f"effects holds {told}, which are on different scales. Expected one measure, or ratios only, so "
            "that one axis can show them. Give one curve to each measure."
        )
    return sets


@dataclass(frozen=True, slots=True)
class _Methods:
    """Combinations of estimator and test; tests that a common effect was asked for in vain."""

    methods: tuple[tuple[FitOptions, float | None], ...]
    without_meaning: tuple[str, ...]


def _method_options(tau2: Any, test: Any, level: float) -> _Methods:
    tests = [get_test(code).code for code in as_sequence("test", test)]
    methods: list[tuple[FitOptions, float | None]] = []
    without: list[str] = []
    seen: list[object] = []
    for choice in as_sequence("tau2", tau2):
        common = isinstance(choice, str) and choice == COMMON
        for code in tests:
            if common and get_test(code).rescales:
                without.append(code)
                continue
            options, fixed = fit_options(
                model="common" if common else "random",
                tau2=None if common else choice,
                test=code,
                level=level,
            )
            if options.tau2 == "GENQ":
                raise OptionError("tau2='GENQ' needs weights, which differ with each choice; leave it out")
            key = (options.model, options.tau2, fixed, code)
            if key in seen:
                raise OptionError(f"tau2={choice!r} with test={code!r} was given twice. Expected each once.")
            seen.append(key)
            methods.append((options, fixed))
    if not methods:
        raise OptionError(
            "tau2 and test leave no method: Expected at least one estimator with one test that goes with it "
            "('z' or 't' for a common effect)."
        )
    return _Methods(tuple(methods), tuple(without))
