"""Random data sets meant to break an estimator: extremes of size, scale, homogeneity and dominance."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from k2meta.records import FloatArray

KINDS = (
    "ordinary",
    "wide variances",
    "wide effects",
    "homogeneous",
    "identical effects",
    "one outlier",
    "two clusters",
    "one dominant study",
    "equal variances",
    "precise outlier",
)


def _effects(kind: str, k: int, v: FloatArray, rng: np.random.Generator) -> FloatArray:
    noise = rng.normal(size=k) * np.sqrt(v)
    if kind == "homogeneous":
        return np.asarray(0.3 + 0.2 * noise)
    if kind == "identical effects":
        return np.full(k, 0.7)
    if kind == "one outlier":
        noise[rng.integers(k)] += 10.0 ** rng.uniform(0, 3) * np.sqrt(v.max())
        return noise
    if kind == "two clusters":
        return np.asarray(noise + np.where(np.arange(k) % 2 == 0, 1.0, -1.0) * 10.0 ** rng.uniform(-1, 2))
    if kind == "wide effects":
        return np.asarray(noise + 10.0 ** rng.uniform(-3, 3, k) * rng.choice([-1.0, 1.0], k))
    if kind == "precise outlier":
        noise[int(np.argmin(v))] += 5.0 * np.sqrt(np.median(v))
        return noise
    return np.asarray(noise + rng.normal(size=k) * rng.choice([0.0, 0.1, 1.0, 3.0]) * np.sqrt(np.median(v)))


def random_sets(n: int, seed: int = 20261123) -> Iterator[tuple[str, FloatArray, FloatArray]]:
    """``n`` data sets (kind, yi, vi) with k from 2 to 60."""
    rng = np.random.default_rng(seed)
    for i in range(n):
        kind = KINDS[i % len(KINDS)]
        k = int(rng.integers(2, 61)) if i % 3 else int(rng.integers(2, 8))
        spread = {"wide variances": 6.0, "equal variances": 0.0}.get(kind, rng.uniform(0, 2))
        v = 10.0 ** (rng.uniform(-spread / 2, spread / 2, k) + rng.uniform(-3, 3))
        if kind == "one dominant study":
            v[rng.integers(k)] *= 1e-6
        yield kind, _effects(kind, k, v, rng), v
