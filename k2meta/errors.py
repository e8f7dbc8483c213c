"""Every error and warning class of the package.

All of them derive from :class:`K2MetaError` (or :class:`K2MetaWarning`), so that a caller
can catch what the package says without catching what Python says.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable

__all__ = [
    "ConvergenceError",
    "DataError",
    "DataWarning",
    "K2MetaError",
    "K2MetaWarning",
    "LayoutError",
    "LayoutWarning",
    "MissingGlyphError",
    "OptionError",
    "OutputError",
    "nearest",
    "unknown_option",
]


class K2MetaError(Exception):
    """Base class of everything the package raises on purpose."""


class DataError(K2MetaError, ValueError):
    """The data cannot be used: which study or column, what is wrong, what to do."""


class OptionError(K2MetaError, ValueError):
    """An option's value is not one of those known; the message lists them."""


class ConvergenceError(K2MetaError, ArithmeticError):
    """No finite optimum exists for these data; the message says why."""


class LayoutError(K2MetaError, ValueError):
    """A figure does not fit the page; the message says how many millimetres it needs."""


class MissingGlyphError(LayoutError):
    """No available face draws these characters; the message names them."""


class OutputError(K2MetaError, OSError):
    """A file or folder cannot be written."""


class K2MetaWarning(UserWarning):
    """Base class of the package's warnings."""


class DataWarning(K2MetaWarning):
    """The data can be used but look wrong; the message says why."""


class LayoutWarning(K2MetaWarning):
    """A figure was changed in order to fit (a column dropped, say)."""


def nearest(name: str, known: Iterable[str]) -> str | None:
    """Return the known name closest to a misspelt one, or None.

    Examples
    --------
    >>> nearest("evnts1", ["events1", "n1"])
    'events1'
    >>> nearest("l0", ["R0", "L0"])
    'L0'
    """
    options = list(known)
    folded = {option.casefold(): option for option in options}
    if name.casefold() in folded:
        return folded[name.casefold()]
    found = difflib.get_close_matches(name, options, n=1, cutoff=0.5)
    return found[0] if found else None


def unknown_option(what: str, value: object, known: Iterable[str]) -> OptionError:
    """Build the one message for an option that is not in its registry.

    Examples
    --------
    >>> print(unknown_option("tau2 estimator", "REMEL", ["DL", "REML"]))
    unknown tau2 estimator 'REMEL'; did you mean 'REML'? Known: DL, REML
    """
    options = list(known)
    close = nearest(value, options) if isinstance(value, str) else None
    hint = f"; did you mean {close!r}?" if close else "."
    return OptionError(f"unknown {what} {value!r}{hint} Known: {', '.join(options)}")
