"""Every measure, option and input table against R metafor 3.8-1 (tests/reference/measures.R)."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from k2meta.measures import MEASURES, MeasureOptions, transform
from k2meta.measures.building import ZERO_CELL_RULES

REFERENCE = Path(__file__).parents[1] / "reference" / "measures.json"
TOLERANCE = 1e-12
COUNTED = ("binary", "rates", "proportion", "single rate")


@cache
def reference() -> dict[str, Any]:
    return json.loads(REFERENCE.read_text(encoding="utf-8"))


def array(values: list[float | None]) -> np.ndarray:
    return np.array([math.nan if v is None else v for v in values], dtype=float)


@cache
def table(name: str) -> dict[str, np.ndarray]:
    return {role: array(values) for role, values in reference()["tables"][name].items()}


def options_of(text: str) -> MeasureOptions:
    to, add, drop00, vtype = text.split()
    return MeasureOptions(None if add == "default" else float(add), to, drop00 == "drop00", vtype)


def compute(code: str, name: str, **options: Any) -> tuple[np.ndarray, np.ndarray]:
    return MEASURES[code].compute(table(name), MeasureOptions(**options))


def relative(ours: np.ndarray, theirs: np.ndarray, scale: np.ndarray) -> float:
    """Largest difference over |theirs|; over ``scale`` where theirs is (nearly) nothing."""
    shared = np.isfinite(ours) & np.isfinite(theirs)
    gap = np.abs(ours - theirs)[shared]
    base = np.maximum(np.abs(theirs), scale)[shared]
    return float(np.max(np.where(gap == 0.0, 0.0, gap / np.where(base == 0.0, 1.0, base)), initial=0.0))


@dataclass(frozen=True)
class Difference:
    """A deliberate difference: where, in which number, how large at most, why (see MEASURES.md)."""

    reason: str
    where: Callable[[str, str, str], bool]  # measure, table, vtype
    yi: float = TOLERANCE
    vi: float = TOLERANCE
    missing: bool = False  # whether the two may disagree on which studies have an effect


GAMMA = ("SMD", "SMDH", "SMD1", "SMCC", "SMCR", "SMCRH")
DIFFERENCES = [
    Difference(
        "tetrachoric search of metafor stops early; a zero cell gives no variance",
        lambda m, t, v: m == "RTET",
        yi=1e-3,
        vi=1.0,
        missing=True,
    ),
    Difference(
        "SMDH LS2 of metafor 3.8-1 divides s^2, not s^4, by 8 s^4: it depends on the unit",
        lambda m, t, v: m == "SMDH" and v == "LS2" and not t.endswith(("/huge", "/large")),
        yi=1e-11,
        vi=10.0,
    ),
    Difference(
        "lgamma(m/2) - lgamma((m-1)/2) loses digits as m grows",
        lambda m, t, v: m in GAMMA and t.endswith("/large"),
        yi=1e-11,
        vi=1e-2,  # SMDH under LS2: its wrong power; 1e-9 elsewhere
    ),
    Difference(
        "lgamma(m/2) - lgamma((m-1)/2) loses digits as m grows",
        lambda m, t, v: m in GAMMA and t.endswith("/huge"),
        yi=1e-6,
        vi=0.3,
    ),
    Difference(
        "1 - (m-2)/(m J^2) cancels",
        lambda m, t, v: m in ("SMD", "SMD1") and v == "UB" and t.endswith("normand1999"),
        vi=1e-11,
    ),
    Difference(
        "the average coefficient of variation leaves out studies whose means have no ratio",
        lambda m, t, v: m == "ROM" and v in ("AV", "AVHO") and t.endswith("opposite-signs"),
        missing=True,
    ),
    Difference(
        "1 - r^2 cancels near r = 1",
        lambda m, t, v: m in ("COR", "UCOR") and v == "LS" and "near-one" in t,
        vi=1e-10,
    ),
    Difference("G^2 - 1 + ... cancels", lambda m, t, v: m == "UCOR" and v == "UB", vi=1e-3),
    Difference(
        "1/a - 1/n, 1 - p and log(1 - p) cancel when p is 1e-6 away from 0 or 1",
        lambda m, t, v: (
            m in ("RR", "OR", "RD", "PHI", "OR2DN", "OR2DL", "PR", "PLN", "PLO") and t.endswith("huge")
        ),
        yi=1e-10,
        vi=1e-8,
    ),
]


def allowed(code: str, name: str, vtype: str) -> Difference | None:
    found = [d for d in DIFFERENCES if d.where(code, name, vtype)]
    assert len(found) <= 1, (code, name, vtype)
    return found[0] if found else None


def compare(case: dict[str, Any], text: str) -> tuple[float, float, bool]:
    """Relative errors of yi and vi, and whether the same studies have an effect."""
    yi, vi = MEASURES[case["measure"]].compute(table(case["table"]), options_of(text))
    their_yi, their_vi = array(case["yi"]), array(case["vi"])
    known = np.isfinite(their_yi) & np.isfinite(their_vi)
    assert np.array_equal(np.isfinite(yi), np.isfinite(vi))
    same = bool(np.array_equal(known, np.isfinite(yi)))
    their_yi, their_vi = np.where(known, their_yi, np.nan), np.where(known, their_vi, np.nan)
    return relative(yi, their_yi, np.sqrt(their_vi)), relative(vi, their_vi, np.zeros_like(vi)), same


@pytest.mark.parametrize("code", list(MEASURES))
def test_same_as_metafor(code: str) -> None:
    checked = 0
    for case in reference()["cases"]:
        if case["measure"] != code:
            continue
        for text in case["options"]:
            error_yi, error_vi, same = compare(case, text)
            difference = allowed(code, case["table"], text.split()[3]) or Difference("none", lambda *_: True)
            where = (code, case["table"], text)
            assert same or difference.missing, where
            assert error_yi <= difference.yi, where
            assert error_vi <= difference.vi, where
            checked += 1
    assert checked >= 12


@pytest.mark.parametrize("index", range(len(DIFFERENCES)))
def test_no_difference_is_stale(index: int) -> None:
    """A documented difference that no longer exists must leave the list (and MEASURES.md)."""
    difference = DIFFERENCES[index]
    for case in reference()["cases"]:
        for text in case["options"]:
            if difference.where(case["measure"], case["table"], text.split()[3]):
                error_yi, error_vi, same = compare(case, text)
                if max(error_yi, error_vi) > TOLERANCE or not same:
                    return
    pytest.fail(f"no such difference any more: {difference.reason}")


def test_the_grid_is_complete() -> None:
    """Each registered measure meets every option and at least 12 tables of its family."""
    seen: dict[str, set[tuple[str, str]]] = {}
    for case in reference()["cases"]:
        for text in case["options"]:
            seen.setdefault(case["measure"], set()).add((case["table"], text))
    assert set(seen) == set(MEASURES)
    papers_only = {("SMDH", "BONETT"), ("SMCRH", "BONETT")}  # in the section "bonett"
    for code, record in MEASURES.items():
        tables = {name for name in reference()["tables"] if name.startswith(record.family + "/")}
        assert len(tables) >= 12
        wanted = set()
        counted = record.family in COUNTED
        for vtype in record.vtypes:
            if (code, vtype) in papers_only:
                continue
            for to in ZERO_CELL_RULES if counted else ("only0",):
                wanted.add(f"{to} default keep00 {vtype}")
                if record.family in ("binary", "rates"):
                    wanted.add(f"{to} default drop00 {vtype}")
        if counted:
            wanted |= {"only0 0.25 keep00 LS", "all 0.25 keep00 LS", "if0all 0.25 keep00 LS"}
            wanted |= {"only0 0 keep00 LS", "only0 0.5 keep00 LS", "all 1 keep00 LS"}
        assert {(name, text) for name in tables for text in wanted} <= seen[code], code


def test_reference_comes_from_the_agreed_versions() -> None:
    assert reference()["versions"]["metafor"] == "3.8.1"


def test_tetrachoric_correlation_is_the_root() -> None:
    rows = reference()["tetrachoric"]
    assert len(rows) >= 30
    for row in rows:
        yi, vi = compute("RTET", row["table"])
        assert yi[row["row"]] == pytest.approx(row["yi"], rel=1e-12, abs=1e-12 * math.sqrt(row["vi"])), row
        assert vi[row["row"]] == pytest.approx(row["vi"], rel=1e-11), row


def test_variances_as_bonett_prints_them() -> None:
    for row in reference()["bonett"]:
        vi = compute(row["measure"], row["table"], vtype=row["vtype"])[1]
        bound = (
            1e-6 if row["table"].endswith("huge") else 1e-11 if row["table"].endswith("large") else TOLERANCE
        )
        assert relative(vi, array(row["vi"]), np.zeros_like(vi)) <= bound, row


def test_smdh_ls2_of_metafor_is_the_formula_with_the_wrong_power() -> None:
    """The cause of the difference, reproduced: s_i^2 stands where s_i^4 belongs."""
    cases = [
        c
        for c in reference()["cases"]
        if c["measure"] == "SMDH" and "only0 default keep00 LS2" in c["options"]
    ]
    for case in cases:
        if case["table"].endswith("huge"):
            continue
        rows = table(case["table"])
        yi, vi = compute("SMDH", case["table"], vtype="LS2")
        v1, v2 = rows["sd1"] ** 2 / rows["n1"], rows["sd2"] ** 2 / rows["n2"]
        square = (rows["sd1"] ** 2 + rows["sd2"] ** 2) / 2
        wrong = yi**2 * (v1 + v2) / (8 * square**2) + (v1 + v2) / square
        assert relative(wrong, array(case["vi"]), np.zeros_like(vi)) <= 1e-11
    in_metres = compute("SMDH", "continuous/tiny-unit", vtype="LS2")[1]
    in_micrometres = compute("SMDH", "continuous/ordinary", vtype="LS2")[1][:2]
    np.testing.assert_allclose(in_metres, in_micrometres, rtol=1e-12)


def test_d2or_is_the_logistic_conversion() -> None:
    for first, second in zip(
        compute("D2OR", "continuous/ordinary"), compute("D2ORL", "continuous/ordinary"), strict=True
    ):
        np.testing.assert_array_equal(first, second)


def test_back_transformations() -> None:
    back = {name: array(values) for name, values in reference()["back"].items()}
    x, n = back["x"], back["n"]

    def same(ours: np.ndarray, theirs: np.ndarray) -> None:
        np.testing.assert_allclose(ours, theirs, rtol=1e-12, atol=1e-15)

    same(transform.freeman_tukey_proportion_inverse(x, n), back["ipft"])
    same(
        transform.freeman_tukey_proportion_inverse(x, np.asarray(transform.harmonic_mean(n))), back["ipft_hm"]
    )
    same(transform.freeman_tukey_rate_inverse(x, n), back["iirft"])
    same(transform.freeman_tukey_proportion(np.array([0.0, 3, 20]), np.array([10.0, 10, 20])), back["pft"])
    same(transform.freeman_tukey_rate(np.array([0.0, 3.15, 40]), np.array([10.0, 10.5, 20])), back["irft"])
    same(transform.arcsine_root_inverse(np.r_[-0.1, x, 1.6]), back["iarcsin"])
    same(transform.inverse_logit(np.array([-40, -1, 0, 2.5, 30.0])), back["ilogit"])
    same(transform.fisher_z_inverse(np.array([-3, 0.25, 9.0])), back["ztor"])
