"""The figures that ``k2meta plot`` draws: one record each, from its name to what it is drawn from."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from k2meta.cli.pooling import number_or_code, pool
from k2meta.errors import OptionError

if TYPE_CHECKING:
    from k2meta.studies.effects import Effects

__all__ = ["KINDS", "STUDY_OPTIONS", "Analysis", "PlotKind"]

# Options of the verb that say how rows become effects, and effects a result.
STUDY_OPTIONS = (
    *("measure", "by", "model", "tau2", "test", "pooling", "convention", "level", "add", "to", "scale"),
    *("missing", "exclude_column"),
)


@dataclass(frozen=True, slots=True)
class Analysis:
    """How the studies are analysed before the figure.

    Attributes
    ----------
    by : str or None
        Column of subgroups.
    pooling : str
        The library's name of the way of pooling.
    choices : dict
        Keywords of :func:`k2meta.meta_analysis`.
    given : mapping
        The kind's own options (``PlotKind.options``).
    """

    by: str | None
    pooling: str
    choices: dict[str, Any]
    given: Mapping[str, Any]


def _fit(effects: Effects, how: Analysis) -> Any:
    return pool(effects, None, how.pooling, how.choices)[0]


def _grouped(effects: Effects, how: Analysis) -> Any:
    fit, subgroups = pool(effects, how.by, how.pooling, how.choices)
    return fit if subgroups is None else subgroups


def _left_out(effects: Effects, how: Analysis) -> Any:
    return public("leave_one_out")(_fit(effects, how))


def _cumulative(effects: Effects, how: Analysis) -> Any:
    return public("cumulative_meta_analysis")(_fit(effects, how), **how.given)


def _subsets(effects: Effects, how: Analysis) -> Any:
    return public("gosh")(_fit(effects, how), **how.given)


def _regression(effects: Effects, how: Analysis) -> Any:
    if "formula" not in how.given:
        raise OptionError("bubble needs the moderators: --formula '~ year', say")
    keywords = {name: how.choices[name] for name in ("model", "tau2", "test", "level")}
    return public("meta_regression")(how.given["formula"], effects, **keywords)


def _specifications(effects: Effects, how: Analysis) -> Any:
    chosen = {name: how.choices[name] for name in ("tau2", "test") if how.choices[name] is not None}
    lists = {
        name: [number_or_code(piece) for piece in value.split(",")] if isinstance(value, str) else value
        for name, value in {**chosen, "by": how.by}.items()
        if value is not None
    }
    return public("specification_curve")(effects, level=how.choices["level"], **lists, **how.given)


def public(name: str) -> Callable[..., Any]:
    """Return a function of the package by its name."""
    function: Callable[..., Any] = getattr(importlib.import_module("k2meta"), name)
    return function


@dataclass(frozen=True, slots=True)
class PlotKind:
    """One kind of figure.

    Attributes
    ----------
    name : str
        As typed.
    function : str
        The public function that draws it.
    words : str
        What it shows, for the help.
    prepare : callable or None
        From effects and the analysis asked for to what is drawn; None where rows are drawn as they are.
    analysis : str
        The public function behind ``prepare`` that has options of its own.
    options : tuple of str
        These options; all others are keywords of the figure's function.
    idle : tuple of str
        Options of the verb that have no meaning here; naming one is an error.
    """

    name: str
    function: str
    words: str
    prepare: Callable[[Effects, Analysis], Any] | None = _fit
    analysis: str = ""
    options: tuple[str, ...] = ()
    idle: tuple[str, ...] = ("by",)

    def draws(self) -> Callable[..., Any]:
        """Return the function."""
        return public(self.function)


KINDS: Mapping[str, PlotKind] = {
    kind.name: kind
    for kind in (
        PlotKind("forest", "forest_plot", "studies, intervals, pooled effects", _grouped, idle=()),
        PlotKind("leave-one-out", "forest_plot", "the pooled effect without each study", _left_out),
        PlotKind(
            "cumulative",
            "forest_plot",
            "the pooled effect as studies are added, with --order COL",
            _cumulative,
            "cumulative_meta_analysis",
            ("order", "descending"),
        ),
        PlotKind("funnel", "funnel_plot", "effects against their precision"),
        PlotKind("doi", "doi_plot", "asymmetry, with the LFK index"),
        PlotKind("baujat", "baujat_plot", "who makes the heterogeneity"),
        PlotKind("labbe", "labbe_plot", "risk in one arm against the other"),
        PlotKind("radial", "radial_plot", "Galbraith's plot"),
        PlotKind(
            "bubble",
            "bubble_plot",
            "meta-regression, with --formula '~ COL'",
            _regression,
            "meta_regression",
            ("formula",),
            ("pooling", "convention"),
        ),
        PlotKind("gosh", "gosh_plot", "all subsets of the studies", _subsets, "gosh", ("subsets", "seed")),
        PlotKind("drapery", "drapery_plot", "p-value functions"),
        PlotKind("influence", "influence_plot", "diagnostics of each study"),
        PlotKind("profile", "profile_plot", "profile likelihood of tau2"),
        PlotKind("qq", "qq_plot", "normal quantiles of residuals"),
        PlotKind(
            "specification",
            "specification_plot",
            "many ways to analyse: --tau2 DL,REML --by COL,COL",
            _specifications,
            "specification_curve",
            ("subsets", "min_studies"),
            ("model", "pooling", "convention"),
        ),
        PlotKind(
            "risk-of-bias",
            "risk_of_bias_plot",
            "traffic lights, with --tool; a column for each domain",
            None,
            idle=STUDY_OPTIONS,
        ),
        PlotKind(
            "risk-of-bias-summary",
            "risk_of_bias_summary_plot",
            "shares, with --tool and --weights COL",
            None,
            idle=STUDY_OPTIONS,
        ),
        PlotKind(
            "prisma",
            "prisma_plot",
            "PRISMA 2020 flow diagram; columns key and n",
            None,
            idle=(*STUDY_OPTIONS, "study"),
        ),
    )
}
