"""Reproductions of published meta-analyses, by name."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any

from k2meta.auditing.progress import Step, progress_of, silent
from k2meta.auditing.result import FIGURE_LANGUAGES, ReproductionResult, prepare_folder
from k2meta.errors import OptionError, unknown_option
from k2meta.tables.notes import checked_language

__all__ = ["REPRODUCTIONS", "Reproduction", "Request", "reproduce"]


@dataclass(frozen=True, eq=False, slots=True)
class Request:
    """What the caller wants of a reproduction.

    Attributes
    ----------
    rows : path, DataFrame or None
        The filled template.
    include_contested : bool
        Whether trials whose integrity is questioned in print take part.
    include_retracted : bool
        Whether analyses with retracted trials are added.
    lang : {"en", "zh"}
    step : callable
        Called with a label before each step.
    """

    rows: Any = None
    include_contested: bool = True
    include_retracted: bool = False
    lang: str = "en"
    step: Step = silent


@dataclass(frozen=True, slots=True)
class Reproduction:
    """One published meta-analysis that can be reproduced.

    Attributes
    ----------
    name, title, title_zh, citation : str
    steps : int
        Steps it announces while computing.
    takes_rows : bool
        Whether a filled template can be given.
    run : callable
        ``run(request) -> ReproductionResult``.
    """

    name: str
    title: str
    title_zh: str
    citation: str
    steps: int
    takes_rows: bool
    run: Callable[[Request], ReproductionResult]


def _xu2021(request: Request) -> ReproductionResult:
    from k2meta.auditing.xu2021 import run

    return run(request)


def _alendronate2025(request: Request) -> ReproductionResult:
    from k2meta.auditing.alendronate2025 import run

    return run(request)


# To add a reproduction: write a module with run(request), and one record here.
REPRODUCTIONS: Mapping[str, Reproduction] = MappingProxyType(
    {
        record.name: record
        for record in (
            Reproduction(
                "xu2021",
                "Vitamin K2 in postmenopausal osteoporosis, meta-analysis of 2021",
                "维生素K2防治绝经后骨质疏松症作用的荟萃分析",
                "Xu XQ, Zhang D, Tao XC, Zhang HX. Chin J Osteoporos 2021;27(12):1780-1787. "
                "doi:10.3969/j.issn.1006-7108.2021.12.011",
                steps=5,
                takes_rows=True,
                run=_xu2021,
            ),
            Reproduction(
                "alendronate2025",
                "Alendronate for preventing fractures, Cochrane review of 2025",
                "阿仑膦酸钠预防骨折，2025年Cochrane系统评价",
                "Cochrane Database of Systematic Reviews 2025, CD001155.pub3. "
                "doi:10.1002/14651858.CD001155.pub3",
                steps=10,
                takes_rows=False,
                run=_alendronate2025,
            ),
        )
    }
)


def reproduce(
    name: str,
    *,
    rows: Any = None,
    out: str | Path | None = None,
    include_contested: bool = True,
    include_retracted: bool = False,
    lang: str = "en",
    progress: bool | None = None,
) -> ReproductionResult:
    """Recompute a published meta-analysis and say of every printed number whether it is reached.

    Parameters
    ----------
    name : str
        A key of :data:`REPRODUCTIONS`: ``"xu2021"``, ``"alendronate2025"``.
    rows : str, path or DataFrame, optional
        The template of rows wanted, filled from the paper's full text (``"xu2021"`` writes it).
    out : str or path, optional
        Folder for ``summary.md``, tables (CSV) and forest plots (PDF and PNG, English and Chinese).
    include_contested : bool
        Whether trials whose integrity is questioned in print take part; results with and without
        them are shown either way.
    include_retracted : bool
        Whether a sensitivity analysis with retracted trials is added; they are listed either way.
    lang : {"en", "zh"}
        Language of the summary and of ``.figures``.
    progress : bool, optional
        False shows no progress; by default it is shown on stderr when the job is long.

    Returns
    -------
    ReproductionResult
        ``.to_frame()`` (verdicts), ``.analyses`` (fits), ``.figures``, ``.tables``, ``.summary``.

    Raises
    ------
    OptionError
        When the name, the language or a combination of options is not known.
    DataError
        When the filled rows cannot be used; study, column and value are named.
    OutputError
        When the folder cannot be written.

    Examples
    --------
    >>> import k2meta as k2
    >>> done = k2.reproduce("alendronate2025", progress=False)
    >>> done.audit.counts["reproduced"] > 100
    True
    """
    if not isinstance(name, str) or name not in REPRODUCTIONS:
        raise unknown_option("reproduction", name, REPRODUCTIONS)
    record = REPRODUCTIONS[name]
    if rows is not None and not record.takes_rows:
        raise OptionError(f"{name} takes no rows: every row it needs is bundled; leave rows out")
    checked_language(lang)
    folder = None if out is None else prepare_folder(out)
    with progress_of(record.steps + (rows is not None), progress) as step:
        result = record.run(Request(rows, include_contested, include_retracted, lang, step))
    if folder is not None:
        with progress_of(len(result.drawings) * len(FIGURE_LANGUAGES), progress) as step:
            result.write(folder, step)
    return result
