"""Several figures of one request: the pages of a long figure, or one figure in two languages."""

from __future__ import annotations

import functools
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any, ParamSpec, TypeVar, cast

from k2meta.errors import OptionError, unknown_option
from k2meta.figures.looks.themes import get_theme
from k2meta.figures.page.bilingual import BOTH, given_in
from k2meta.figures.page.canvas import K2Figure
from k2meta.figures.page.keyword_checks import read_keywords
from k2meta.figures.words.catalogue import LANGUAGES

__all__ = ["FigureSet", "in_both_languages"]

P = ParamSpec("P")
Drawn = TypeVar("Drawn")


class FigureSet(list[K2Figure]):
    """A list of figures that can be saved in one call, each to a file of its own.

    Examples
    --------
    >>> import k2meta as k2
    >>> fit = k2.meta_analysis(yi=[0.1, 0.3, 0.5], vi=[0.02, 0.03, 0.02], study=["A", "B", "C"])
    >>> [figure.lang for figure in k2.forest_plot(fit, lang="en+zh")]
    ['en', 'zh']
    """

    def names(self, path: str | os.PathLike[str]) -> list[Path]:
        """Names of the files: ``forest.pdf`` gives ``forest-en.pdf`` and so on, or ``forest-1.pdf``.

        Parameters
        ----------
        path : path
            With the ending that gives the format.
        """
        whole = Path(path)
        several_languages = len({figure.lang for figure in self}) > 1
        found = []
        for figure in self:
            parts = [figure.lang] if several_languages else []
            parts += [str(figure.k2meta["page"])] if figure.k2meta.get("pages", 1) > 1 else []
            found.append(whole.with_name("-".join([whole.stem, *parts]) + whole.suffix))
        return found

    def save(self, *paths: str | os.PathLike[str], **options: Any) -> list[Path]:
        """Save every figure to every path, with its language or page in the name.

        Parameters
        ----------
        *paths : path
        **options
            As in :meth:`K2Figure.save`.

        Returns
        -------
        list of Path
            The files written.

        Raises
        ------
        OptionError
            When something is no path: several figures cannot share one stream.
        OutputError
            As in :meth:`K2Figure.save`; every page is checked before the first is written.
        """
        for path in paths:
            if not isinstance(path, (str, os.PathLike)):
                raise OptionError(
                    f"{path!r} is no path - expected file names, as several figures cannot share one "
                    "stream - save each figure of the list by itself"
                )
        checked = {key: options[key] for key in ("dpi", "format", "profile") if key in options}
        for path in paths:
            for figure, name in zip(self, self.names(path), strict=True):
                figure.check_save(name, **checked)
        written = []
        for path in paths:
            for figure, name in zip(self, self.names(path), strict=True):
                figure.save(name, **options)
                written.append(name)
        return written


def in_both_languages(plot: Callable[P, Drawn]) -> Callable[P, Drawn]:
    """Let a figure's function take ``lang="en+zh"``: a :class:`FigureSet` of both, saved in one call.

    Words of the reader's own (``title=``, ``effect=``) may come as ``{"en": ..., "zh": ...}``.

    Raises
    ------
    OptionError
        With ``bilingual="stack"``, which only forest plots know; for keywords that hold what they cannot
        (:func:`k2meta.figures.page.keyword_checks.read_keywords`); for a language that is none of the known.
    """
    again = cast(Callable[..., Drawn], plot)

    @functools.wraps(plot)
    def drawn(*arguments: P.args, **keywords: P.kwargs) -> Drawn:
        if not isinstance(keywords.get("lang"), str) or keywords["lang"] != BOTH:
            own = read_keywords(plot, arguments, keywords)
            if own.get("lang", "en") not in LANGUAGES:
                raise unknown_option("lang", own["lang"], (*LANGUAGES, BOTH))
            return again(*arguments, **own)
        theme: Any = keywords.get("theme", "plain")
        if keywords.get("bilingual", get_theme(theme).bilingual) == "stack":
            raise OptionError(
                f'bilingual="stack" is for forest plots - {plot.__name__}() draws a figure in each '
                "language - leave it out"
            )
        figures = FigureSet()
        for each in LANGUAGES:
            own = read_keywords(plot, arguments, given_in(keywords, each))
            figure = again(*arguments, **own)
            figures.extend(figure if isinstance(figure, list) else [cast(K2Figure, figure)])
        # declared as one figure, which it is for every other lang: a list is what was asked for here
        return cast(Drawn, figures)

    return drawn
