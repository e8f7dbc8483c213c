"""The figure that the package returns: a matplotlib Figure that knows what it shows."""

from __future__ import annotations

import copy
import os
from collections.abc import Mapping
from typing import IO, TYPE_CHECKING, Any

from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from k2meta.errors import OptionError, unknown_option
from k2meta.figures.lettering.drawing import drawing_context
from k2meta.figures.looks.display import Page
from k2meta.figures.page.draw import draw_page
from k2meta.figures.page.profiles import check_profile, profile_dpi, warn_of_hearsay
from k2meta.figures.page.saving import check_target, figure_bytes, save_figure

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

__all__ = ["K2Figure"]


class K2Figure(Figure):
    """A figure of one page, with its truth record.

    Ordinary matplotlib in every respect (``fig.axes``, artists found by gid), except that it draws
    and saves under settings of its own, so that no style sheet changes it.

    Attributes
    ----------
    k2meta : dict
        The truth record: ``rows`` (what each mark shows, on the analysis scale, in the order of the
        numbers in the gids), ``axis``, ``dropped``, ``alt``, ``alt_en``, ``alt_zh``, ``versions`` ...
    parts : dict
        The axes by name; ``parts["plot"]`` holds the marks.
    page : Page
        The display list that was drawn.
    title, lang, alt_text : str
    """

    def __init__(self, page: Page, record: Mapping[str, Any], table: pd.DataFrame) -> None:
        with drawing_context():
            super().__init__(figsize=(page.width / 72, page.height / 72), dpi=150)
            FigureCanvasAgg(self)
            self.parts: dict[str, Axes] = draw_page(self, page)
        self.page = page
        self.k2meta: dict[str, Any] = dict(record)
        self.title: str = record["title"]
        self.lang: str = record["lang"]
        self.alt_text: str = record["alt"]
        self._table = table

    def draw(self, renderer: Any) -> None:
        """Draw under the package's settings (unhinted text: widths as laid out)."""
        with drawing_context():
            super().draw(renderer)

    def savefig(self, fname: Any, **kwargs: Any) -> None:
        """Save as matplotlib does, but with TrueType faces and the size that was asked for."""
        with drawing_context():
            super().savefig(fname, **kwargs)

    def save(
        self,
        *paths: str | os.PathLike[str] | IO[bytes],
        dpi: float | None = None,
        format: str | None = None,
        editable: bool = False,
        profile: str | None = None,
    ) -> None:
        """Save to one or more files; the ending gives the format. All are checked before one is written.

        Parameters
        ----------
        *paths : path or binary stream
            ``.pdf``, ``.svg``, ``.png``, ``.tiff``, ``.eps`` or ``.pptx``. Folders must exist.
        dpi : float, optional
            Resolution of PNG and TIFF: 600, or what the profile allows next to it.
        format : str, optional
            For streams, or instead of the ending.
        editable : bool
            Keep text as text in SVG; it then needs the package's faces where it is opened. PPTX is
            always editable.
        profile : str, optional
            A journal whose rules the files must keep: sizes, type, formats, resolution. ``profile_names()``
            in :mod:`k2meta.figures.page.profiles` lists them.

        Raises
        ------
        OutputError
            When a file cannot be written, or breaks a rule that the journal has published.
        OptionError
            When the format or the profile is not known, the resolution is impossible, or nothing was named.

        Warns
        -----
        LayoutWarning
            When a rule of the journal is broken that is known second-hand only.
        """
        sharpness = self.check_save(*paths, dpi=dpi, format=format, profile=profile)
        if profile is not None:
            kinds = [check_target(self, path, format=format, dpi=sharpness) for path in paths]
            warn_of_hearsay(self, profile, kinds, sharpness)
        for path in paths:
            save_figure(self, super().savefig, path, format=format, dpi=sharpness, editable=editable)

    k2save = save

    def check_save(
        self,
        *paths: str | os.PathLike[str] | IO[bytes],
        dpi: float | None = None,
        format: str | None = None,
        profile: str | None = None,
    ) -> float:
        """Refuse what :meth:`save` would refuse, and write nothing; several pages are checked by it first.

        Parameters
        ----------
        *paths, dpi, format, profile
            As in :meth:`save`.

        Returns
        -------
        float
            The resolution that PNG and TIFF would have.

        Raises
        ------
        OutputError, OptionError
            As in :meth:`save`.

        Examples
        --------
        >>> import k2meta as k2
        >>> fit = k2.meta_analysis(yi=[0.1, 0.3, 0.5], vi=[0.02, 0.03, 0.02], study=["A", "B", "C"])
        >>> k2.forest_plot(fit).check_save("forest.tiff")
        600.0
        """
        if not paths:
            raise OptionError(
                'save() was given no file - expected one or more - write fig.save("forest.pdf")'
            )
        sharpness = profile_dpi(profile) if dpi is None else dpi
        kinds = [check_target(self, path, format=format, dpi=sharpness) for path in paths]
        if profile is not None:
            check_profile(self, profile, kinds, sharpness)
        return sharpness

    def table(self) -> pd.DataFrame:
        """Return the numbers as printed, one row for each row of the figure."""
        return self._table.copy()

    def caption(self, lang: str | None = None) -> str:
        """Write a legend for the figure.

        Parameters
        ----------
        lang : {"en", "zh"}, optional
            The figure's language by default.
        """
        chosen = lang or self.lang
        captions: Mapping[str, str] = self.k2meta["captions"]
        if not isinstance(chosen, str) or chosen not in captions:
            raise unknown_option("language", chosen, captions)
        return captions[chosen]

    def show(self, warn: bool = True) -> None:  # noqa: ARG002 (as matplotlib declares it)
        """Refuse: pyplot, which opens windows, does not know the figure.

        Raises
        ------
        OptionError
            Always; the message tells where figures are shown.
        """
        raise OptionError(
            "the figure has no window, as pyplot does not know it - expected a notebook, which shows it as "
            'the last line of a cell, or a file - write fig.save("figure.pdf")'
        )

    def __copy__(self) -> K2Figure:
        """Copy the artists too: those of another figure would draw their marks at its resolution."""
        return copy.deepcopy(self)

    def _repr_png_(self) -> bytes:
        return figure_bytes(self, super().savefig, "png", 150, editable=False)
