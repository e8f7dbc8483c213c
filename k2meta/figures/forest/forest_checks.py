"""What a caller may give to a forest plot, checked before anything is computed; each fault has a remedy."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from k2meta.errors import OptionError
from k2meta.figures.lettering.numbers import is_number

__all__ = [
    "as_columns",
    "as_count",
    "as_flags",
    "as_heads",
    "as_names",
    "as_numbers",
    "as_pair",
    "as_text",
    "refuse_clashes",
]


def _is_list(value: object) -> bool:
    return isinstance(value, Iterable) and not isinstance(value, (str, bytes, Mapping))


def as_pair(name: str, value: Any) -> tuple[str, str] | None:
    """Two texts, or None; an empty text or None leaves one side blank."""
    if value is None:
        return None
    texts = list(value) if _is_list(value) else []
    if len(texts) != 2 or not all(text is None or isinstance(text, str) for text in texts):
        raise OptionError(
            f'{name}={value!r} - expected two texts, such as ("vitamin K2", "control") - give a pair, '
            f"or leave {name} out"
        )
    return texts[0] or "", texts[1] or ""


def as_text(name: str, value: Any) -> str | None:
    """A text, or None."""
    if value is None or isinstance(value, str):
        return value
    raise OptionError(f"{name}={value!r} - expected a text - write {name}={str(value)!r}")


def as_names(name: str, value: Any) -> tuple[str, ...] | None:
    """A list of names, or None."""
    if value is None:
        return None
    if not _is_list(value) or not all(isinstance(item, str) for item in value):
        shown = f"{name}=[{value!r}]" if isinstance(value, str) else f'{name}=["study", "effect"]'
        raise OptionError(f"{name}={value!r} - expected a list of names - write {shown}")
    return tuple(value)


def as_numbers(name: str, value: Any, count: int | None = None) -> tuple[float, ...] | None:
    """A list of finite numbers, or None; ``count`` of them where that is fixed."""
    if value is None:
        return None
    expected = f"{count} finite numbers" if count else "a list of finite numbers"
    items = list(value) if _is_list(value) else []
    known = all(is_number(item) for item in items)
    if not items or not known or (count and len(items) != count) or not all(map(math.isfinite, items)):
        raise OptionError(
            f"{name}={value!r} - expected {expected} on the natural scale - give them, or leave {name} out"
        )
    return tuple(float(item) for item in items)


def as_count(name: str, value: Any, highest: int) -> int | None:
    """A whole number from 0 to ``highest``, or None."""
    if value is None:
        return None
    if not is_number(value) or not 0 <= value <= highest or value != int(value):
        raise OptionError(
            f"{name}={value!r} - expected a whole number from 0 to {highest} - give one, or leave {name} out"
        )
    return int(value)


def as_flags(**flags: Any) -> None:
    """Refuse what is neither True nor False (``prediction`` may be None)."""
    for name, value in flags.items():
        if not isinstance(value, (bool, np.bool_)) and not (name == "prediction" and value is None):
            raise OptionError(f"{name}={value!r} - expected True or False - {name}=True shows it")


def as_columns(extra: Any) -> dict[str, list[object]]:
    """The reader's own columns as lists by name."""
    if extra is None:
        return {}
    example = 'extra={"Country": ["JP", "NL"]}'
    if not isinstance(extra, Mapping):
        raise OptionError(
            f"extra is a {type(extra).__name__} - expected columns by name - write {example}, say"
        )
    for name, values in extra.items():
        if not isinstance(name, str) or not name.strip():
            raise OptionError(f"extra has the column name {name!r} - expected a text - write {example}, say")
        if not _is_list(values):
            raise OptionError(
                f"column {name!r} of extra is {values!r} - expected one value for each study - write "
                f"{example}, say"
            )
    return {name: list(values) for name, values in extra.items()}


def as_heads(heads: Any) -> dict[str, str]:
    """Heads by column; which columns there are is known later."""
    if heads is None:
        return {}
    if not isinstance(heads, Mapping) or not all(isinstance(text, str) for text in heads.values()):
        raise OptionError(
            f'heads={heads!r} - expected texts by column - write heads={{"effect": "Hazard ratio"}}, say'
        )
    return dict(heads)


def refuse_clashes(taken: Sequence[str], extra: Iterable[str]) -> None:
    """Refuse a further column with the name of one that the figure has."""
    for name in extra:
        if name in taken:
            raise OptionError(
                f"column {name!r} of extra has the name of a column of the figure - expected a name other "
                f"than {', '.join(taken)} - rename it, and give its head with heads={{...}}"
            )
