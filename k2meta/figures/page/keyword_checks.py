"""Keywords of figures that hold one value, held to their declaration before anything is drawn."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cache
from typing import Any

import numpy as np

from k2meta.errors import OptionError

__all__ = ["read_keywords"]

# What a parameter may be declared as to hold one value; whatever else is declared may hold several.
_SINGLE = {
    "bool": "True or False",
    "str": "a text",
    "float": "a number",
    "int": "a whole number",
    "None": "None",
    "Theme": "a Theme",
    "BiasTool": "a BiasTool",
    "Literal['auto']": '"auto"',
}


@cache
def _declared(function: Callable[..., Any]) -> Mapping[str, tuple[tuple[str, ...], Any]]:
    """Kinds and default of each parameter that holds one value."""
    found = {}
    for name, parameter in inspect.signature(function).parameters.items():
        kinds = tuple(str(parameter.annotation).split(" | "))
        if parameter.kind is not parameter.VAR_KEYWORD and set(kinds) <= set(_SINGLE):
            found[name] = (kinds, parameter.default)
    return found


def read_keywords(
    function: Callable[..., Any], given: Sequence[Any], keywords: Mapping[str, Any]
) -> dict[str, Any]:
    """Refuse lists for keywords that hold one value, and for switches whatever is neither True nor False.

    Which of the values exist is for the function to say. Names of studies become a list, as a figure reads
    them more than once and generators can be read only once.

    Parameters
    ----------
    function : callable
        Its annotations tell what each parameter holds.
    given : sequence
        Arguments by position.
    keywords : mapping

    Returns
    -------
    dict
        The keywords, ``labels`` as a list where it was iterable.

    Raises
    ------
    OptionError
        Naming the keyword, what it was given, and what was expected.

    Examples
    --------
    >>> def draw(fit, *, footnote: bool = True): ...
    >>> read_keywords(draw, ["fit"], {"footnote": "no"})
    Traceback (most recent call last):
    ...
    k2meta.errors.OptionError: footnote='no' - expected True or False - write footnote=True, the default
    """
    values = {**dict(zip(inspect.signature(function).parameters, given, strict=False)), **keywords}
    for name, (kinds, default) in _declared(function).items():
        if name not in values:
            continue
        value = values[name]
        if set(kinds) <= {"bool", "None"}:
            fits = isinstance(value, (bool, np.bool_)) or (value is None and "None" in kinds)
        elif name == "title":  # goes into files as it is, so nothing later would notice
            fits = isinstance(value, str)
        else:
            fits = isinstance(value, (str, bytes)) or not isinstance(value, Iterable)
        if not fits:
            words = " or ".join(_SINGLE[kind] for kind in kinds if kind != "None")
            shown = f"={value!r}" if np.isscalar(value) or value is None else f" is a {type(value).__name__}"
            usual = 'title="..."' if name == "title" else f"{name}={default!r}, the default"
            raise OptionError(f"{name}{shown} - expected {words} - write {usual}")
    own = dict(keywords)
    if "labels" in own:
        own["labels"] = _read_labels(own["labels"])
    return own


def _read_labels(wanted: Any) -> Any:
    if wanted is None or isinstance(wanted, str):
        return wanted
    if isinstance(wanted, (int, np.integer)) and not isinstance(wanted, bool) and wanted >= 0:
        return int(wanted)
    if isinstance(wanted, Iterable) and not isinstance(wanted, bytes):
        return list(wanted)
    raise OptionError(
        f'labels={wanted!r} - expected "auto", "all", "none", a number of names or a list of studies - '
        'write labels="all", say'
    )
