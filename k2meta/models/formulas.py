"""Formulas to design matrices: parsed and coded by the library ``formulaic``, then checked by name."""

from __future__ import annotations

import ast
import builtins
import importlib
import itertools
import re
import sys
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from k2meta.errors import DataError, OptionError
from k2meta.models.moderators import ModeratorSource, columns_of, moderator_values, named
from k2meta.records import BoolArray, FloatArray, readonly
from k2meta.studies.columns import is_missing

if TYPE_CHECKING:
    import pandas as pd

__all__ = [
    "Design",
    "Formula",
    "check_weighted",
    "code_design",
    "code_new",
    "moderator_frame",
    "parse_formula",
]

# A column is called collinear when less than this share of its length is its own. Rounding leaves
# about 1e-15; powers up to the fourth of a calendar year still differ from each other by 1e-8.
COLLINEAR = 1e-10


@dataclass(frozen=True, eq=False, slots=True)
class Formula:
    """A formula that has been understood.

    Attributes
    ----------
    text : str
        As written.
    variables : tuple of str
        The columns it needs, in the order of the formula.
    bare : frozenset of str
        Those that it has as they are, not inside a function.
    parsed : formulaic.SimpleFormula
    """

    text: str
    variables: tuple[str, ...]
    bare: frozenset[str]
    parsed: Any


@dataclass(frozen=True, eq=False, slots=True)
class Design:
    """A design matrix and how it was coded.

    Attributes
    ----------
    matrix : ndarray, shape (k, p)
    names : tuple of str, length p
        Columns: ``"Intercept"``, ``"latitude"``, ``"C(allocation)[T.random]"`` ...
    terms : mapping of str to tuple of int
        Columns of each term of the formula.
    spec : formulaic.ModelSpec
        Levels of factors and constants of transforms, for new data.
    """

    matrix: FloatArray
    names: tuple[str, ...]
    terms: dict[str, tuple[int, ...]]
    spec: Any

    @property
    def intercept(self) -> int | None:
        """Column of the intercept, if there is one."""
        return self.names.index("Intercept") if "Intercept" in self.names else None


def _formulaic() -> Any:
    """The library, imported without the warning filters that its own imports would leave behind."""
    if "formulaic" not in sys.modules:
        with warnings.catch_warnings():
            importlib.import_module("formulaic")
    return sys.modules["formulaic"]


def parse_formula(formula: Any) -> Formula:
    """Understand a one-sided formula, or say what is wrong with it.

    Raises
    ------
    OptionError
        No text, a syntax error, a left side, or parts separated by ``|``.
    """
    if not isinstance(formula, str):
        raise OptionError(
            f"formula is a {type(formula).__name__}. Expected text, such as '~ year + C(allocation)'."
        )
    if not formula.strip().removeprefix("~").strip():
        raise OptionError("the formula is empty. Expected moderators, such as '~ year', or '~ 1' for none.")
    library = _formulaic()
    try:
        parsed = library.Formula(formula)
        factors = [factor for term in parsed for factor in term.factors] if _is_simple(parsed) else []
        variables = {name for factor in factors for name in _variables(factor)}
    except Exception as error:  # its parser lets errors of all kinds through
        raise OptionError(
            f"the formula {formula!r} cannot be read: {_plain(error)} Expected one such as "
            "'~ year + C(allocation)'; put names with spaces between backquotes, and arithmetic inside I(), "
            "as in I(year / 10)."
        ) from None
    if not _is_simple(parsed):
        raise OptionError(
            f"the formula {formula!r} has {'a left side' if hasattr(parsed, 'lhs') else 'several parts'}. "
            "Expected moderators only: the effects are what they explain. Write '~ year + C(allocation)'."
        )
    _refuse_idle_powers(formula)
    if "Intercept" in variables:
        raise OptionError(
            "the formula names a column 'Intercept', which is what the constant is called. Expected another "
            "name. Rename the column."
        )
    ordered = sorted(variables, key=lambda name: (formula.find(name), name))
    return Formula(formula, tuple(ordered), frozenset(factor.expr for factor in factors), parsed)


def _variables(factor: Any) -> set[str]:
    """Names of the columns in one factor; formulaic does not tell those in all of its own functions."""
    library = _formulaic()
    if factor.eval_method.value == "literal":
        return set()
    if factor.eval_method.value == "lookup":
        return {factor.expr}
    quoted = re.findall(r"`([^`]+)`", factor.expr)
    tree = _python(factor.expr)
    known = set(library.transforms.TRANSFORMS)
    names, functions = set(quoted), set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            functions.add(node.func)
            if node.func.id == "Q":
                names |= {part.value for part in node.args if isinstance(part, ast.Constant)}
        elif isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id in known:
            functions.add(node.value)  # np.log, contr.sum
    unknown = sorted({function.id for function in functions} - known - set(dir(builtins)))
    if unknown:
        raise ValueError(f"there is no function {', '.join(unknown)}{_instead(unknown[0])}")
    plain = {node for node in ast.walk(tree) if isinstance(node, ast.Name)} - functions
    return names | {node.id for node in plain} - {"__quoted__"}


def _python(expression: str) -> ast.Expression:
    """Parse what stands inside a function; refuse ``^``, which is no power in Python."""
    tree = ast.parse(re.sub(r"`[^`]+`", "__quoted__", expression), mode="eval")
    if any(isinstance(node, ast.BitXor) for node in ast.walk(tree)):
        raise ValueError(f"'^' in {expression!r} is no power of numbers; write **")
    return tree


def _instead(function: str) -> str:
    """What a function that R has is called here."""
    if function in ("factor", "as.factor"):
        return "; write C(...)"
    return f"; write np.{function}(...)" if isinstance(getattr(np, function, None), np.ufunc) else ""


def _refuse_idle_powers(formula: str) -> None:
    """Refuse a power of one variable: formulas cross sums with themselves, so it would be the variable."""
    tokens = list(importlib.import_module("formulaic.parser.algos.tokenize").tokenize(formula))
    for base, operator in itertools.pairwise(tokens):
        if base.kind.value in ("name", "python") and str(operator.token) in ("**", "^"):
            plain = base.kind.value == "python" or str(base.token).isidentifier()
            name = str(base.token) if plain else f"`{base.token}`"
            raise OptionError(
                f"the formula {formula!r} raises {name} to a power, which in formulas crosses a sum with "
                f"itself and leaves {name} as it is. Expected a sum, as in (a + b)**2. Write I({name}**2) "
                "for a curve."
            )


def _is_simple(parsed: Any) -> bool:
    return isinstance(parsed, _formulaic().SimpleFormula)


def _plain(error: BaseException) -> str:
    """First line of a message without the colours that formulaic puts in."""
    text = re.sub(r"\x1b\[[0-9;]*m|[⧛⧚]", "", str(error)).strip()
    if "`.` operator" in text:
        return "'.' does not stand for all columns here, name the moderators."
    if isinstance(error, SyntaxError) and error.text:
        text = f"{error.text.strip()!r} is no expression of Python{_instead(error.text.partition('(')[0])}"
    first = text.splitlines()[0] if text else type(error).__name__
    return first.removesuffix(".") + "."


def moderator_frame(
    formula: Formula, source: ModeratorSource, labels: Sequence[str]
) -> tuple[pd.DataFrame, dict[str, BoolArray]]:
    """The variables of a formula, one row a study, and which of them are missing.

    Raises
    ------
    DataError
        An unknown variable, or one whose values are no moderator.
    """
    import pandas as pd

    columns: dict[str, Any] = {}
    missing: dict[str, BoolArray] = {}
    for name in formula.variables:
        columns[name], missing[name] = moderator_values(name, source.raw(name), labels, name in formula.bare)
    return pd.DataFrame(columns, index=pd.RangeIndex(len(labels))), missing


def code_design(formula: Formula, frame: pd.DataFrame, labels: Sequence[str]) -> Design:
    """Code a design matrix for the studies and check that its coefficients can be told apart.

    Raises
    ------
    DataError
        A function that fails on these values, a moderator without variation, as many coefficients as
        studies, columns that others determine.
    """
    library = _formulaic()
    spec = library.ModelSpec(formula=formula.parsed, na_action="ignore")
    matrix = _coded(formula.text, spec, frame, labels)
    spec = matrix.model_spec
    # factors of whole numbers are stored as floats: C(year)[T.1948.0]
    names = tuple(re.sub(r"(\[(?:T\.)?-?[0-9]+)\.0\]", r"\1]", str(name)) for name in spec.column_names)
    terms = {str(term): tuple(columns) for term, columns in spec.term_indices.items()}
    if "1" in terms:
        terms["Intercept"] = terms.pop("1")
        terms = {"Intercept": terms["Intercept"], **terms}
    x = _finite(formula.text, np.asarray(matrix, dtype=np.float64), names, labels)
    _refuse_empty_terms(formula.text, terms, names)
    _refuse_undetermined(formula.text, x, names)
    return Design(readonly(x), names, terms, spec)


def _coded(text: str, spec: Any, frame: pd.DataFrame, labels: Sequence[str]) -> Any:
    library = _formulaic()
    try:
        # what a logarithm of 0 gives is told below, with the study's name
        with np.errstate(all="ignore"):
            # formulaic takes the number of rows from the columns, and '~ 1' needs none
            rows = frame if len(frame.columns) else frame.assign(_rows=0.0)
            return spec.get_model_matrix(rows, context={})
    except library.errors.DataMismatchWarning as error:
        found = re.search(r"\{(.*?)\}", str(error))
        levels = re.sub(r"np\.float64\((.*?)(?:\.0)?\)", r"\1", found[1]) if found else "some level"
        raise DataError(
            f"new has {levels} in a factor of {text!r}, a level that no study has. Expected levels of theirs."
        ) from None
    except Exception as error:  # the formula's functions can raise anything
        raise DataError(
            f"the formula {text!r} cannot be evaluated: {_plain(error)} Expected functions that these "
            f"{len(labels)} values allow. See the names and kinds of the columns."
        ) from None


def _finite(text: str, x: FloatArray, names: Sequence[str], labels: Sequence[str]) -> FloatArray:
    row, column = np.nonzero(~np.isfinite(x))
    if row.size:
        at = column == column[0]
        who = named(labels[int(i)] for i in row[at])
        raise DataError(
            f"{names[column[0]]} in the formula {text!r} is {x[row[0], column[0]]} for {who}. Expected a "
            "finite number for each study. Use a transform that is defined for all of them."
        )
    return np.array(x)


def _refuse_empty_terms(text: str, terms: dict[str, tuple[int, ...]], names: Sequence[str]) -> None:
    if not names:
        raise DataError(
            f"the formula {text!r} has no coefficient. Expected an intercept or a moderator. Write '~ 1' for "
            "the pooled effect alone."
        )
    for term, columns in terms.items():
        if not columns:
            raise DataError(
                f"{term} has one level only among the studies pooled, so its effect cannot be estimated. "
                f"Expected two or more. Take it out of the formula {text!r}."
            )


def _refuse_undetermined(text: str, x: FloatArray, names: Sequence[str]) -> None:
    """Refuse designs in which a coefficient is not determined by the data, naming the columns."""
    k, p = x.shape
    with_intercept = "Intercept" in names
    for j, name in enumerate(names):
        if name == "Intercept":
            continue
        if not x[:, j].any():
            raise DataError(
                f"{name} is 0 in all {k} studies, so its coefficient cannot be estimated. Expected studies "
                f"that differ in it. Take it out of the formula {text!r}."
            )
        if with_intercept and np.ptp(x[:, j]) == 0:
            raise DataError(
                f"{name} is {x[0, j]:g} in all {k} studies, so its effect cannot be told from the intercept. "
                f"Expected studies that differ in it. Take it out of the formula {text!r}."
            )
    if k <= p:
        raise DataError(
            f"the formula {text!r} has {p} {'coefficient' if p == 1 else 'coefficients'} for {k} "
            f"{'study' if k == 1 else 'studies'}. Expected "
            "fewer coefficients than studies. Take moderators out, or join levels."
        )
    unit = x / np.linalg.norm(x / np.abs(x).max(axis=0), axis=0) / np.abs(x).max(axis=0)
    for j in range(1, p):
        share, *_ = np.linalg.lstsq(unit[:, :j], unit[:, j], rcond=None)
        if np.linalg.norm(unit[:, j] - unit[:, :j] @ share) < COLLINEAR:
            others = [names[int(i)] for i in np.flatnonzero(np.abs(share) > 1e-6)]
            raise DataError(
                f"{names[j]} is determined by {', '.join(others)} in these {k} studies, so their "
                "coefficients cannot be told apart. Expected columns none of which follows from the others. "
                f"Take one out of the formula {text!r}."
            )


def check_weighted(formula: Formula, design: Design, weights: FloatArray) -> None:
    """Refuse weights of 0 that leave too few studies to tell the coefficients apart."""
    if not (weights > 0).all():
        _refuse_undetermined(
            f"{formula.text} (studies of weight above 0)", design.matrix[weights > 0], design.names
        )


def code_new(design: Design, formula: Formula, seen: pd.DataFrame, new: Any) -> tuple[FloatArray, Any]:
    """Code new values of the moderators as the studies' were; the matrix and the index of ``new``.

    Raises
    ------
    DataError
        A moderator is absent, missing in a row, of another kind, or has a level that no study has.
    """
    import pandas as pd

    columns = columns_of(new)
    rows = len(next(iter(columns.values())))
    labels = tuple(f"row {i} of new" for i in range(rows))
    frame: dict[str, Any] = {}
    for name in formula.variables:
        if name not in columns:
            raise DataError(
                f"new has no column {name!r}. Expected a value of each moderator: "
                f"{', '.join(formula.variables)}. Add the column."
            )
        frame[name] = _like(name, columns[name], seen[name], labels)
    index = new.index if isinstance(new, pd.DataFrame) else pd.RangeIndex(rows)
    with warnings.catch_warnings():
        warnings.simplefilter("error", _formulaic().errors.DataMismatchWarning)
        matrix = _coded(formula.text, design.spec, pd.DataFrame(frame, index=pd.RangeIndex(rows)), labels)
    x = np.asarray(matrix, dtype=np.float64)
    return _finite(formula.text, x, design.names, labels), index


def _like(name: str, raw: Any, seen: pd.Series, labels: Sequence[str]) -> pd.Series:
    """One column of new data, of the kind that the studies' column is."""
    import pandas as pd

    if isinstance(seen.dtype, pd.CategoricalDtype):
        levels = list(seen.cat.categories)
        items = list(raw)
        gap = next((label for label, item in zip(labels, items, strict=True) if is_missing(item)), None)
        if gap is not None:
            raise DataError(f"moderator {name!r} is missing in {gap}. Expected a value in each row.")
        unknown = [(label, item) for label, item in zip(labels, items, strict=True) if item not in levels]
        if unknown:
            label, item = unknown[0]
            raise DataError(
                f"moderator {name!r} is {item!r} in {label}, a level that no study has. Expected one of: "
                f"{', '.join(map(str, levels))}."
            )
        return pd.Series(pd.Categorical(items, categories=levels))
    values, missing = moderator_values(name, raw, labels, bare=True)
    if missing.any():
        raise DataError(
            f"moderator {name!r} is missing in {labels[int(missing.argmax())]}. Expected a value in each row."
        )
    if seen.dtype.kind != values.dtype.kind:
        kinds = {"f": "numbers", "b": "true or false"}
        have = kinds.get(values.dtype.kind, "text")
        raise DataError(
            f"moderator {name!r} holds {have} in new, but {kinds[seen.dtype.kind]} in the studies. Give it "
            "as there."
        )
    return values
