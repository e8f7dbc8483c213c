"""From the keywords of a forest plot to one checked request for each of its panels."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any, TypeVar

from k2meta.analysis.subgroups import SubgroupResult
from k2meta.errors import OptionError, unknown_option
from k2meta.figures.bias.bias_reading import RiskOfBias
from k2meta.figures.forest.forest_bias import as_bias
from k2meta.figures.forest.forest_checks import (
    as_columns,
    as_count,
    as_flags,
    as_heads,
    as_names,
    as_numbers,
    as_pair,
    as_text,
)
from k2meta.figures.forest.forest_entries import base_fit
from k2meta.figures.forest.forest_entry import ForestOptions, ForestResult
from k2meta.figures.forest.forest_job import ForestRequest
from k2meta.figures.looks.themes import Theme
from k2meta.figures.words.catalogue import LANGUAGES
from k2meta.models.result import MetaResult

__all__ = ["as_results", "forest_options", "forest_requests"]

MOST_PANELS = 6
T = TypeVar("T")


def as_results(result: Any) -> list[ForestResult]:
    """One result as a list of one; several as they are, each of a kind that can be shown."""
    several = isinstance(result, (list, tuple))
    results = list(result) if several else [result]
    if not 1 <= len(results) <= MOST_PANELS:
        raise OptionError(
            f"result is a list of {len(results)} - expected one to {MOST_PANELS} fits of the same studies - "
            "give one for each panel"
        )
    for own in results:
        base_fit(own)
    return results


def forest_requests(
    results: Sequence[ForestResult], theme: Theme, given: Mapping[str, Any]
) -> list[ForestRequest]:
    """Check the keywords of :func:`k2meta.forest_plot` and deal them out to the panels.

    Parameters
    ----------
    results : sequence
        One for each panel.
    theme : Theme
    given : mapping of str to object
        The keywords by name.

    Returns
    -------
    list of ForestRequest
        One for each result.
    """
    n = len(results)
    if given["lang"] not in LANGUAGES:
        raise unknown_option("lang", given["lang"], LANGUAGES)
    as_flags(statistics=given["statistics"], footnote=given["footnote"])
    whole = ForestRequest(
        theme=theme,
        lang=given["lang"],
        arms=as_pair("arms", given["arms"]),
        columns=as_names("columns", given["columns"]),
        extra=as_columns(given["extra"]),
        heads=as_heads(given["heads"]),
        title=as_text("title", given["title"]) or "",
        statistics=given["statistics"],
        footnote=given["footnote"],
        bias=_bias(given["rob"], results),
    )
    options = forest_options(results, given)
    limits = _dealt("xlim", given["xlim"], n, lambda v: _two("xlim", v))
    ticks = _dealt("ticks", given["ticks"], n, lambda v: as_numbers("ticks", v))
    bands = _dealt("band", given["band"], n, lambda v: _two("band", v))
    favours = _dealt("favours", given["favours"], n, lambda v: as_pair("favours", v))
    effects = _dealt("effect", given["effect"], n, lambda v: as_text("effect", v))
    decimals = _dealt("decimals", given["decimals"], n, lambda v: as_count("decimals", v, 10))
    requests = []
    for i in range(n):
        request = replace(
            whole,
            xlim=limits[i],
            ticks=ticks[i],
            band=bands[i],
            favours=favours[i],
            effect=effects[i],
            decimals=decimals[i],
            options=options[i],
            panel_number=i,
            heads=_own_heads(whole.heads, i, n),
        )
        requests.append(request if i == 0 else _narrowed(request))
    return requests


def _bias(rob: Any, results: Sequence[ForestResult]) -> RiskOfBias | None:
    if rob is not None and not isinstance(results[0], (MetaResult, SubgroupResult)):
        raise OptionError(
            "rob beside a leave-one-out or cumulative result - its rows are fits, not studies - leave rob out"
        )
    return as_bias(rob)


def _two(name: str, value: Any) -> tuple[float, float] | None:
    numbers = as_numbers(name, value, 2)
    return None if numbers is None else (numbers[0], numbers[1])


def _is_list(value: object) -> bool:
    return isinstance(value, (list, tuple))


def _dealt(name: str, value: Any, n: int, check: Callable[[Any], T]) -> list[T]:
    """One value for each panel: from a list of as many, or the same for all.

    A pair of limits or of names is itself a list: it stands for all panels; lists of such pairs go panel by
    panel. The name of an effect cannot stand for two.
    """
    if n == 1:
        return [check(value)]
    nested = name not in ("effect", "decimals")
    each = (
        _is_list(value) and any(_is_list(item) or item is None for item in value)
        if nested
        else _is_list(value)
    )
    if each:
        if len(value) != n:
            raise OptionError(
                f"{name} has {len(value)} values - expected {n}, one for each panel - put None where a panel "
                "has none"
            )
        return [check(item) for item in value]
    if name == "effect" and value is not None:
        raise OptionError(
            f"effect={value!r} - one name for {n} panels - expected a list of {n}, None where the measure's "
            'own name will do - write effect=["Risk ratio", None], say'
        )
    return [check(value)] * n


def _own_heads(heads: Mapping[str, str], number: int, n: int) -> dict[str, str]:
    """Heads of one panel: ``"weight"`` is meant for all panels, ``"weight:1"`` for the second only."""
    suffix = f":{number}" if number else ":0"
    known = [f":{i}" for i in range(n)]
    own = {key: words for key, words in heads.items() if not any(key.endswith(end) for end in known)}
    own.update({k.removesuffix(suffix): words for k, words in heads.items() if k.endswith(suffix)})
    return own


def _narrowed(request: ForestRequest) -> ForestRequest:
    """What a further panel needs: its own columns. Study, arms and the reader's columns stand once."""
    own = ("effect", "weight", "weights", "p", "tau2", "i2")
    columns = None if request.columns is None else tuple(c for c in request.columns if c in own)
    heads = {key: words for key, words in request.heads.items() if key in own}
    return replace(request, columns=columns, heads=heads, bias=None)


# --------------------------------------------------------------------------- what is shown
def forest_options(results: Sequence[ForestResult], given: Mapping[str, Any]) -> list[ForestOptions]:
    """Options of each panel; further models go to the panel whose effects they were fitted to."""
    flags = {name: given[name] for name in ("prediction", "excluded", "overall")}
    as_flags(**flags)
    models, sort = given["models"], given["sort"]
    known = (MetaResult, SubgroupResult)
    if not _is_list(models) or not all(isinstance(fit, known) for fit in models):
        shown = type(models).__name__ if isinstance(models, known) else repr(models)
        raise OptionError(
            f"models is {shown} - expected a list of fits, as meta_analysis() returns them - write "
            "models=[fit]"
        )
    within, between = sort if _is_list(sort) and len(sort) == 2 else (sort, "data")
    bases = [base_fit(result) for result in results]
    dealt: list[list[MetaResult | SubgroupResult]] = [[] for _ in results]
    for model in models:
        fit = base_fit(model)
        alike = (i for i, b in enumerate(bases) if b.measure == fit.measure and b.study == fit.study)
        dealt[next(alike, 0)].append(model)
    return [
        ForestOptions(
            within,
            tuple(base_fit(model) for model in own),
            flags["prediction"],
            flags["excluded"],
            flags["overall"],
            between,
            tuple(model if isinstance(model, SubgroupResult) else None for model in own),
        )
        for own in dealt
    ]
