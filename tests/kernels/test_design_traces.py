"""Traces of P with a slope, against exact fractions, however unequal the variances."""

from fractions import Fraction

import numpy as np
import pytest

from k2meta.kernels.design import stack_design


def exact_traces(x, v):
    """Tr P and tr PP at tau2 = 0, for an intercept and a slope."""
    k = len(v)
    rows = [[Fraction(1), Fraction(float(a))] for a in x]
    w = [1 / Fraction(float(b)) for b in v]
    a, b, d = (sum(w[i] * rows[i][m] * rows[i][n] for i in range(k)) for m, n in ((0, 0), (0, 1), (1, 1)))
    det = a * d - b * b
    inverse = [[d / det, -b / det], [-b / det, a / det]]

    def entry(i, j):
        between = sum(rows[i][m] * inverse[m][n] * rows[j][n] for m in (0, 1) for n in (0, 1))
        return (w[i] if i == j else 0) - w[i] * w[j] * between

    first = sum(entry(i, i) for i in range(k))
    return float(first), float(sum(entry(i, j) ** 2 for i in range(k) for j in range(k)))


@pytest.mark.parametrize("precise", [1, 2, 3])
@pytest.mark.parametrize("ratio", [1.0, 1e2, 1e4, 1e6, 1e8])
def test_traces_keep_their_digits(ratio, precise):
    rng = np.random.default_rng(int(ratio) % 97 + precise)
    x, v = rng.normal(size=8), rng.uniform(0.5, 1.5, 8)
    v[:precise] /= ratio
    design = np.column_stack([np.ones(8), x])
    whole = stack_design(rng.normal(size=(1, 8)), v[None], design)
    keep = np.ones((1, 10), dtype=bool)
    keep[0, [2, 5]] = False
    more = np.column_stack([np.ones(10), np.insert(x, [2, 4], 9.0)])
    masked = stack_design(rng.normal(size=(1, 10)), np.insert(v, [2, 4], 3.0)[None], more, keep)
    for problem in (whole, masked):
        moments = problem.moments(np.zeros(1), 2)
        found = [float(moments.trace_p[0]), float(moments.trace_pp[0])]
        assert found == pytest.approx(exact_traces(x, v), rel=1e-12)
