"""Numbers as printed: the value, its decimals, and all that rounds to it."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any

__all__ = ["PrintedNumber", "PrintedP", "parse_number", "parse_p"]

_SIGNS = str.maketrans({"−": "-", "–": "-", "·": ".", "．": ".", "＜": "<", "＞": ">", "＝": "="})
# commas separate thousands; "0,52" is no number, for nobody knows whether 0.52 or 52 is meant
_NUMBER = r"[-+]?(?:[1-9]\d{0,2}(?:,\d{3})+(?:\.\d*)?(?![\d,])|\d+\.?\d*(?!,?\d)|\.\d+)(?:[eE][-+]?\d+)?"
_P = re.compile(rf"(?P<sign><=|>=|[<>=≤≥])?\s*(?<![\d,.])(?P<value>{_NUMBER})")
_Z = re.compile(rf"\b[Zz]\s*=\s*(?P<value>{_NUMBER})")
_NOT_SIGNIFICANT = re.compile(
    r"\bn\.?s\.?\b|not significant|non-?significant|no significant|no difference|无统计学意义|差异无", re.I
)


@dataclass(frozen=True, slots=True)
class PrintedNumber:
    """A number as printed, and the closed range of values that round to it.

    Attributes
    ----------
    text : str
        As printed (or as it came: a float keeps no trailing zeros).
    value : float
    decimals : int
        Decimals printed, or assumed.
    assumed : bool
        Whether ``decimals`` were widened because trailing zeros may have been lost.
    padded : bool
        Whether ``text`` lacks trailing zeros that are known or assumed to be printed.
    """

    text: str
    value: float
    decimals: int
    assumed: bool = False
    padded: bool = False

    @property
    def half_unit(self) -> float:
        """Half a unit of the last printed digit."""
        return 0.5 * 10.0**-self.decimals

    @property
    def low(self) -> float:
        """Smallest value that rounds to it."""
        return float(Decimal(repr(self.value)) - Decimal(5).scaleb(-self.decimals - 1))

    @property
    def high(self) -> float:
        """Largest value that rounds to it."""
        return float(Decimal(repr(self.value)) + Decimal(5).scaleb(-self.decimals - 1))

    def widened(self, decimals: int, assumed: bool = True) -> PrintedNumber:
        """Give the same number at least so many decimals, as its neighbours or its table say."""
        if decimals <= self.decimals:
            return self
        return PrintedNumber(self.text, self.value, decimals, assumed, padded=True)

    def shows(self, value: float) -> bool:
        """Whether a recomputed value rounds to the printed digits.

        A value within 1e-9 of a unit of the rounding limit counts: ties may be rounded either way.
        """
        return abs(value - self.value) <= self.half_unit * (1.0 + 1e-9)

    @property
    def shown(self) -> str:
        """The number with its decimals."""
        return f"{self.value:.{self.decimals}f}" if self.padded else self.text


def parse_number(value: Any) -> PrintedNumber | None:
    """Read a printed number; None where nothing, or no number, is printed.

    Strings keep their trailing zeros (``"0.10"`` has two decimals); floats cannot.

    Examples
    --------
    >>> parse_number("0.10").low, parse_number("0.10").high
    (0.095, 0.105)
    >>> parse_number("−0.96").value, parse_number("0·52").decimals, parse_number(0.5).decimals
    (-0.96, 2, 1)
    >>> parse_number("9 trials") is None
    True
    """
    if value is None:
        return None
    if isinstance(value, str):
        text = value.strip().translate(_SIGNS).replace(" ", "")
    else:
        number = float(value)
        if not math.isfinite(number):
            return None
        text = str(int(number)) if isinstance(value, int) else repr(number)
    if not re.fullmatch(_NUMBER, text):
        return None
    text = text.replace(",", "")
    try:
        exact = Decimal(text)
    except InvalidOperation:
        return None
    exponent = exact.as_tuple().exponent
    decimals = max(0, -exponent) if isinstance(exponent, int) else 0
    if not isinstance(value, str) and text.endswith(".0"):
        decimals = 0  # a float's ".0" is Python's, not the printer's
    return PrintedNumber(text.removesuffix(".0") if decimals == 0 else text, float(exact), decimals)


@dataclass(frozen=True, slots=True)
class PrintedP:
    """A P value as printed, and the range of P it stands for.

    Attributes
    ----------
    text : str
    low, high : float
        All P values that the print allows: ``0.003`` is 0.0025 to 0.0035, ``<0.001`` is 0 to 0.001,
        ``not significant`` is 0.05 to 1.
    exact : bool
        Whether a number was printed rather than a bound or a statement.
    z : PrintedNumber or None
        The Z statistic, where it is printed beside the P value.
    """

    text: str
    low: float
    high: float
    exact: bool
    z: PrintedNumber | None = None


def _p_range(sign: str, number: PrintedNumber) -> tuple[float, float]:
    if sign in {"<", "<=", "≤"}:
        return 0.0, number.value
    if sign in {">", ">=", "≥"}:
        return number.value, 1.0
    return max(0.0, number.low), min(1.0, number.high)


def parse_p(value: Any) -> PrintedP | None:
    """Read a printed P value: a number, a bound, or a statement; a Z statistic beside it is kept.

    Examples
    --------
    >>> parse_p("<0.001").high, parse_p("P = 0.003").low, parse_p("not significant").low
    (0.001, 0.0025, 0.05)
    >>> parse_p("0.004 (Z=3.86)").z.text
    '3.86'
    """
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return None
    text = value.strip() if isinstance(value, str) else repr(float(value))
    plain = text.translate(_SIGNS)
    z_found = _Z.search(plain)
    z = parse_number(z_found["value"]) if z_found else None
    rest = _Z.sub("", plain)
    if _NOT_SIGNIFICANT.search(rest):
        return PrintedP(text, 0.05, 1.0, False, z)
    found = _P.search(rest)
    number = parse_number(found["value"]) if found else None
    if found is None or number is None or not 0.0 <= number.value <= 1.0:
        return PrintedP(text, 0.0, 1.0, False, z) if z is not None else None
    sign = found["sign"] or "="
    low, high = _p_range(sign, number)
    return PrintedP(text, low, high, sign == "=", z)
