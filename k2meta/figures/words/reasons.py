"""Why a study takes no part, in the words of a figure (see :mod:`k2meta.studies.exclusion`)."""

from __future__ import annotations

import re

from k2meta.figures.words.catalogue import CATALOGUE, say

__all__ = ["is_not_estimable", "reason_words"]

# What the numbers give no effect for, as exclusion.py and stratified_tables.py say it.
_NO_EFFECT = re.compile(
    r"no events in (either arm|the group)\b|events in everybody in (both arms|the group)\b"
    r"|a zero cell without correction"
    r"|\w+ cannot be computed from these numbers$|the sampling variance of \w+ (is 0|cannot be computed)$"
    r"|\w+ needs means above 0; there is "
)
# Reasons that hold a value; what stands in the groups goes into the words of the key.
_PATTERNS = tuple(
    (re.compile(pattern), key)
    for pattern, key in (
        (r"missing value in (?P<role>\w+)(?: \(column '.*'\))?", "reason: missing value"),
        (r"excluded \((?P<column>.+)\)", "reason: excluded by a column"),
        (r"(?P<code>\w+) cannot be computed from these numbers", "reason: no effect"),
        (r"the sampling variance of (?P<code>\w+) is 0", "reason: no variance"),
        (r"the sampling variance of (?P<code>\w+) cannot be computed", "reason: unknown variance"),
        (r"(?P<code>\w+) needs means above 0; there is (?P<value>\S+)", "reason: mean not above 0"),
    )
)


def is_not_estimable(reason: str) -> bool:
    """Whether a study takes no part because its numbers give no effect (and not by choice).

    Examples
    --------
    >>> is_not_estimable("no events in either arm"), is_not_estimable("retracted 2018")
    (True, False)
    """
    return _NO_EFFECT.match(reason) is not None


def reason_words(reason: str, lang: str) -> str:
    """Return a reason in a language, without the zero-cell rule; reasons of the caller's own as given.

    Examples
    --------
    >>> reason_words("missing value in sd1 (column 'sd_k2')", "en")
    'SD missing in arm 1'
    >>> reason_words("no events in either arm (add = 0.5, to = 'only0')", "zh")
    '两组均无事件'
    """
    short = reason.split(" (add = ")[0]
    whole = _words(short, lang)
    if whole is not None or "; " not in short:
        return whole or short
    # a study may lack several values: one reason each, the same once
    pieces = [_words(piece, lang) or piece for piece in short.split("; ")]
    return ("；" if lang == "zh" else "; ").join(dict.fromkeys(pieces))


def _words(reason: str, lang: str) -> str | None:
    """Words of one reason; None for one that the package did not give."""
    if f"reason: {reason}" in CATALOGUE:
        return say(f"reason: {reason}", lang)
    for pattern, key in _PATTERNS:
        found = pattern.fullmatch(reason)
        if found:
            values = found.groupdict()
            return _missing(values["role"], lang) if "role" in values else say(key, lang, **values)
    return None


def _missing(role: str, lang: str) -> str:
    """What is missing, by its head in the figure rather than by its role."""
    stem, arm = (role[:-1], role[-1]) if role[-1:] in ("1", "2") else (role, "")
    name = f"role: {stem}"
    if name not in CATALOGUE:
        return say("reason: missing value", lang, role=role)
    key = "reason: missing in arm" if arm else "reason: missing"
    return say(key, lang, what=say(name, lang), arm=arm)
