"""The PRISMA 2020 flow diagram: what was found, screened, excluded and included, with checked numbers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from k2meta.figures.chart.chart_figure import base_record, choose_theme
from k2meta.figures.flow.prisma_boxes import STAGES, Box, prisma_boxes, prisma_sections
from k2meta.figures.flow.prisma_flow import SOURCES, PrismaFlow, read_prisma
from k2meta.figures.flow.prisma_layout import lay_out_prisma
from k2meta.figures.lettering.faces import latin_face, require_glyphs
from k2meta.figures.lettering.numbers import format_count
from k2meta.figures.looks.model import plain_text
from k2meta.figures.looks.themes import Theme, page_width
from k2meta.figures.page.canvas import K2Figure
from k2meta.figures.page.figure_set import in_both_languages
from k2meta.figures.words.catalogue import LANGUAGES, say

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["prisma_data", "prisma_plot"]


def prisma_data(flow: object) -> pd.DataFrame:
    """Return the numbers of a PRISMA 2020 flow diagram, checked, one row for each printed number.

    Parameters
    ----------
    flow : mapping, DataFrame, path of a CSV file
        As in :func:`prisma_plot`.

    Returns
    -------
    DataFrame
        ``stage`` (``"identification"``, ``"screening"``, ``"included"``), ``section`` (``"previous"``,
        ``"databases"``, ``"other"``), ``box``, ``key`` (parts as ``"excluded_reports: Wrong outcome"``),
        ``label`` (English), ``n`` (missing where not reported).

    Raises
    ------
    DataError
        As in :func:`prisma_plot`.

    Examples
    --------
    >>> import k2meta as k2
    >>> flow = {"databases": 100, "duplicates": 10, "screened": 90, "excluded": 70, "sought": 20,
    ...         "not_retrieved": 1, "assessed": 19, "excluded_reports": {"Wrong outcome": 9}, "studies": 8}
    >>> k2.prisma_data(flow)["n"].tolist()
    [100, 10, 90, 70, 20, 1, 19, 9, 9, 8]
    """
    import pandas as pd

    rows = [
        (_stage(box), box.section, box.key, line.key, line.label, line.count)
        for box in prisma_boxes(read_prisma(flow), "en")
        for line in box.lines
        if line.key
    ]
    frame = pd.DataFrame(rows, columns=["stage", "section", "box", "key", "label", "n"])
    return frame.astype({"n": "Int64"})


@in_both_languages
def prisma_plot(
    flow: object,
    *,
    theme: str | Theme = "plain",
    width: str | float = "2col",
    lang: str = "en",
    title: str = "",
    **theme_overrides: Any,
) -> K2Figure:
    """Draw the PRISMA 2020 flow diagram of a new or updated review; the numbers are checked first.

    The keys decide which of the four templates it is: ``previous_studies`` and ``total_studies`` make it
    that of an updated review; sources and ``other_...`` add the part for other methods.

    Parameters
    ----------
    flow : mapping, DataFrame, path of a CSV file
        Counts by key. Lists may be mappings from name to count, and then print name by name.

        - ``databases``, ``registers``: records identified (count, or mapping).
        - ``duplicates``, ``automation`` (ineligible by automation tools), ``removed_other``: removed before
          screening.
        - ``screened``, ``excluded``: records; ``excluded_by_human`` and ``excluded_by_automation`` part the
          latter.
        - ``sought``, ``not_retrieved``, ``assessed``: reports; ``excluded_reports``: count, or mapping from
          reason to count.
        - ``websites``, ``organisations``, ``citations``, ``other_sources`` (mapping), ``other_sought``,
          ``other_not_retrieved``, ``other_assessed``, ``other_excluded_reports``: the same by other methods.
        - ``studies``, ``reports``: (newly) included. ``previous_studies``, ``previous_reports``,
          ``total_studies``, ``total_reports``: of an updated review.

        None prints as not reported, and what follows from it is not checked. ``registers``, ``automation``,
        ``removed_other``, single sources and all ``reports`` may be left out: they then have no line and
        count as 0. A table has the columns ``key`` and ``n``, lists written ``name, count; name, count``; the
        template of the R package PRISMA2020 is read as it is.
    theme : str or Theme
        A theme changes looks only.
    width : str or float
        ``"1col"`` (85 mm), ``"1.5col"``, ``"2col"`` (174 mm), or millimetres.
    lang : {"en", "zh", "en+zh"}
        ``"en+zh"`` gives a figure in each language.
    title : str
        Title of the file, for its metadata; nothing is drawn.
    **theme_overrides
        Any setting of the theme (``size=7``).

    Returns
    -------
    K2Figure or FigureSet
        ``fig.save("flow.pdf")``; ``fig.table()``, ``fig.alt_text``, ``fig.caption()``, ``fig.k2meta``.

    Raises
    ------
    DataError
        A box is not its parent minus what was removed (the message names both), a key is unknown or missing,
        or a value is no count. It is a ``ValueError``.
    OptionError
        An option is not known; the message lists the known ones.
    LayoutError
        The page is too narrow or too low; the message gives the millimetres needed.
    MissingGlyphError
        A reason has a character that no face draws.
    TypeError
        A keyword is not known; the message names the nearest.

    Notes
    -----
    Checked: screened = identified - removed; sought = screened - excluded; assessed = sought - not
    retrieved; reports included = assessed - excluded, over both parts; totals = previous + new. A report may
    tell of several studies and a study have several reports, so ``studies`` is not held to ``reports``.
    Page et al. 2021, doi:10.1136/bmj.n71. R counterpart: ``PRISMA2020::PRISMA_flowdiagram``
    (doi:10.1002/cl2.1230), which takes the numbers as they are.

    Examples
    --------
    >>> import k2meta as k2
    >>> flow = {"databases": 100, "duplicates": 10, "screened": 90, "excluded": 70, "sought": 20,
    ...         "not_retrieved": 1, "assessed": 19, "excluded_reports": {"Wrong outcome": 9}, "studies": 8}
    >>> fig = k2.prisma_plot(flow, width="1col")
    >>> fig.table().loc[3, ["label", "n"]].tolist()
    ['Records excluded', '70']
    >>> k2.prisma_plot({**flow, "screened": 91})
    Traceback (most recent call last):
    k2meta.errors.DataError: screened (91) is not databases (100) minus duplicates (10) - expected 90 - \
correct one of these boxes
    """
    look = choose_theme(prisma_plot, theme, theme_overrides)
    named = title or say("prisma: title", lang)
    checked = read_prisma(flow)
    boxes, sections = prisma_boxes(checked, lang), prisma_sections(checked, lang)
    with latin_face(look.latin):
        texts = [plain_text(line.text) for box in boxes for line in box.lines]
        heads = [plain_text(section.head) for section in sections]
        require_glyphs([*texts, *heads, *(say(f"prisma: {stage}", lang) for stage in STAGES)])
        page, size = lay_out_prisma(boxes, sections, look, page_width(width, look), lang)
    record: dict[str, Any] = {
        **base_record(
            "prisma",
            named,
            lang,
            alts={each: _alt(checked, each) for each in LANGUAGES},
            captions={each: _caption(checked, each) for each in LANGUAGES},
            theme=look,
            size=size,
        ),
        "template": checked.template,
        "rows": _record_rows(boxes),
        "axis": {},
    }
    return K2Figure(page, record, _table(boxes))


# --------------------------------------------------------------------------- record
def _stage(box: Box) -> str:
    return next(stage for stage, (first, last) in STAGES.items() if first <= box.row <= last)


def _record_rows(boxes: Sequence[Box]) -> list[dict[str, Any]]:
    return [
        {
            "kind": "box",
            "box": box.key,
            "key": line.key,
            "label": line.label,
            "value": line.count,
            "gid": f"k2:box:{box.key}",
        }
        for box in boxes
        for line in box.lines
        if line.key
    ]


def _table(boxes: Sequence[Box]) -> pd.DataFrame:
    """Return the numbers as printed."""
    import pandas as pd

    rows = [
        (_stage(box), box.key, line.label, line.printed) for box in boxes for line in box.lines if line.key
    ]
    return pd.DataFrame(rows, columns=["stage", "box", "label", "n"])


def _steps(flow: PrismaFlow, lang: str) -> list[str]:
    """The main line of the diagram in words: label and count of each box."""
    new = " new" if flow.updated else ""
    steps = [("prisma: step", "all identified", flow.total("databases", "registers"))]
    steps += [("prisma: step", key, flow.counts[key]) for key in ("screened", "sought", "assessed")]
    if flow.other:
        steps.append(("prisma: step", "other identified", flow.total(*SOURCES)))
        steps.append(("prisma: step other", "assessed", flow.counts["other_assessed"]))
    steps.append(("prisma: step", f"studies{new}", flow.counts["studies"]))
    if flow.updated:
        steps.append(("prisma: step", "total_studies", flow.counts["total_studies"]))
    words = []
    for key, label, count in steps:
        n = say("prisma: not reported", lang) if count is None else format_count(count, lang)
        text = say(f"prisma: {label}", lang)
        words.append(say(key, lang, label=text[:1].lower() + text[1:], n=n))
    return words


def _alt(flow: PrismaFlow, lang: str) -> str:
    between = "；" if lang == "zh" else "; "
    review = say("prisma: updated" if flow.updated else "prisma: new", lang)
    return say("prisma: alt", lang, review=review, steps=between.join(_steps(flow, lang)))


def _caption(flow: PrismaFlow, lang: str) -> str:
    between = "；" if lang == "zh" else "; "
    steps = between.join(_steps(flow, lang))
    return say("prisma: caption", lang, steps=steps[:1].upper() + steps[1:])
