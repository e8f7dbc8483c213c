"""Keywords of figures as options: which there are, what their values mean, the list that explains them."""

from __future__ import annotations

import dataclasses
import inspect
import json
import math
import re
import textwrap
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from k2meta.cli.plot_kinds import KINDS, PlotKind, public
from k2meta.errors import OptionError

__all__ = ["SAVING", "Keyword", "complete", "figure_keywords", "keyword_list", "misplaced", "read_value"]

SAVING = ("dpi", "profile", "editable")
# Options of the verb itself, or nothing that a command line could hold.
NOT_OFFERED = ("theme", "width", "widths", "lang", "name", "ax", "models", "study", "by", "missing", "level")
# What these take on the command line, where that is not what the function takes.
_HERE = {
    "extra": ("columns of the file", "Further columns of the figure, by their names: --extra dose,country."),
    "rob": (
        "FILE.csv or FILE.csv,TOOL",
        "Judgements of the risk of bias, as for the kind risk-of-bias, shown as dots beside the effects. "
        "TOOL is rob2 by default.",
    ),
    "weights": ("column or list of numbers", "What each study counts for. By default each the same."),
    "trim_and_fill": ("bool", "Show the studies that trim and fill adds as open points."),
    "egger": ("bool", "Draw the line of Egger's regression and print its test."),
}
_WORDS = {"true": (True, "bool"), "false": (False, "bool"), "none": (None, "None")}
_MEMBERS = re.compile(r"(?:Sequence|Iterable|tuple|list)\[(\w+)")


@dataclass(frozen=True, slots=True)
class Keyword:
    """One option: its group in the list, its type as annotated and in words, default and explanation."""

    name: str
    group: str
    annotation: str
    default: Any = None
    kind: str = ""
    words: str = ""

    @property
    def option(self) -> str:
        """As typed."""
        return f"--{self.name.replace('_', '-')}"

    @property
    def is_flag(self) -> bool:
        """Whether it may stand without a value, for true."""
        return "bool" in re.findall(r"\w+", self.annotation)


def figure_keywords(kind: PlotKind) -> dict[str, Keyword]:
    """Keywords of one kind: of its analysis, its figure, the theme and of saving."""
    from k2meta.figures.looks.themes import Theme
    from k2meta.figures.page.canvas import K2Figure
    from k2meta.figures.page.profiles import profile_names

    found: dict[str, Keyword] = {}
    if kind.analysis:
        own = _of_function(public(kind.analysis), "analysis")
        found |= {name: own[name] for name in kind.options}
    drawn = _of_function(kind.draws(), "figure")
    found |= {name: word for name, word in list(drawn.items())[1:] if name not in NOT_OFFERED}
    words = _explained(Theme)
    for item in dataclasses.fields(Theme):
        if item.name not in NOT_OFFERED:
            default = None if item.default is dataclasses.MISSING else item.default
            typed, text = words.get(item.name, ("", ""))
            word = Keyword(item.name, "theme", str(item.type), default, typed, text)
            found.setdefault(item.name, word)
    saved = _of_function(K2Figure.save, "saving")
    found |= {name: saved[name] for name in SAVING}
    profile = found["profile"]
    names = f"{profile.words.split('. ')[0]}. Known: {', '.join(profile_names())}."
    found["profile"] = dataclasses.replace(profile, words=names)
    for name, (typed, text) in _HERE.items():
        if name in found:
            found[name] = dataclasses.replace(found[name], kind=typed, words=text)
    return found


def _of_function(function: Callable[..., Any], group: str) -> dict[str, Keyword]:
    """Parameters of a function, its first one included, with what its docstring says of them."""
    words = _explained(function)
    found = {}
    for name, parameter in inspect.signature(function).parameters.items():
        if parameter.kind in (parameter.KEYWORD_ONLY, parameter.POSITIONAL_OR_KEYWORD):
            default = None if parameter.default is parameter.empty else parameter.default
            kind, text = words.get(name, ("", ""))
            found[name] = Keyword(name, group, str(parameter.annotation), default, kind, text)
    return found


def _explained(described: Any) -> dict[str, tuple[str, str]]:
    """Name to type and explanation, from a numpydoc docstring; "As in" is looked up where it points."""
    text = inspect.getdoc(described) or ""
    section = re.search(r"^(?:Parameters|Attributes)\n-+\n(.*?)(?=^\w[^\n]*\n-+\n|\Z)", text, re.S | re.M)
    found: dict[str, tuple[str, str]] = {}
    for entry in re.finditer(
        r"^(\S[^\n]*)\n?((?:[ ]+[^\n]*\n?|\n(?=[ ]))*)", section[1] if section else "", re.M
    ):
        names, _, kind = entry[1].partition(" : ")
        words = " ".join(entry[2].split())
        other = re.match(r"As in :\w+:`[~\w.]*?(\w+)`(?: and :\w+:`[~\w.]*?(\w+)`)?\.?$", words)
        there = (
            {k: v for name in other.groups() if name for k, v in _explained(public(name)).items()}
            if other
            else {}
        )
        for name in names.replace("*", "").split(", "):
            found[name] = there.get(name, (kind, "" if other else words))
    return found


def read_value(text: str, word: Keyword) -> Any:
    """Read a value as its keyword means it: text stays text, other values are JSON, a comma makes a list.

    Examples
    --------
    >>> read_value("A, B", Keyword("title", "figure", "str"))
    'A, B'
    >>> read_value("0.2,5", Keyword("xlim", "figure", "tuple[float, float] | None"))
    [0.2, 5]
    >>> read_value("1,2", Keyword("arms", "figure", "tuple[str, str] | None"))
    ['1', '2']
    """
    names = set(re.findall(r"\w+", word.annotation))
    if names <= {"str", "None", "BiasTool"} or word.name in ("effect", "order", "rob"):
        return text
    plain = text.casefold()
    if plain in _WORDS and _WORDS[plain][1] in names:
        return _WORDS[plain][0]
    if word.annotation == "bool":
        raise OptionError(f"{word.option} is either true or false, not {text!r}; alone it means true")
    member = _MEMBERS.search(word.annotation)
    alone = set(re.findall(r"\w+", re.sub(r"\[.*\]", "", word.annotation)))
    if member is None or "Pair" in alone:
        return _listed(text, _value)
    if member[1] != "str":
        value = _listed(text, _value)
        return value if isinstance(value, str | list | dict) or alone & {"int", "float"} else [value]
    if alone & {"str", "int"}:
        value = _listed(text, str.strip)
        number = _value(text)
        return number if isinstance(number, int) and "int" in alone else value
    value = _listed(text, str.strip)
    if isinstance(value, list) and "Sequence[tuple" not in word.annotation:
        return [str(item) for item in value]
    return [value] if isinstance(value, str) else value


def _listed(text: str, read: Callable[[str], Any]) -> Any:
    """A list or mapping written as JSON, pieces between commas, or one value."""
    if text.startswith(("[", "{")):
        try:
            return json.loads(text)
        except ValueError:
            pass
    return [read(piece.strip()) for piece in text.split(",")] if "," in text else read(text)


def _value(text: str) -> Any:
    """A number where it is one."""
    try:
        value = json.loads(text)
    except ValueError:
        return text
    return value if isinstance(value, int | float) and math.isfinite(value) else text


def complete(arguments: Sequence[str], known: Mapping[str, Keyword], kind: str) -> list[str]:
    """Give flags that stand alone their value, and refuse other keywords without one."""
    complete: list[str] = []
    for n, argument in enumerate(arguments):
        complete.append(argument)
        word = known.get(argument[2:].replace("-", "_")) if argument.startswith("--") else None
        after = arguments[n + 1] if n + 1 < len(arguments) else "--"
        if word is None or not after.startswith("--"):
            continue
        if not word.is_flag:
            raise OptionError(
                f"{word.option} needs a value; k2meta plot {kind} --keywords says which values it takes"
            )
        complete.append("true")
    return complete


def misplaced(arguments: Sequence[str], known: Mapping[str, Keyword], kind: str) -> None:
    """Say to which figures an option belongs that this one does not have.

    Raises
    ------
    OptionError
        For the first such option.
    """
    from k2meta.cli.roles import role_names

    roles = role_names()
    for argument in arguments:
        name = argument[2:].partition("=")[0].replace("-", "_")
        if not argument.startswith("--") or name in known or name in roles:
            continue
        if owners := [other.name for other in KINDS.values() if name in figure_keywords(other)]:
            raise OptionError(
                f"{argument.partition('=')[0]} has no meaning for {kind}; it belongs to {', '.join(owners)}"
            )


GROUPS = {
    "analysis": "Options of the analysis",
    "figure": "Keywords of the figure",
    "theme": "Settings of the theme, with those of the theme plain in brackets",
    "saving": "Options of saving",
}


def keyword_list(kind: PlotKind, width: int) -> Iterator[str]:
    """Lines that explain every keyword of a kind.

    Parameters
    ----------
    kind : PlotKind
    width : int
        Of the terminal.
    """
    words = figure_keywords(kind)
    yield f"k2meta plot {kind.name}: {kind.words} ({kind.function} in Python)"
    yield "Lists are written with commas; a flag alone means true; false switches off."
    for group, head in GROUPS.items():
        own = [word for word in words.values() if word.group == group]
        if own:
            yield f"\n{head}:"
        for alike in _alike(own):
            kinds = _prose(alike[0].kind)
            yield "  " + ", ".join(f"{word.option}{_default(word)}" for word in alike)
            text = f"{kinds}: {_prose(alike[0].words)}" if kinds else _prose(alike[0].words)
            yield from textwrap.wrap(text, width, initial_indent=" " * 6, subsequent_indent=" " * 6)


def _alike(words: Sequence[Keyword]) -> list[list[Keyword]]:
    """Neighbours that share an explanation, together."""
    found: list[list[Keyword]] = []
    for word in words:
        if found and word.words and word.words == found[-1][0].words:
            found[-1].append(word)
        else:
            found.append([word])
    return found


def _default(word: Keyword) -> str:
    return "" if word.default in (None, "", ()) else f" [{_plain(word.default)}]"


def _plain(value: Any) -> str:
    if isinstance(value, tuple | list):
        return ",".join(_plain(item) for item in value)
    return str(value).lower() if isinstance(value, bool) else str(value)


def _prose(text: str) -> str:
    """Docstring markup as plain words."""
    text = re.sub(r":\w+:`~?(?:[\w.]*\.)?(\w+)`", r"\1", text)
    return re.sub(r"``\"?(.*?)\"?``", r"\1", text)
