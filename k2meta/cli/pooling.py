"""From a file of study rows to a fit, as the options of the command line ask."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from k2meta.errors import OptionError, unknown_option

if TYPE_CHECKING:
    from k2meta.analysis.subgroups import SubgroupResult
    from k2meta.models.result import MetaResult
    from k2meta.studies.effects import Effects

__all__ = ["POOLING", "number_or_code", "pool", "pooling_choices", "pooling_name"]

POOLING = {"inverse": "inverse variance", "mh": "Mantel-Haenszel", "peto": "Peto"}


def pooling_name(pooling: str, tau2: str | None) -> str:
    """Return the library's name of a way of pooling.

    Raises
    ------
    OptionError
        When it is not known, or pooling from counts would ignore a choice.
    """
    if pooling not in POOLING:
        raise unknown_option("pooling", pooling, POOLING)
    name = POOLING[pooling]
    if name != "inverse variance" and tau2:
        raise OptionError(
            f"--tau2 has no meaning with --pooling {pooling}; leave it out, or pool by --pooling inverse"
        )
    return name


def pooling_choices(
    name: str, model: str | None, tau2: str | None, test: str | None, level: float, convention: str | None
) -> dict[str, Any]:
    """Return the choices as keywords of :func:`k2meta.meta_analysis`."""
    return {
        "model": model or ("random" if name == "inverse variance" else "common"),
        "tau2": number_or_code(tau2),
        "test": test,
        "level": level,
        "convention": convention,
    }


def number_or_code(text: str | None) -> str | float | None:
    """Read a number where it is one."""
    if text is None:
        return None
    try:
        return float(text)
    except ValueError:
        return text


def pool(
    effects: Effects, by: str | None, pooling: str, choices: dict[str, Any], *, common_tau2: bool = False
) -> tuple[MetaResult, SubgroupResult | None]:
    """Pool with or without subgroups, by inverse variance or from the counts."""
    if by is not None:
        from k2meta.analysis.subgroups import subgroup_analysis

        result = subgroup_analysis(effects, by, common_tau2=common_tau2, pooling=pooling, **choices)
        return result.overall, result
    if common_tau2:
        raise OptionError("--common-tau2 needs --by COLUMN")
    if pooling != "inverse variance":
        from k2meta.models.stratified import fit_stratified

        counts = {name: choices[name] for name in ("model", "test", "convention", "level")}
        return fit_stratified(effects, pooling, **counts), None
    from k2meta.models.univariate import meta_analysis

    return meta_analysis(effects, **choices), None
