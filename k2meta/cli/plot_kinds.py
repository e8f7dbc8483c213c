"""The figures that ``k2meta plot`` draws: one record each, from its name to what it is drawn from."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from k2meta.analysis.subgroups import SubgroupResult
    from k2meta.models.result import MetaResult

__all__ = ["KINDS", "PlotKind"]

Source = Literal["studies", "rows"]


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
    source : {"studies", "rows"}
        Whether the rows are pooled first or handed over as they are.
    prepare : callable or None
        From the fit, the subgroups (or None) and the analysis options to what is drawn; the fit by default.
    options : tuple of str
        Options of the analysis before it (``"order"``), all others are the function's keywords.
    """

    name: str
    function: str
    words: str
    source: Source = "studies"
    prepare: Callable[[MetaResult, SubgroupResult | None, Mapping[str, Any]], Any] | None = None
    options: tuple[str, ...] = ()

    def draws(self) -> Callable[..., Any]:
        """Return the function."""
        function: Callable[..., Any] = getattr(importlib.import_module("k2meta"), self.function)
        return function


def _call(name: str, *arguments: Any, **keywords: Any) -> Any:
    return getattr(importlib.import_module("k2meta"), name)(*arguments, **keywords)


def _grouped(fit: MetaResult, subgroups: SubgroupResult | None, _: Mapping[str, Any]) -> Any:
    return fit if subgroups is None else subgroups


def _left_out(fit: MetaResult, _: SubgroupResult | None, __: Mapping[str, Any]) -> Any:
    return _call("leave_one_out", fit)


def _cumulative(fit: MetaResult, _: SubgroupResult | None, given: Mapping[str, Any]) -> Any:
    return _call("cumulative_meta_analysis", fit, **given)


def _regression(fit: MetaResult, _: SubgroupResult | None, given: Mapping[str, Any]) -> Any:
    chosen = fit.options
    keywords = {"tau2": chosen.tau2, "test": chosen.test, "level": chosen.level}
    return _call("meta_regression", given["formula"], fit.effects, **keywords)


def _subsets(fit: MetaResult, _: SubgroupResult | None, given: Mapping[str, Any]) -> Any:
    return _call("gosh", fit, **given)


def _specifications(fit: MetaResult, _: SubgroupResult | None, given: Mapping[str, Any]) -> Any:
    return _call("specification_curve", fit.effects, **given)


KINDS: Mapping[str, PlotKind] = {
    kind.name: kind
    for kind in (
        PlotKind("forest", "forest_plot", "studies, intervals, pooled effects", prepare=_grouped),
        PlotKind("leave-one-out", "forest_plot", "the pooled effect without each study", prepare=_left_out),
        PlotKind(
            *("cumulative", "forest_plot", "the pooled effect as studies are added"),
            prepare=_cumulative,
            options=("order",),
        ),
        PlotKind("funnel", "funnel_plot", "effects against their precision"),
        PlotKind("doi", "doi_plot", "asymmetry, with the LFK index"),
        PlotKind("baujat", "baujat_plot", "who makes the heterogeneity"),
        PlotKind("labbe", "labbe_plot", "risk in one arm against the other"),
        PlotKind("radial", "radial_plot", "Galbraith's plot"),
        PlotKind(
            *("bubble", "bubble_plot", "meta-regression, with --formula"),
            prepare=_regression,
            options=("formula",),
        ),
        PlotKind(
            *("gosh", "gosh_plot", "all subsets of the studies"),
            prepare=_subsets,
            options=("subsets", "seed"),
        ),
        PlotKind("drapery", "drapery_plot", "p-value functions"),
        PlotKind("influence", "influence_plot", "diagnostics of each study"),
        PlotKind("profile", "profile_plot", "profile likelihood of tau2"),
        PlotKind("qq", "qq_plot", "normal quantiles of residuals"),
        PlotKind("specification", "specification_plot", "all ways to analyse", prepare=_specifications),
        PlotKind("risk-of-bias", "risk_of_bias_plot", "traffic lights, with --tool", "rows"),
        PlotKind("risk-of-bias-summary", "risk_of_bias_summary_plot", "shares, with --tool", "rows"),
        PlotKind("prisma", "prisma_plot", "PRISMA 2020 flow diagram", "rows"),
    )
}
