"""What a forest plot shows, as plain numbers: one entry for each row, straight from the result."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace

from k2meta.analysis.cumulative import CumulativeResult
from k2meta.analysis.leaving_out import LeaveOneOutResult
from k2meta.analysis.subgroups import SubgroupResult
from k2meta.errors import OptionError, unknown_option
from k2meta.figures.forest.forest_entry import SORTS, Entry, ForestOptions, ForestResult
from k2meta.figures.forest.forest_refits import refit_entries
from k2meta.figures.lettering.numbers import percentages
from k2meta.figures.words.reasons import is_not_estimable
from k2meta.kernels.distributions import normal_ppf
from k2meta.models.result import MetaResult
from k2meta.studies.effects import Effects, ExcludedStudy

__all__ = [
    "SORTS",
    "Entry",
    "ForestOptions",
    "ForestResult",
    "base_fit",
    "forest_entries",
]


def base_fit(result: ForestResult) -> MetaResult:
    """Return the fit whose options, measure and weights the figure shows.

    Raises
    ------
    OptionError
        When the result is none that a forest plot can show.
    """
    if isinstance(result, MetaResult):
        return result
    if isinstance(result, SubgroupResult):
        return result.overall
    if isinstance(result, (LeaveOneOutResult, CumulativeResult)):
        return result.fit
    raise OptionError(
        f"a forest plot cannot show {type(result).__name__} objects - expected what meta_analysis, "
        "mantel_haenszel, peto, subgroup_analysis, leave_one_out or cumulative_meta_analysis returns - "
        f"{_remedy(result)}"
    )


def _remedy(given: object) -> str:
    if isinstance(given, Effects):
        return "pool the studies first: forest_plot(meta_analysis(effects))"
    return (
        "pool the studies first: effects = effect_sizes(data, ...), then forest_plot(meta_analysis(effects))"
    )


def forest_entries(result: ForestResult, options: ForestOptions) -> list[Entry]:
    """List the rows of a forest plot in their order, as numbers.

    Parameters
    ----------
    result : MetaResult, SubgroupResult or LeaveOneOutResult
    options : ForestOptions

    Raises
    ------
    OptionError
        When ``sort`` is unknown or a further model was fitted to other studies.
    """
    if not isinstance(options.sort, str) or options.sort not in SORTS:
        raise unknown_option("order of studies", options.sort, SORTS)
    if not isinstance(options.group_sort, str) or options.group_sort not in SORTS:
        raise unknown_option("order of groups", options.group_sort, SORTS)
    fit = base_fit(result)
    for other in options.models:
        if other.study != fit.study or other.measure != fit.measure:
            raise OptionError(
                "models=[...] holds a fit of other studies - expected fits of the studies shown - fit the "
                "same effects again with other options"
            )
    for grouped in filter(None, options.subgroups):
        if not isinstance(result, SubgroupResult) or set(grouped.groups) != set(result.groups):
            raise OptionError(
                "models=[...] holds a subgroup result of other groups - expected the groups of the result "
                "shown - group the same effects by the same column"
            )
    if isinstance(result, (LeaveOneOutResult, CumulativeResult)):
        return refit_entries(result)
    if isinstance(result, SubgroupResult):
        return _subgroups(result, options)
    studies = _studies(fit, list(range(fit.k)), "", 0)
    rest = _excluded(fit.effects.excluded, "", 0) if options.excluded else []
    return [*_in_order(studies, rest, options), Entry("space"), *_totals(fit, options)]


def _studies(fit: MetaResult, positions: Sequence[int], group: str, level: int) -> list[Entry]:
    """Studies with the intervals they have by themselves: normal, at the level of the fit."""
    effects = fit.effects
    margin = float(normal_ppf(0.5 + fit.options.level / 2)) * effects.sei
    printed = percentages(list(fit.weights))
    return [
        Entry(
            "study",
            effects.study[i],
            float(effects.yi[i]),
            float(effects.yi[i] - margin[i]),
            float(effects.yi[i] + margin[i]),
            printed[i],
            float(fit.weights[i]),
            level,
            group,
            int(effects.row[i]),
            i,
        )
        for i in positions
    ]


def _excluded(studies: Sequence[ExcludedStudy], group: str, level: int) -> list[Entry]:
    return [
        Entry("excluded", item.study, level=level, group=group, data_row=item.row, reason=item.reason)
        for item in studies
    ]


def _in_order(studies: list[Entry], rest: list[Entry], options: ForestOptions) -> list[Entry]:
    """Sort; in the order of the data, excluded studies keep their place, otherwise they come last."""
    if options.sort == "data":
        return sorted([*studies, *rest], key=lambda e: e.data_row)
    keys = {
        "effect": lambda e: e.x,
        "weight": lambda e: -e.share,
        "name": lambda e: e.label.casefold(),
    }
    return [*sorted(studies, key=keys[options.sort]), *rest]


def _pooled(
    fit: MetaResult, level: int, group: str, weight: float, beside: Sequence[ExcludedStudy] = ()
) -> Entry:
    # as in RevMan, totals count the people of studies that are shown as not estimable, not of those left out
    counted = (item.row for item in beside if is_not_estimable(item.reason))
    return Entry(
        "pooled",
        group,
        fit.estimate,
        fit.ci.low,
        fit.ci.high,
        weight,
        level=level,
        group=group,
        fit=fit,
        members=(*(int(row) for row in fit.effects.row), *counted),
    )


def _totals(fit: MetaResult, options: ForestOptions) -> list[Entry]:
    rows = []
    for number, model in enumerate((fit, *options.models)):
        beside = fit.effects.excluded if options.excluded else ()
        total = _pooled(model, 0, "", 100.0 if number == 0 else math.nan, beside)
        rows.append(replace(total, model=number))
        rows.extend(_prediction(model, options))
    return rows


def _prediction(fit: MetaResult, options: ForestOptions) -> list[Entry]:
    if options.prediction is False:
        return []
    wanted = fit.options.model == "random" and fit.k >= 3
    if options.prediction is None and not wanted:
        return []
    interval = fit.prediction_interval()
    if not (math.isfinite(interval.low) and math.isfinite(interval.high)):
        return []
    spread = (math.sqrt(fit.tau2 + fit.se**2), _prediction_df(fit))
    return [Entry("prediction", "", fit.estimate, interval.low, interval.high, fit=fit, spread=spread)]


def _prediction_df(fit: MetaResult) -> float:
    """Degrees of freedom of the distribution behind the prediction interval."""
    rules = {"t(k-1)": fit.k - 1.0, "t(k-2)": fit.k - 2.0, "normal": math.inf}
    return rules.get(fit.options.prediction, fit.df)


def _excluded_groups(result: SubgroupResult) -> dict[int, str]:
    """Groups of the excluded rows, where the grouping tells them."""
    groups = result.row_groups
    return {item.row: groups[item.row] for item in result.effects.excluded if item.row < len(groups)}


def _subgroups(result: SubgroupResult, options: ForestOptions) -> list[Entry]:
    fit = result.overall
    home = _excluded_groups(result) if options.excluded else {}
    entries: list[Entry] = []
    for name in _group_order(result, options):
        sub = result.groups[name]
        positions = [i for i, label in enumerate(result.labels) if label == name]
        rest = [item for item in fit.effects.excluded if home.get(item.row) == name]
        if options.overall:
            studies = _studies(fit, positions, name, 1)
        else:  # without an overall effect, each group is an analysis of its own, with weights of its own
            studies = [
                Entry("study", e.label, e.x, e.lo, e.hi, e.weight, e.share, 1, name, e.data_row, i)
                for i, e in zip(positions, _studies(sub, range(sub.k), name, 1), strict=True)
            ]
        weight = math.fsum(e.weight for e in studies)
        entries.append(Entry("group", name, level=1, group=name))
        entries.extend(_in_order(studies, _excluded(rest, name, 1), options))
        entries.append(_pooled(sub, 1, name, round(weight, 1), rest))
        further = [(i, own.groups[name]) for i, own in enumerate(options.subgroups, 1) if own is not None]
        entries.extend(replace(_pooled(own, 1, name, math.nan, rest), model=i) for i, own in further)
        for line in ("heterogeneity", "effect"):
            entries.extend(
                Entry("note", line, level=1, group=name, fit=own, model=i) for i, own in [(0, sub), *further]
            )
        entries.append(Entry("space", level=1, group=name))
    if options.excluded:
        entries.extend(_groups_without_estimate(result, home, options))
        lost = [item for item in fit.effects.excluded if not home.get(item.row)]
        if lost:
            entries.extend([*_excluded(lost, "", 0), Entry("space")])
    return [*entries, *_totals(fit, options)] if options.overall else entries[:-1]


def _group_order(result: SubgroupResult, options: ForestOptions) -> list[str]:
    """Names of the groups in their order; by weight, the heaviest comes first, as studies do."""
    names = list(result.groups)
    if options.group_sort == "name":
        return sorted(names, key=str.casefold)
    if options.group_sort == "effect":
        return sorted(names, key=lambda name: result.groups[name].estimate)
    if options.group_sort == "weight":
        shares = dict.fromkeys(names, 0.0)
        for name, weight in zip(result.labels, result.overall.weights, strict=True):
            shares[name] = shares.get(name, 0.0) + float(weight)
        return sorted(names, key=lambda name: -shares[name])
    return names


def _groups_without_estimate(
    result: SubgroupResult, home: Mapping[int, str], options: ForestOptions
) -> list[Entry]:
    """Groups of which no study is pooled: their studies, a total without an estimate, no statistics."""
    entries: list[Entry] = []
    for name in dict.fromkeys(g for g in home.values() if g and g not in result.groups):
        rest = [item for item in result.effects.excluded if home.get(item.row) == name]
        counted = tuple(item.row for item in rest if is_not_estimable(item.reason))
        entries.append(Entry("group", name, level=1, group=name))
        entries.extend(_in_order([], _excluded(rest, name, 1), options))
        entries.append(Entry("unpooled", name, level=1, group=name, members=counted))
        for line in ("heterogeneity", "effect"):
            entries.append(Entry("note", line, level=1, group=name))
        entries.append(Entry("space", level=1, group=name))
    return entries
