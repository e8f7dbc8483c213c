"""Several effects of the same studies side by side: one row for a study, one plot for each effect."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from k2meta.analysis.cumulative import CumulativeResult
from k2meta.errors import DataError, OptionError
from k2meta.figures.forest.forest_entry import ForestResult
from k2meta.figures.forest.forest_job import MARKS, ForestRequest, Job
from k2meta.figures.forest.forest_model import job_of, model_of
from k2meta.figures.forest.forest_record import record_of_panels
from k2meta.figures.looks.model import Column, FigureModel, Line, Panel, Row, Runs, plain_text, run
from k2meta.figures.words.catalogue import effect_name

__all__ = ["build_panels", "panel_names"]

Key = tuple[object, ...]
_BLANK = Row("space")


def build_panels(results: Sequence[ForestResult], requests: Sequence[ForestRequest]) -> FigureModel:
    """Join the figure models of several results into one with as many panels.

    Parameters
    ----------
    results : sequence of MetaResult, SubgroupResult, LeaveOneOutResult or CumulativeResult
        Of one kind, of the same studies.
    requests : sequence of ForestRequest
        One for each.

    Returns
    -------
    FigureModel

    Raises
    ------
    OptionError
        When the results are of different kinds or groups.
    DataError
        When they share no study, or a study's arms differ between them.
    """
    _refuse_strangers(results)
    _refuse_orders(results)
    requests = [_trimmed(request, result) for request, result in zip(requests, results, strict=True)]
    jobs = [job_of(result, request) for result, request in zip(results, requests, strict=True)]
    names = panel_names(jobs)
    jobs = [
        replace(job, request=replace(job.request, panel=name)) for job, name in zip(jobs, names, strict=True)
    ]
    models = [model_of(job) for job in jobs]
    refits = models[0].panels[0].equal_squares
    keys = [_keys(model.rows, number, refits) for number, model in enumerate(models)]
    _refuse_unrelated(keys, names)
    order = _merged_order(keys)
    places = [{key: i for i, key in enumerate(own)} for own in keys]
    found = [
        [
            model.rows[place[key]] if key in place else None
            for model, place in zip(models, places, strict=True)
        ]
        for key in order
    ]
    arms = next((m for m in models if any(c.key in _arm_keys(m) for c in m.columns)), models[0])
    columns = _join_columns(models, arms, lambda m: m.columns)
    rows = tuple(_join_row(own, {c.key for c in columns}, names) for own in found)
    if refits:
        rows = tuple(_marked(row, own) for row, own in zip(rows, found, strict=True))
    overall = [line for model in models for line in model.statistics[: model.overall_lines]]
    rest = [line for model in models for line in model.statistics[model.overall_lines :]]
    return FigureModel(
        lang=models[0].lang,
        columns=columns,
        merged=_join_columns(models, arms, lambda m: m.merged),
        arms=arms.arms,
        rows=rows,
        panels=tuple(_panel(model, [own[number] for own in found]) for number, model in enumerate(models)),
        statistics=(*overall, *rest),
        overall_lines=len(overall),
        all_studies=models[0].all_studies,
        footnotes=_join_notes(models, names),
        continued=models[0].continued,
        record=record_of_panels(jobs, names),
        bias=models[0].bias,
    )


def panel_names(jobs: Sequence[Job]) -> list[str]:
    """Short names of the panels for lines of statistics: the measure's code, or the effect as given."""
    lang = jobs[0].lang
    short = [job.request.effect or effect_name(job.reading.measure, lang, short=True) for job in jobs]
    seen: Counter[str] = Counter()
    names = []
    for name in short:
        seen[name] += 1
        names.append(f"{name} {seen[name]}" if short.count(name) > 1 else name)
    return names


# --------------------------------------------------------------------------- what can be joined
def _refuse_strangers(results: Sequence[ForestResult]) -> None:
    kinds = list(dict.fromkeys(type(result).__name__ for result in results))
    if len(kinds) > 1:
        raise OptionError(
            f"the panels hold {' and '.join(kinds)} objects - expected results of one kind - give fits only, "
            "or subgroup results only"
        )
    groups = [tuple(getattr(result, "groups", ())) for result in results]
    other = next((own for own in groups if set(own) != set(groups[0])), None)
    if other is not None:
        raise OptionError(
            f"the panels have the groups {', '.join(groups[0])} and {', '.join(other)} - expected the same "
            "groups - group all effects by the same column"
        )


def _refuse_orders(results: Sequence[ForestResult]) -> None:
    """Rows of cumulative results mean the same studies only where these came in the same order."""
    steps = [result.study for result in results if isinstance(result, CumulativeResult)]
    for own in steps[1:]:
        here, there = ([name for name in a if name in b] for a, b in ((steps[0], own), (own, steps[0])))
        if here != there:
            one, other = next(pair for pair in zip(here, there, strict=False) if pair[0] != pair[1])
            raise OptionError(
                f"the panels add their studies in different orders ({one} where the other has {other}) - "
                'expected one order for all - give order="year", say, or another column of the data'
            )


def _refuse_unrelated(keys: Sequence[list[Key]], names: Sequence[str]) -> None:
    studies = [{str(key[3]) for key in own if key[0] == "study"} for own in keys]
    for own, name in zip(studies[1:], names[1:], strict=True):
        if studies[0] and own and not studies[0] & own:
            raise DataError(
                f"the panels {names[0]} and {name} have no study in common ({min(studies[0])}; {min(own)}) - "
                "expected effects of the same studies, by the same labels - give study= when the effects "
                "are computed"
            )


def _trimmed(request: ForestRequest, result: ForestResult) -> ForestRequest:
    """Leave out the reader's columns where they cannot belong to a further panel's studies."""
    effects = getattr(result, "effects", None) or getattr(result, "fit", result).effects  # type: ignore[union-attr]
    fits = {
        name: values
        for name, values in request.extra.items()
        if len(values) in (effects.k, len(effects.labels))
    }
    return request if request.panel_number == 0 else replace(request, extra=fits)


# --------------------------------------------------------------------------- rows
def _keys(rows: Sequence[Row], panel: int, refits: bool) -> list[Key]:
    """What makes a row the same row in another panel; equal keys are told apart by their order."""
    seen: Counter[Key] = Counter()
    keys = []
    for row in rows:
        kind = {"excluded": "study", "unpooled": "pooled"}.get(row.kind, row.kind)
        own = (panel,) if kind == "note" else ()
        # marks behind the name of a refit are one panel's: the row is the same
        label = row.label.rstrip(MARKS) if refits else row.label
        label = "" if kind == "space" else label
        key: Key = (kind, row.level, row.group, label, *own)
        seen[key] += 1
        keys.append((*key, seen[key]))
    return keys


def _merged_order(keys: Sequence[list[Key]]) -> list[Key]:
    """Rows of the first panel in their order; those of others alone behind what they follow there."""
    order = list(keys[0])
    for own in keys[1:]:
        place = 0
        for key in own:
            if key in order:
                place = order.index(key) + 1
                continue
            while key[0] == "note" and place < len(order) and order[place][0] == "note":
                place += 1
            order.insert(place, key)
            place += 1
    return order


def _suffix(key: str, number: int) -> str:
    return f"{key}:{number}" if number else key


_OWN = ("effect", "weight", "p", "tau2", "i2")


def _join_row(own: Sequence[Row | None], shown: set[str], names: Sequence[str]) -> Row:
    """One row of texts: the study and its arms once, the effects of each panel under keys of their own."""
    rows = [row for row in own if row is not None]
    base = next((row for row in rows if row.kind == "study"), rows[0])
    dots = next((row.dots for row in rows if row.dots), base.dots)
    cells: dict[str, Runs] = {}
    for number, row in enumerate(own):
        for key, runs in row.cells.items() if row is not None else ():
            if key in _OWN or key.startswith("weight "):
                cells[_suffix(key, number)] = runs
            elif key not in cells:
                cells[key] = runs
            elif cells[key] != runs and key != "study" and key in shown:
                if base.kind in ("study", "excluded"):
                    raise DataError(
                        f"{base.label} - {key} is {plain_text(cells[key])} in panel {names[0]} and "
                        f"{plain_text(runs)} in panel {names[number]} - expected the same arms, as they are "
                        'printed once - leave them out: columns=["study", "effect"]'
                    )
                cells[key] = ()  # a sum that is not the sum of every panel's studies
    return replace(base, cells=cells, dots=dots)


def _marked(row: Row, own: Sequence[Row | None]) -> Row:
    """Gather the marks that the panels put behind a name."""
    stem = row.label.rstrip(MARKS)
    labels = [part.label for part in own if part is not None]
    marks = "".join(dict.fromkeys(mark for label in labels for mark in label[len(stem) :]))
    label = stem + marks
    return replace(row, label=label, cells={**row.cells, "study": run(label)}) if label != row.label else row


def _panel(model: FigureModel, rows: Sequence[Row | None]) -> Panel:
    return replace(model.panels[0], rows=tuple(row or _BLANK for row in rows))


# --------------------------------------------------------------------------- columns and notes
def _arm_keys(model: FigureModel) -> set[str]:
    """Keys of the arms' columns: what is neither a panel's own nor the study's nor the reader's."""
    return {c.key for c in (*model.columns, *model.merged) if c.panel is None and c.drop == 1}


def _join_columns(
    models: Sequence[FigureModel], arms: FigureModel, pick: Callable[[FigureModel], tuple[Column, ...]]
) -> tuple[Column, ...]:
    """The first panel's columns (its arms, or those of the first that has any), then each panel's own."""
    first = list(pick(models[0]))
    if arms is not models[0]:
        more = [c for c in pick(arms) if c.key in _arm_keys(arms)]
        place = max(i for i, c in enumerate(first) if c.panel is None) + 1
        first[place:place] = more
    for number, model in enumerate(models[1:], 1):
        first += [
            replace(c, key=_suffix(c.key, number), panel=number) for c in pick(model) if c.panel is not None
        ]
    return tuple(first)


def _join_notes(models: Sequence[FigureModel], names: Sequence[str]) -> tuple[Line, ...]:
    """Footnotes once where they hold for every panel; otherwise with the panel's name before them."""
    colon = "：" if models[0].lang == "zh" else ": "
    notes: dict[Any, Line] = {}
    for model, name in zip(models, names, strict=True):
        for note in model.footnotes:
            everywhere = all(note in other.footnotes for other in models)
            key = note if everywhere else (name, note)
            notes[key] = note if everywhere else ((*run(name + colon), *note[0]), *note[1:])
    return tuple(notes.values())
