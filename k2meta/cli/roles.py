"""Columns named on the command line by the role they play."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import typer

from k2meta.errors import OptionError, nearest

__all__ = ["CONTEXT", "ROLE_HELP", "own_options", "parse_roles", "role_names"]

CONTEXT = {"allow_extra_args": True, "ignore_unknown_options": True}
ROLE_HELP = (
    "Columns are named by role, --ROLE COLUMN: --events1 --n1 --events2 --n2 (counts), --mean1 --sd1 --n1 "
    "--mean2 --sd2 --n2 (means), --events1 --time1 --events2 --time2 (rates), --events --n, --r --n, "
    "--estimate with --se, --var, --ci-low and --ci-high, or --p (measure GEN). 1 is treatment, 2 control. "
    "A role that is left out is the column of the same name."
)


def parse_roles(
    arguments: list[str], options: list[str], *, more: Iterable[str] = (), lists: str = "fit --help"
) -> dict[str, Any]:
    """Read ``--events1 COLUMN`` or ``--events1=COLUMN`` pairs.

    Parameters
    ----------
    arguments : list of str
        What is left of the command line.
    options : list of str
        The verb's own options, for the nearest name of a misspelt one.
    more : iterable of str
        Names beside the roles.
    lists : str
        What to type to see them all.

    Raises
    ------
    OptionError
        For a name that is no role, a role without a column, a role given twice, or a stray value.
    """
    known = role_names() | set(more)
    roles: dict[str, Any] = {}
    waiting: str | None = None
    for argument in arguments:
        if waiting is not None:
            roles[waiting] = argument
            waiting = None
            continue
        if not argument.startswith("--") or len(argument) == 2:
            raise OptionError(f"unexpected argument {argument!r}; columns are named as --ROLE COLUMN")
        name, equals, value = argument[2:].partition("=")
        role = name.replace("-", "_")
        if role not in known:
            raise _unknown_role(name, known, options, lists)
        if role in roles:
            raise OptionError(f"--{name} is given twice; name one column")
        if equals:
            roles[role] = value
        else:
            waiting = role
    if waiting is not None:
        raise OptionError(f"--{waiting.replace('_', '-')} needs a value: the name of a column")
    return roles


def own_options(context: typer.Context) -> list[str]:
    """Names of a verb's own options, without their dashes."""
    return [name[2:] for parameter in context.command.params for name in parameter.opts if name[:2] == "--"]


def _unknown_role(name: str, known: set[str], options: list[str], lists: str) -> OptionError:
    meant = {"vi": "var", "sei": "se", "yi": "estimate"}.get(name)  # what R calls them
    if meant is not None:
        return OptionError(f"unknown option --{name}; it is called --{meant} here")
    close = nearest(name, [*sorted(role.replace("_", "-") for role in known), *options])
    hint = f"; did you mean --{close}?" if close else "."
    return OptionError(f"unknown option --{name}{hint} k2meta {lists} lists them all")


def role_names() -> set[str]:
    """Every role of every measure, and the printed summaries that fill them."""
    import k2meta.measures  # noqa: F401
    from k2meta.measures.registry import MEASURES

    names = {role for measure in MEASURES.values() for role in measure.roles}
    names |= {"estimate", "se", "var", "ci_low", "ci_high", "p", "nonevents1", "nonevents2", "nonevents"}
    summaries = ("se", "ci_low", "ci_high", "median", "min", "max", "sd", "mean")
    names |= {f"{name}{arm}" for name in summaries for arm in ("", "1", "2")}
    return names | {f"{name}{arm}" for name in ("q1", "q3") for arm in ("", "_1", "_2")}
