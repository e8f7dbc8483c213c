"""The settings under which every figure is drawn and saved."""

from __future__ import annotations

import threading
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any

__all__ = ["drawing_context"]

RC_OURS: dict[str, Any] = {
    "pdf.fonttype": 42,  # TrueType, as journals ask; 3 is what they refuse
    "ps.fonttype": 42,
    "pdf.use14corefonts": False,
    "svg.fonttype": "path",
    "svg.hashsalt": "k2meta",  # ids in SVG must not depend on the process
    "text.hinting": "none",  # else widths depend on the resolution
    "text.usetex": False,
    "axes.unicode_minus": True,
    "axes.formatter.use_locale": False,
    "savefig.bbox": None,  # "tight" changes the width the journal asked for
    "figure.autolayout": False,
    "figure.constrained_layout.use": False,
    "path.simplify": False,
}
RC_GROUPS = frozenset(
    (
        *("agg", "axes", "axes3d", "figure", "font", "grid", "hatch", "image", "legend", "lines", "markers"),
        *("mathtext", "patch", "path", "pdf", "pgf", "ps", "savefig", "svg", "text"),
        *("xaxis", "xtick", "yaxis", "ytick"),
    )
)


# rcParams belong to the process: two threads that swap them in turn would draw under each other's, and the
# one that ends last would leave ours behind.
_one_at_a_time = threading.RLock()


@cache
def _plain_settings(editable: bool) -> dict[str, Any]:
    """Return matplotlib's own defaults for everything that changes looks, then ours on top."""
    import matplotlib

    from k2meta.figures.lettering.faces import face_stack

    settings: dict[str, Any] = {}
    for key in list(matplotlib.rcParamsDefault):
        if key.split(".")[0] not in RC_GROUPS or key == "savefig.directory":
            continue
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            try:
                settings[key] = matplotlib.rcParamsDefault[key]
            except Exception:  # a deprecated setting: reading it warns, and nothing needs it
                continue
    settings.update(RC_OURS)
    settings["font.family"] = face_stack("zh")
    if editable:
        settings["svg.fonttype"] = "none"
    return settings


@contextmanager
def drawing_context(editable: bool = False) -> Iterator[None]:
    """Draw and save under settings that do not depend on the user's style; put theirs back afterwards.

    Every draw and every save of the package happens inside: TrueType embedding (type 42), no hinting,
    fixed ids in SVG, and matplotlib's own defaults for the rest, so that the same input gives the same
    bytes whatever ``matplotlibrc`` or style sheet is in force. Threads wait for each other.

    Parameters
    ----------
    editable : bool
        Keep text as text in SVG (it then needs the faces on the reader's machine).

    Examples
    --------
    >>> import matplotlib
    >>> before = matplotlib.rcParams["text.hinting"]
    >>> with drawing_context():
    ...     matplotlib.rcParams["text.hinting"]
    'none'
    >>> matplotlib.rcParams["text.hinting"] == before
    True
    """
    import matplotlib

    with _one_at_a_time:
        settings: Any = _plain_settings(editable)
        with matplotlib.rc_context(settings):
            yield
