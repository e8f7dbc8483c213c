"""Numbers as papers print them."""

from __future__ import annotations

from decimal import Decimal

import pytest


@pytest.fixture
def as_printed():
    """Return ``check(value, text)``: the value, rounded to as many decimals as the text has, is the text.

    ``text`` may name several printings of one number when sources round differently; a list of
    pairs checks a row of a table.
    """

    def check(value: float, text: str) -> None:
        decimals = -Decimal(text).as_tuple().exponent
        # half a unit of the last printed digit, and a hair for ties
        assert abs(value - float(text)) <= 0.5 * 10.0**-decimals * (1 + 1e-9), f"{value!r} is not {text}"

    return check
