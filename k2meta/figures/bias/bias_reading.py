"""Tables of risk-of-bias judgements, wide or long, to one checked record."""

from __future__ import annotations

import dataclasses
import re
import warnings
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from k2meta.errors import DataError, DataWarning, OptionError, unknown_option
from k2meta.figures.bias.bias_judgements import RISING, find_judgement
from k2meta.figures.bias.bias_tables import BiasTable, fold_head, is_blank, is_weight, read_bias_table
from k2meta.figures.bias.bias_tools import BiasTool, Domain, custom_tool, get_tool

__all__ = ["RiskOfBias", "read_risk_of_bias"]

MISSING = ("error", "blank")


@dataclass(frozen=True, slots=True)
class RiskOfBias:
    """Risk-of-bias judgements of k studies in d domains.

    Attributes
    ----------
    tool : BiasTool
        The tool, with the domains that were judged.
    studies : tuple of str
        (k,) labels, all different.
    judgements : tuple of tuple of str
        (k, d) keys of :data:`~k2meta.figures.bias.bias_judgements.JUDGEMENTS`; ``""`` where none was given.
    overall : tuple of str or None
        (k,) overall judgements; None without them.
    """

    tool: BiasTool
    studies: tuple[str, ...]
    judgements: tuple[tuple[str, ...], ...]
    overall: tuple[str, ...] | None

    @property
    def domains(self) -> tuple[Domain, ...]:
        """The domains, in the order of the columns of ``judgements``."""
        return self.tool.domains

    @property
    def k(self) -> int:
        """Number of studies."""
        return len(self.studies)

    def used(self) -> tuple[str, ...]:
        """Judgements that occur, in the order of the tool.

        Examples
        --------
        >>> table = {"study": ["A"], "Selection": ["Low"], "Funding": ["High"], "Other": ["Low"]}
        >>> read_risk_of_bias(table, "custom").used()
        ('low', 'high')
        """
        given = {cell for row in self.judgements for cell in row} | set(self.overall or ())
        return tuple(key for key in self.tool.judgements if key in given)


def read_risk_of_bias(
    data: object,
    tool: str | BiasTool = "rob2",
    *,
    study: str | None = None,
    overall: str | bool | None = None,
    domains: Sequence[str] | None = None,
    missing: str = "error",
) -> RiskOfBias:
    """Read risk-of-bias judgements, in English or Chinese, and check each of them.

    Parameters
    ----------
    data : DataFrame, mapping of columns, path of a CSV file, or RiskOfBias
        Wide: one row for each study, one column for each domain, headed by the domain's code (``D1``) or
        name. Long: columns ``study``, ``domain``, ``judgement``. Other columns are not read.
    tool : str or BiasTool
        ``"rob1"``, ``"rob2"``, ``"rob2-cluster"``, ``"rob2-crossover"``, ``"robins-i"``, ``"robins-e"``,
        ``"quadas2"``, ``"quips"``, ``"nos-cohort"``, ``"nos-case-control"``, ``"custom"`` or what
        :func:`~k2meta.figures.bias.bias_tools.custom_tool` returns.
    study : str, optional
        Column of the study labels; by default the one headed ``study``, else the first.
    overall : str or bool, optional
        Column of the overall judgements; by default the one headed ``overall``, if there is one. False
        leaves it out; nothing is ever derived from the domains.
    domains : sequence of str, optional
        Columns of the domains, in the tool's order, where their heads are others. For ``"custom"``: the
        columns that are domains; by default all but study, overall and weight.
    missing : {"error", "blank"}
        Whether an empty cell is an error or a place without a dot.

    Returns
    -------
    RiskOfBias

    Raises
    ------
    DataError
        A column is missing or doubled, a study has no label or one that another has, or a judgement is none
        of the tool's: the message names study, domain, value and the judgements allowed.
    OptionError
        The tool or ``missing`` is not known.

    Warns
    -----
    DataWarning
        An overall judgement is better than the worst domain, against the tool's guidance.

    Examples
    --------
    >>> table = {"Study": ["Ito 2001"], "Selection": ["低风险"], "Funding": ["High risk"]}
    >>> read_risk_of_bias(table, "custom").judgements
    (('low', 'high'),)
    """
    if isinstance(data, RiskOfBias):
        return dataclasses.replace(data, overall=None) if overall is False else data
    chosen = get_tool(tool)
    if missing not in MISSING:
        raise unknown_option("missing", missing, MISSING)
    table = read_bias_table(data, study, overall)
    chosen, cells = _match(chosen, table, domains)
    rows = tuple(
        tuple(_judge(chosen, name, domain, cells[domain.code][i], missing) for domain in chosen.domains)
        for i, name in enumerate(table.studies)
    )
    total = None
    if table.overall is not None:
        given = zip(table.studies, table.overall, strict=True)
        total = tuple(_judge(chosen, name, None, cell, missing) for name, cell in given)
    _refuse_twins(chosen, rows, total)
    found = RiskOfBias(chosen, table.studies, rows, total)
    _doubt_overall(found)
    return found


# --------------------------------------------------------------------------- domains
def _names_of(domain: Domain) -> set[str]:
    names = {
        domain.code,
        domain.en,
        domain.zh,
        re.sub(r" *[（(].*", "", domain.en),
        re.sub("（.*", "", domain.zh),
    }
    if domain.group == "applicability":  # its names are those of the domains of bias
        names = {
            domain.code,
            f"{domain.en} applicability",
            f"applicability {domain.en}",
            f"{domain.zh}适用性",
        }
    names |= {f"{domain.code} {name}" for name in tuple(names)}
    return {_squeezed(name) for name in names}


def _squeezed(head: str) -> str:
    return fold_head(head).replace(" ", "")


def _match(
    tool: BiasTool, table: BiasTable, domains: Sequence[str] | None
) -> tuple[BiasTool, dict[str, Sequence[object]]]:
    """Find the column of each domain; returns the tool with the domains found, and their cells by code."""
    if domains is not None:
        if isinstance(domains, (str, bytes)) or not isinstance(domains, Iterable):
            raise OptionError(
                f'domains={domains!r} - expected a list of columns - write domains=["{domains}"]'
            )
        domains = list(domains)
        for head in domains:
            if not isinstance(head, str) or head not in table.columns:
                raise unknown_option("domain column", head, table.columns)
    if tool.key == "custom" and not tool.domains:
        free = [head for head in table.columns if table.long or not is_weight(head)]
        heads = list(domains) if domains is not None else free
        if not heads:
            raise DataError(
                "the risk-of-bias table has no columns of domains - expected one or more beside the study - "
                "add a column for each domain"
            )
        tool = custom_tool(heads)
        return tool, {d.code: table.columns[h] for d, h in zip(tool.domains, heads, strict=True)}
    if domains is not None:
        if len(domains) != len(tool.domains):
            raise OptionError(
                f"domains names {len(domains)} columns - expected {len(tool.domains)} for {tool.name} - name "
                f"one for each of {', '.join(tool.codes)}"
            )
        return tool, {d.code: table.columns[h] for d, h in zip(tool.domains, domains, strict=True)}
    return _by_heads(tool, table)


def _by_heads(tool: BiasTool, table: BiasTable) -> tuple[BiasTool, dict[str, Sequence[object]]]:
    heads: dict[str, list[str]] = {}
    for domain in tool.domains:
        names = _names_of(domain)
        heads[domain.code] = [head for head in table.columns if _squeezed(head) in names]
    used = {domain.group for domain in tool.domains if heads[domain.code]} | {"bias"}
    tool = dataclasses.replace(tool, domains=tuple(d for d in tool.domains if d.group in used))
    for domain in tool.domains:
        found = heads[domain.code]
        if len(found) > 1:
            raise DataError(
                f"columns {found[0]!r} and {found[1]!r} both hold {domain.code} ({domain.en}) - expected one "
                "- remove one, or name the columns with domains=[...]"
            )
        if not found:
            what = "rows" if table.long else "column"
            raise DataError(
                f"no {what} for {domain.code} ({domain.en}) of {tool.name} among {', '.join(table.columns)} "
                f'- expected the head "{domain.code}" or the name of the domain - rename it, name the '
                'columns with domains=[...], or use tool="custom"'
            )
    taken = {heads[domain.code][0] for domain in tool.domains}
    extra = [head for head in table.columns if table.long and head not in taken]
    if extra:
        raise DataError(
            f"domain {extra[0]!r} is none of {tool.name} - expected {', '.join(tool.codes)} or their names - "
            'correct it, or use tool="custom"'
        )
    return tool, {domain.code: table.columns[heads[domain.code][0]] for domain in tool.domains}


# --------------------------------------------------------------------------- judgements
def _judge(tool: BiasTool, study: str, asked: Domain | None, value: object, missing: str) -> str:
    """Return the key of one cell; ``asked`` is None for the overall judgement."""
    known = (asked.judgements if asked else ()) or tool.judgements
    domain = f"{asked.code} ({asked.en})" if asked else "overall"
    allowed = ", ".join(known)
    if is_blank(value):
        if missing == "blank":
            return ""
        raise DataError(
            f"study {study!r}, {domain}: no judgement - expected one of {allowed} - fill the cell, or pass "
            'missing="blank" to leave its place empty'
        )
    try:
        found = find_judgement(value, known, dict(tool.symbols))
    except OptionError as doubt:
        raise DataError(
            f"study {study!r}, {domain}: {str(value)!r} {doubt} - expected one of {allowed} - write the word "
            "out"
        ) from None
    if found is None:
        raise DataError(
            f"study {study!r}, {domain}: {str(value)!r} is no judgement of {tool.name} - expected one of "
            f"{allowed} - correct it; where a mark such as '-' was typed, write the word"
        )
    return found


def _refuse_twins(tool: BiasTool, rows: Sequence[Sequence[str]], total: Sequence[str] | None) -> None:
    """Refuse two judgements that look the same in one figure (tools of one's own may mix scales)."""
    from k2meta.figures.bias.bias_marks import look_of

    used = {cell for row in rows for cell in row if cell} | {cell for cell in total or () if cell}
    looks: dict[Any, str] = {}
    for key in (key for key in tool.judgements if key in used):
        other = looks.setdefault(look_of(key), key)
        if other != key:
            raise DataError(
                f"judgements {other!r} and {key!r} stand in one table - expected one scale, as both have the "
                "same mark - use one of the two words"
            )


def _doubt_overall(found: RiskOfBias) -> None:
    if not found.tool.overall_rule or found.overall is None:
        return
    odd = []
    for study, row, total in zip(found.studies, found.judgements, found.overall, strict=True):
        worst = max((RISING.index(cell) for cell in row if cell in RISING), default=0)
        if total in RISING and RISING.index(total) < worst:
            odd.append(f"{study!r} (overall {total}, a domain {RISING[worst]})")
    if odd:
        more = f" and {len(odd) - 3} more" if len(odd) > 3 else ""
        warnings.warn(
            f"overall judgement better than the worst domain: {', '.join(odd[:3])}{more} - {found.tool.name} "
            "expects it to be at least as bad - check these studies",
            DataWarning,
            stacklevel=3,
        )
