"""Several figures of one request: the pages of a long figure, or one figure in two languages."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from k2meta.errors import OptionError
from k2meta.figures.canvas import K2Figure

__all__ = ["FigureSet"]


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
        """
        for path in paths:
            if not isinstance(path, (str, os.PathLike)):
                raise OptionError(
                    f"{path!r} is no path - expected file names, as several figures cannot share one "
                    "stream - save each figure of the list by itself"
                )
        written = []
        for path in paths:
            for figure, name in zip(self, self.names(path), strict=True):
                figure.save(name, **options)
                written.append(name)
        return written
