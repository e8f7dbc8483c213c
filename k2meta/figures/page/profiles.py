"""What journals ask of a figure file, and whether a figure meets it.

The rules stand in ``profiles.toml``, each with its address and the day it was written down, apart from the
looks (:mod:`k2meta.figures.looks.themes`): submission rules change, and a figure of any theme may go to any
journal.
"""

from __future__ import annotations

import math
import tomllib
import warnings
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from k2meta.errors import LayoutWarning, OutputError, unknown_option
from k2meta.figures.looks.display import Text

if TYPE_CHECKING:
    from k2meta.figures.page.canvas import K2Figure

__all__ = ["Profile", "check_profile", "get_profile", "profile_dpi", "profile_names", "warn_of_hearsay"]

USUAL_DPI = 600.0
PIXELS = ("png", "tiff", "tif")
SLACK = 0.5  # mm and 0.05 pt: what rounding in a journal's page amounts to
TYPE_SLACK = 0.05
MM = 25.4


@dataclass(frozen=True, slots=True)
class Profile:
    """What one journal asks; a limit of 0 is none.

    Attributes
    ----------
    name, title : str
    widths_mm : tuple of float
        Allowed widths, mm; the ends of a range where ``any_width_between``.
    height_mm : float
        Greatest height, mm.
    type_pt : (float, float)
        Smallest and greatest type size, pt.
    formats : tuple of str
        Accepted file endings.
    dpi : (float, float)
        Least and greatest resolution of pixels.
    colour : str
        Colour mode asked for; every file of the package is RGB.
    published : tuple of str
        The limits that stand on the publisher's own page; the others are second-hand.
    source : str
        Address of the rules.
    opened : bool
        Whether that page itself was opened (a stored copy), or its rules were taken over from others.
    recorded : date
        When the rules were written down.
    note : str
        What else they say.
    """

    name: str
    title: str
    widths_mm: tuple[float, ...]
    height_mm: float
    type_pt: tuple[float, float]
    formats: tuple[str, ...]
    dpi: tuple[float, float]
    colour: str
    published: tuple[str, ...]
    source: str
    opened: bool
    recorded: date
    note: str = ""
    any_width_between: bool = False


class _Fault(NamedTuple):
    limit: str
    text: str


@cache
def _profiles() -> dict[str, Profile]:
    tables = tomllib.loads(Path(__file__).with_name("profiles.toml").read_text(encoding="utf-8"))
    profiles = {}
    for name, table in tables.items():
        settings: dict[str, Any] = {
            key: tuple(value) if isinstance(value, list) else value for key, value in table.items()
        }
        profiles[name] = Profile(name, **settings)
    return profiles


def profile_names() -> tuple[str, ...]:
    """Names of the journals' profiles for ``fig.save(..., profile=...)``.

    Returns
    -------
    tuple of str

    Examples
    --------
    >>> from k2meta.figures.page.profiles import profile_names
    >>> profile_names()
    ('bmj', 'cma', 'elsevier', 'jama', 'lancet', 'nature', 'plos')
    """
    return tuple(sorted(_profiles()))


def get_profile(name: str) -> Profile:
    """Look a profile up by name.

    Parameters
    ----------
    name : str

    Returns
    -------
    Profile

    Raises
    ------
    OptionError
        When there is none of this name; the message lists them.

    Examples
    --------
    >>> from k2meta.figures.page.profiles import get_profile
    >>> get_profile("plos").widths_mm
    (66.8, 190.5)
    """
    if not isinstance(name, str) or name not in _profiles():
        raise unknown_option("profile", name, profile_names())
    return _profiles()[name]


def profile_dpi(name: str | None) -> float:
    """Return the resolution to save at where none was given: 600, or what the journal allows next to it."""
    least, most = get_profile(name).dpi if name else (0.0, 0.0)
    return min(max(USUAL_DPI, least), most or USUAL_DPI)


def _width(profile: Profile, width: float) -> Iterator[_Fault]:
    allowed = profile.widths_mm
    if not allowed:
        return
    named = " or ".join(f"{value:g}" for value in allowed)
    if profile.any_width_between:
        low, high = allowed
        fits, named = low - SLACK <= width <= high + SLACK, f"{low:g} to {high:g}"
    else:
        fits = any(abs(width - value) <= SLACK for value in allowed)
    if not fits:
        nearest = min(allowed, key=lambda value: abs(value - width))
        text = f"width {width:.1f} mm, expected {named} mm: draw it with width={nearest:g}"
        yield _Fault("widths_mm", text)


def _faults(figure: K2Figure, profile: Profile, kind: str, dpi: float) -> Iterator[_Fault]:
    width, height = figure.page.width / 72 * MM, figure.page.height / 72 * MM
    if kind not in profile.formats:
        named = ", ".join(profile.formats)
        yield _Fault("formats", f"format {kind}, expected {named}: end the name in .{profile.formats[0]}")
    yield from _width(profile, width)
    if profile.height_mm and height > profile.height_mm + SLACK:
        text = f"height {height:.1f} mm, expected {profile.height_mm:g} at most: "
        yield _Fault("height_mm", text + 'split it with pages="auto", or draw it wider or in smaller type')
    sizes = sorted({item.size for item in figure.page.items if isinstance(item, Text) and item.text.strip()})
    least, most = profile.type_pt
    if sizes and sizes[0] < least - TYPE_SLACK:
        # small type is a share of the main size, which is the one that can be asked for
        enough = math.ceil(4 * sizes[-1] * least / sizes[0]) / 4
        text = f"type of {sizes[0]:g} pt, expected {least:g} at least: draw it with size={enough:g}"
        yield _Fault("type_pt", f"{text}, min_size={enough:g}, and wider if it does not fit")
    if sizes and most and sizes[-1] > most + TYPE_SLACK:
        text = f"type of {sizes[-1]:g} pt, expected {most:g} at most: draw it with size={most:g}"
        yield _Fault("type_pt", text)
    low, high = profile.dpi
    if kind in PIXELS and not low <= dpi <= (high or dpi):
        named = f"{low:g} to {high:g}" if high else f"{low:g} at least"
        yield _Fault("dpi", f"{dpi:g} dpi, expected {named}: give dpi={profile_dpi(profile.name):g} or none")


def _found(figure: K2Figure, profile: Profile, kinds: Sequence[str], dpi: float) -> list[_Fault]:
    # each fault once, though several files may share it
    return list(dict.fromkeys(fault for kind in kinds for fault in _faults(figure, profile, kind, dpi)))


def check_profile(figure: K2Figure, name: str, kinds: Sequence[str], dpi: float) -> None:
    """Hold a figure, and the files it is to become, to what a journal has published.

    Parameters
    ----------
    figure : K2Figure
    name : str
        A profile.
    kinds : sequence of str
        Endings of the files.
    dpi : float
        Resolution of PNG and TIFF.

    Raises
    ------
    OutputError
        Listing every limit broken that stands on the publisher's own page, and what to change.
    OptionError
        For an unknown profile.
    """
    profile = get_profile(name)
    known = [f.text for f in _found(figure, profile, kinds, dpi) if f.limit in profile.published]
    if known:
        raise OutputError(
            f"profile {name!r} ({profile.title}) - the figure breaks {len(known)} of its rules: "
            f"{'; '.join(known)} - as recorded on {profile.recorded:%Y-%m-%d} from {profile.source} - "
            "nothing was written"
        )


def warn_of_hearsay(figure: K2Figure, name: str, kinds: Sequence[str], dpi: float) -> None:
    """Warn of broken limits that are known second-hand only; for the rest see :func:`check_profile`.

    Warns
    -----
    LayoutWarning
        Listing them, and what to change if the journal confirms them.
    """
    profile = get_profile(name)
    heard = [f.text for f in _found(figure, profile, kinds, dpi) if f.limit not in profile.published]
    if heard:
        warnings.warn(
            f"profile {name!r} ({profile.title}) - {'; '.join(heard)} - these limits are second-hand: see "
            f"the journal's own instructions, such as {profile.source}",
            LayoutWarning,
            stacklevel=3,
        )
