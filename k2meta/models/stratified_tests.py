"""The tests that belong to Mantel-Haenszel and Peto pooling."""

from __future__ import annotations

import math

from k2meta.kernels import stratified as kernel
from k2meta.kernels.distributions import chi2_sf
from k2meta.models.stratified_tables import Tables
from k2meta.records import Test

__all__ = ["stratified_tests"]


def stratified_tests(tables: Tables, pooled: kernel.Pooled, correct: bool) -> tuple[Test, ...]:
    """Test for association and, for odds ratios, the tests of homogeneity (Breslow-Day, Tarone)."""
    corrected = " (continuity correction)" if correct else ""
    if tables.measure in ("IRR", "IRD"):
        chi2 = float(kernel.person_time_chi2(*tables.cells, tables.keep, correct=correct))
        name = f"Mantel-Haenszel test for person-time{corrected}"
        return (_chi2_test(name, chi2, 1.0, "no events"),)
    chi2 = float(kernel.cmh_chi2(*tables.cells, tables.keep, correct=correct))
    tests = [_chi2_test(f"Cochran-Mantel-Haenszel test{corrected}", chi2, 1.0, "no table has both outcomes")]
    if tables.measure == "OR":
        found = kernel.breslow_day(*tables.cells, pooled.estimate, tables.keep)
        df = float(found.df)
        why = "fewer than two tables have both outcomes"
        for name, value in (("Breslow-Day test", found.breslow_day), ("Tarone's test", found.tarone)):
            tests.append(_chi2_test(name, float(value) if df > 0 else math.nan, df, why))
    return tuple(tests)


def _chi2_test(name: str, chi2: float, df: float, why: str) -> Test:
    if math.isnan(chi2):
        return Test(name, math.nan, df, math.nan, "chi2", note=why)
    return Test(name, chi2, df, float(chi2_sf(chi2, df)), "chi2")
