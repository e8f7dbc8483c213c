"""Numbers as a figure prints them: decimals, minus signs, intervals, P values, percentages."""

from __future__ import annotations

import math
from collections.abc import Sequence
from numbers import Real

from k2meta.errors import DataError
from k2meta.figures.lettering.number_styles import NUMBER_STYLES, NumberStyle, get_number_style

__all__ = [
    "MINUS",
    "MISSING",
    "NUMBER_STYLES",
    "THIN_SPACE",
    "NumberStyle",
    "format_count",
    "format_df",
    "format_i2",
    "format_interval",
    "format_number",
    "format_p",
    "format_tau2",
    "get_number_style",
    "is_number",
    "percentages",
]

MINUS = "\N{MINUS SIGN}"
THIN_SPACE = "\N{THIN SPACE}"
MISSING = "\N{EN DASH}"
_POWERS = str.maketrans("0123456789-", "⁰¹²³⁴⁵⁶⁷⁸⁹⁻")


def is_number(value: object) -> bool:
    """Whether a value is a real number of Python or NumPy that a float can hold; True and False are none.

    Examples
    --------
    >>> is_number(3), is_number("3"), is_number(True)
    (True, False, False)
    """
    if isinstance(value, bool) or not isinstance(value, Real):
        return False
    try:
        float(value)
    except OverflowError:  # 10**400
        return False
    return True


def format_number(
    value: float, decimals: int = 2, style: str | NumberStyle = "plain", missing: str = MISSING
) -> str:
    """Print a number with fixed decimals and a true minus sign; never ``-0.00``, ``nan`` or ``inf``.

    Parameters
    ----------
    value : float
    decimals : int
    style : str or NumberStyle
    missing : str
        What stands for NaN; infinite values print as the infinity sign.

    Examples
    --------
    >>> format_number(-0.5), format_number(-0.001), format_number(float("nan"))
    ('−0.50', '0.00', '–')
    """
    if math.isnan(value):
        return missing
    if math.isinf(value):
        return "\N{INFINITY}" if value > 0 else MINUS + "\N{INFINITY}"
    text = f"{value:.{decimals}f}"
    if float(text) == 0:
        text = text.lstrip("-")
    look = get_number_style(style)
    whole, point, part = text.partition(".")
    if look.grouping and len(whole.lstrip("-")) >= 5:
        text = f"{int(whole):,}".replace(",", look.grouping) + point + part
    return text.replace("-", MINUS).replace(".", look.point)


def format_count(value: float, lang: str = "en", style: str | NumberStyle = "plain") -> str:
    r"""Print a count; whole numbers without decimals.

    Chinese splits five digits and more into thousands by a thin space (never a comma).

    Examples
    --------
    >>> format_count(1260), format_count(12.5), format_count(12600, "zh") == "12\u2009600"
    ('1260', '12.5', True)
    """
    if math.isnan(value):
        return MISSING
    if value != int(value):
        decimals = max(1, min(2, len(f"{value:.6g}".partition(".")[2])))
        return format_number(value, decimals, style)
    digits = str(abs(int(value)))
    if lang == "zh" and len(digits) >= 5:
        digits = f"{abs(int(value)):,}".replace(",", THIN_SPACE)
    return (MINUS if value < 0 else "") + digits


def format_df(df: float) -> str:
    """Print degrees of freedom: whole, or one decimal where they are not.

    Examples
    --------
    >>> format_df(12.0), format_df(7.36)
    ('12', '7.4')
    """
    return f"{df:.0f}" if abs(df - round(df)) < 1e-9 else f"{df:.1f}"


def format_interval(
    low: float,
    high: float,
    decimals: int = 2,
    style: str | NumberStyle = "plain",
    estimate: float | None = None,
) -> str:
    """Print an interval, with its estimate before it when one is given.

    Where an end is negative and the style separates by a dash or a tilde, ``to`` stands instead
    (in Chinese ``至``), so that a minus sign never meets a dash.

    Examples
    --------
    >>> format_interval(0.13, 1.26, 2, "revman", estimate=0.41)
    '0.41 [0.13, 1.26]'
    >>> format_interval(-0.2, 0.3, 1, "jama", estimate=0.05)
    '0.1 (−0.2 to 0.3)'
    """
    look = get_number_style(style)
    if math.isnan(low) and math.isnan(high):
        return MISSING if estimate is None else format_number(estimate, decimals, look)
    ends = [format_number(end, decimals, look) for end in (low, high)]
    separator = look.separator
    if separator in ("\N{EN DASH}", "-") and any(end.startswith(MINUS) for end in ends):
        separator = " to "
    elif separator == "～" and any(end.startswith(MINUS) for end in ends):
        separator = "至"
    inside = separator.join(ends)
    if estimate is None:
        return inside
    return f"{format_number(estimate, decimals, look)}{look.opening}{inside}{look.closing}"


def _p_digits(p: float, look: NumberStyle) -> tuple[str, str]:
    """Return the relation and the digits of P before points and zeros are adapted."""
    floor = next((floor for floor in look.p_floors if p < floor), None)
    if floor is not None:
        return "<", f"{floor:.10f}".rstrip("0")
    if look.p_small_digits:
        if p >= 0.01:
            return "=", f"{p:.2f}"
        rounded = float(f"{p:.{look.p_small_digits}g}")  # 0.0098 is 0.01, not 0.010
        decimals = look.p_small_digits - 1 - math.floor(math.log10(rounded) + 1e-9)
        return "=", f"{p:.{decimals}f}"
    if p > 0.99 and p < 1:
        return ">", "0.99"
    # Two decimals, unless that would move P onto 0.05 or 0.01 or hide what it is.
    text = f"{p:.2f}"
    if p < 0.01 or (text in ("0.05", "0.01") and p != float(text)):
        decimals = 3 if p >= 0.001 else 4
        text = f"{p:.{decimals}f}"
    return "=", text


def format_p(p: float, style: str | NumberStyle = "plain") -> tuple[str, str]:
    """Print a P value: exact where it can be, never ``0.000``.

    Parameters
    ----------
    p : float
        Between 0 and 1.
    style : str or NumberStyle

    Returns
    -------
    tuple of str
        The relation (``"="``, ``"<"``, ``">"``) and the digits.

    Examples
    --------
    >>> format_p(0.26), format_p(1e-9), format_p(0.0496), format_p(0.26, "jama"), format_p(4e-5, "revman")
    (('=', '0.26'), ('<', '0.001'), ('=', '0.050'), ('=', '.26'), ('<', '0.0001'))
    """
    look = get_number_style(style)
    if math.isnan(p):
        return "=", MISSING
    if not 0 <= p <= 1:
        raise DataError(f"a P value is {p!r}; expected a probability between 0 and 1")
    relation, digits = _p_digits(p, look)
    if not look.leading_zero and digits.startswith("0."):
        digits = digits[1:]
    return relation, digits.replace(".", look.point)


def format_i2(i2: float, style: str | NumberStyle = "plain") -> str:
    """Print I2, given in percent.

    Examples
    --------
    >>> format_i2(24.13), format_i2(24.13, "revman"), format_i2(0.0)
    ('24.1%', '24%', '0.0%')
    """
    look = get_number_style(style)
    return format_number(i2, look.i2_decimals, look) + ("" if math.isnan(i2) else "%")


def format_tau2(tau2: float, style: str | NumberStyle = "plain", *, matters: bool = False) -> str:
    """Print tau2 with 2 decimals at least and, by style, 3 significant digits.

    Parameters
    ----------
    tau2 : float
    style : str or NumberStyle
    matters : bool
        Whether it is no rounding error of 0 (I2 is not 0), so that it is never printed as 0.00.

    Examples
    --------
    >>> format_tau2(0.31324), format_tau2(0.31324, "revman"), format_tau2(12.3456), format_tau2(0.0)
    ('0.313', '0.31', '12.35', '0.00')
    >>> format_tau2(3.1e-9), format_tau2(3.1e-9, matters=True), format_tau2(0.0004, "revman", matters=True)
    ('<0.000001', '3.1×10⁻⁹', '0.0004')
    """
    look = get_number_style(style)
    if tau2 == 0 or not math.isfinite(tau2):
        return format_number(tau2, 2, look)
    power = math.floor(math.log10(abs(tau2)))
    if power >= 6 or (matters and power < -6):
        mantissa = format_number(tau2 / 10.0**power, 1, look)
        return f"{mantissa}×10{str(power).translate(_POWERS)}"
    significant = look.tau2_significant or (1 if matters and abs(tau2) < 0.005 else 0)
    decimals = max(2, significant - 1 - power) if significant else 2
    if decimals > 7:  # so small that digits would mislead
        return "<" + format_number(1e-6, 6, look)
    return format_number(tau2, decimals, look)


def percentages(weights: Sequence[float], decimals: int = 1) -> tuple[float, ...]:
    """Round weights to percentages that add to exactly 100 (largest remainder).

    Parameters
    ----------
    weights : sequence of float
        Weights on any scale, none negative; NaN where a study has none.
    decimals : int

    Returns
    -------
    tuple of float
        One for each weight; NaN stays NaN.

    Raises
    ------
    DataError
        When a weight is negative.

    Examples
    --------
    >>> percentages([1, 1, 1]), percentages([2.0, float("nan"), 6.0])
    ((33.4, 33.3, 33.3), (25.0, nan, 75.0))
    """
    known = [i for i, weight in enumerate(weights) if not math.isnan(weight)]
    negative = next((i for i in known if weights[i] < 0), None)
    if negative is not None:
        raise DataError(f"weight {negative + 1} is {weights[negative]:g}; expected 0 or more")
    total = math.fsum(weights[i] for i in known)
    result = [math.nan] * len(weights)
    if total <= 0:
        for i in known:
            result[i] = 0.0
        return tuple(result)
    units = 10**decimals
    exact = {i: weights[i] / total * 100 * units for i in known}
    # The tolerance keeps 30.0 from becoming 29.9 through 29.999999999999996.
    floors = {i: math.floor(share + 1e-9) for i, share in exact.items()}
    short = 100 * units - sum(floors.values())
    order = sorted(known, key=lambda i: (-(round(exact[i] - floors[i], 9)), i))
    for i in order[:short]:
        floors[i] += 1
    for i in known:
        result[i] = floors[i] / units
    return tuple(result)
