"""Many meta-analyses at once: the same kernels on a stack of outcomes."""

from __future__ import annotations

import itertools
import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from k2meta.errors import DataError, OptionError
from k2meta.kernels.pooling import get_test, heterogeneity, infer
from k2meta.kernels.problem import stack
from k2meta.kernels.tau2 import get_tau2_estimator
from k2meta.models.options import FitOptions
from k2meta.models.univariate import LARGEST, SMALLEST, fit_options
from k2meta.records import BoolArray, FloatArray, readonly
from k2meta.studies.numeric import number_array

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["BatchResult", "meta_analysis_many", "pool_stack"]

# Rows of a chunk are chosen so that its working arrays stay in a core's own cache.
CHUNK_NUMBERS = 40_000
FIELDS = ("estimate", "se", "statistic", "df", "p_value", "ci_low", "ci_high", "tau2", "q", "i2", "k")


@dataclass(frozen=True, eq=False, slots=True)
class BatchResult:
    """Pooled answers of a stack; each array has the leading shape of the input.

    Attributes
    ----------
    estimate, se, statistic, df, p_value, ci_low, ci_high : ndarray
        Pooled effects with their tests; NaN where no study was kept, or none with a weight above 0.
    tau2, q, i2 : ndarray
        Between-study variance, Cochran's Q, I2 in percent (tau2-based; Q-based for a common effect).
    k : ndarray
        Number of studies pooled.
    converged : bool
        Whether every problem reached rounding error.
    options : FitOptions
    """

    estimate: FloatArray
    se: FloatArray
    statistic: FloatArray
    df: FloatArray
    p_value: FloatArray
    ci_low: FloatArray
    ci_high: FloatArray
    tau2: FloatArray
    q: FloatArray
    i2: FloatArray
    k: FloatArray
    converged: bool
    options: FitOptions

    def __post_init__(self) -> None:
        for name in FIELDS:
            readonly(getattr(self, name))

    def to_frame(self) -> pd.DataFrame:
        """One row for each meta-analysis, in C order of the leading axes."""
        import pandas as pd

        return pd.DataFrame({name: np.ravel(getattr(self, name)) for name in FIELDS})

    def __repr__(self) -> str:
        return (
            f"<BatchResult {self.estimate.shape} meta-analyses, {self.options.model}, "
            f"tau2={self.options.tau2}, test={self.options.test}>"
        )


class _UnusableError(Exception):
    """A kept value cannot be used; the caller, who knows the shape, says which."""


def meta_analysis_many(
    yi: Any,
    vi: Any,
    *,
    keep: Any = None,
    model: str = "random",
    tau2: str | float | None = None,
    test: str | None = None,
    level: float = 0.95,
    weights: Any = None,
    convention: str | None = None,
    workers: int | None = None,
) -> BatchResult:
    """Pool many sets of effects in one call.

    Parameters
    ----------
    yi, vi : array_like, shape (..., k)
        Effects and sampling variances; the last axis holds the studies. Numpy or dask arrays (a dask
        ``yi`` is computed block by block along its first axis); ``vi`` may have fewer axes.
    keep : array_like of bool, shape (..., k), optional
        Which studies take part; all by default. Values that are not kept may be anything, NaN too.
        Where none takes part the answer is NaN.
    model, tau2, test, level, convention
        As in :func:`k2meta.meta_analysis`.
    weights : array_like, shape (..., k), optional
        Weights to pool with, also those of ``tau2="GENQ"``. Where no kept study has a weight above 0
        (GENQ: fewer than two have) the answer is NaN.
    workers : int, optional
        Threads; as many as there are processors by default.

    Returns
    -------
    BatchResult

    Raises
    ------
    DataError
        When a kept value is missing, infinite, or a kept variance is not positive; the message gives
        its position (in a dask array, within its block). Effects up to 1e60 and variances from 1e-60 to
        1e60 can be used.
    OptionError
        As for :func:`k2meta.meta_analysis`.

    Notes
    -----
    The equations of :func:`k2meta.meta_analysis`: each answer equals the one for its row alone to
    rounding error. R has no counterpart but a loop over ``rma``.

    References
    ----------
    Viechtbauer W (2005). J Educ Behav Stat 30:261-293. doi:10.3102/10769986030003261

    Examples
    --------
    >>> import numpy as np, k2meta as k2
    >>> y = np.array([[0.1, 0.3, 0.5], [0.2, 0.2, 0.2]])
    >>> k2.meta_analysis_many(y, np.full((2, 3), 0.01), tau2="DL", test="z").tau2.round(4)
    array([0.03, 0.  ])
    """
    options, fixed = fit_options(model=model, tau2=tau2, test=test, level=level, convention=convention)
    if workers is not None and (isinstance(workers, bool) or not isinstance(workers, int) or workers < 1):
        raise OptionError(f"workers is {workers!r}. Expected a whole number of threads, 1 or more, or None.")
    if hasattr(yi, "dask") and yi.ndim > 1:
        return _from_dask(yi, vi, keep, options, fixed, weights, workers)
    arrays = _pool_checked(yi, vi, keep, weights, options, fixed, workers)
    converged = bool(arrays.pop("converged").all())
    return BatchResult(**arrays, converged=converged, options=options)


def _checked(
    yi: Any, vi: Any, keep: Any, weights: Any
) -> tuple[FloatArray, FloatArray, BoolArray | None, FloatArray | None]:
    y, v = number_array("yi", yi), number_array("vi", vi)
    if y.ndim == 0 or y.shape[-1] == 0:
        raise DataError(f"yi has shape {y.shape}; expected (..., k) with at least one study")
    try:
        v = np.broadcast_to(v, y.shape)
    except ValueError:
        raise DataError(
            f"vi has shape {v.shape}, yi {y.shape}; expected the same, or one that broadcasts to it"
        ) from None
    mask: BoolArray | None = None
    if keep is not None:
        mask = np.asarray(keep)
        if mask.dtype != np.bool_:
            raise DataError(f"keep holds {mask.dtype} values; expected booleans")
        try:
            mask = np.broadcast_to(mask, y.shape)
        except ValueError:
            raise DataError(f"keep has shape {mask.shape}; expected {y.shape}") from None
        if bool(mask.all()):
            mask = None
    return y, v, mask, _checked_weights(weights, y.shape, mask)


def _pool_checked(
    yi: Any, vi: Any, keep: Any, weights: Any, options: FitOptions, fixed: float | None, workers: int | None
) -> dict[str, Any]:
    y, v, mask, w = _checked(yi, vi, keep, weights)
    k, shape = y.shape[-1], y.shape[:-1]
    try:
        arrays = _run(
            y.reshape(-1, k),
            v.reshape(-1, k),
            None if mask is None else mask.reshape(-1, k),
            None if w is None else w.reshape(-1, k),
            options,
            fixed,
            workers,
        )
    except _UnusableError:
        raise _complain(y, v, mask) from None
    return {name: values.reshape(shape) for name, values in arrays.items()}


def _usable(y: FloatArray, v: FloatArray, keep: BoolArray | None) -> bool:
    """Whether every kept effect is finite, every kept variance positive, and no sum can overflow."""
    if keep is None:
        fine_y = bool((y <= LARGEST).all()) and bool((y >= -LARGEST).all())
        return fine_y and bool((v >= SMALLEST).all()) and bool((v <= LARGEST).all())
    return bool(((np.abs(y) <= LARGEST) & (v >= SMALLEST) & (v <= LARGEST) | ~keep).all())


def _complain(y: FloatArray, v: FloatArray, keep: BoolArray | None) -> DataError:
    """Name the first value that cannot be used, by its position."""
    spare = np.zeros(y.shape, dtype=bool) if keep is None else ~keep
    checks = (
        ("yi", y, np.isfinite(y), "a finite number"),
        ("vi", v, (v > 0) & (v < np.inf), "a finite number > 0"),
        ("yi", y, np.abs(y) <= LARGEST, f"at most {LARGEST:g} either way (give another unit)"),
        ("vi", v, (v >= SMALLEST) & (v <= LARGEST), f"{SMALLEST:g} to {LARGEST:g} (give another unit)"),
    )
    name, values, good, want = next(
        (name, values, good | spare, want) for name, values, good, want in checks if not (good | spare).all()
    )
    where = tuple(int(i) for i in np.argwhere(~good)[0])
    return DataError(
        f"{name}{list(where)} is {values[where]}; expected {want} "
        f"({int((~good).sum())} such values). Leave studies out with keep=."
    )


def _checked_weights(weights: Any, shape: tuple[int, ...], keep: BoolArray | None) -> FloatArray | None:
    if weights is None:
        return None
    w = number_array("weights", weights)
    try:
        w = np.broadcast_to(w, shape)
    except ValueError:
        raise DataError(
            f"weights has shape {w.shape}, yi {shape}; expected one that broadcasts to it"
        ) from None
    w = w if keep is None else np.where(keep, w, 0.0)
    bad = ~(np.isfinite(w) & (w >= 0))
    if bad.any():
        where = tuple(int(i) for i in np.argwhere(bad)[0])
        raise DataError(f"weights{list(where)} is {w[where]}; expected finite numbers >= 0")
    return w


def _run(
    y: FloatArray,
    v: FloatArray,
    keep: BoolArray | None,
    weights: FloatArray | None,
    options: FitOptions,
    fixed: float | None,
    workers: int | None,
) -> dict[str, Any]:
    n, k = y.shape
    step = max(1, CHUNK_NUMBERS // k)
    out = {name: np.full(n, np.nan) for name in FIELDS}
    out["converged"] = np.ones(n)
    unusable: list[int] = []

    def chunk(start: int) -> None:
        rows = slice(start, min(start + step, n))
        part = None if keep is None else keep[rows]
        # checked here, where the numbers are in the core's cache already
        if not _usable(y[rows], v[rows], part):
            unusable.append(start)
        if unusable:
            return
        answers = pool_stack(
            y[rows], v[rows], part, options, fixed, None if weights is None else weights[rows]
        )
        for name, values in answers.items():
            out[name][rows] = values

    _in_threads(chunk, range(0, n, step), workers)
    if unusable:
        raise _UnusableError
    return out


def _in_threads(work: Callable[[int], None], starts: range, workers: int | None) -> None:
    count = min(len(starts), workers or os.cpu_count() or 1)
    if count <= 1:
        for start in starts:
            work(start)
        return
    with ThreadPoolExecutor(count) as pool:
        for _ in pool.map(work, starts):
            pass


def _poolable(
    shape: tuple[int, ...], keep: BoolArray | None, weights: FloatArray | None, options: FitOptions
) -> BoolArray | None:
    """Which rows have something to pool, shape (n,); None when all have."""
    if keep is None and weights is None:
        return None
    k = np.full(shape[0], shape[1]) if keep is None else keep.sum(axis=1)
    some: BoolArray = k > 0
    if weights is not None:
        weighted = ((weights > 0) if keep is None else (weights > 0) & keep).sum(axis=1)
        needed = np.minimum(k, 2) if options.tau2 == "GENQ" else 1
        some &= weighted >= needed
    return None if some.all() else some


def pool_stack(
    y: FloatArray,
    v: FloatArray,
    keep: BoolArray | None,
    options: FitOptions,
    fixed: float | None = None,
    weights: FloatArray | None = None,
) -> dict[str, FloatArray]:
    """Pool a stack (n, k) that is known to be clean; arrays of shape (n,) by name.

    Rows in which no study is kept, or none that has a weight, give NaN.
    """
    some = _poolable(y.shape, keep, weights, options)
    if some is not None:
        out = {name: np.full(y.shape[0], np.nan) for name in FIELDS}
        out["k"][:] = y.shape[1] if keep is None else keep.sum(axis=1)
        out["converged"] = np.ones(y.shape[0])
        if some.any():
            part = None if keep is None else keep[some]
            inner = pool_stack(
                y[some], v[some], part, options, fixed, None if weights is None else weights[some]
            )
            for name, values in inner.items():
                out[name][some] = values
        return out
    problem = stack(y, v, keep)
    converged = np.ones(problem.n)
    if options.model == "common" or fixed is not None:
        tau2 = np.full(problem.n, fixed or 0.0)
    else:
        found = get_tau2_estimator(options.tau2).estimate(problem, weights)
        tau2, converged = found.tau2, found.converged.astype(float)
    answer = infer(problem, tau2, get_test(options.test), options.level, weights)
    spread = heterogeneity(problem, tau2)
    return {
        "estimate": answer.estimate,
        "se": answer.se,
        "statistic": answer.statistic,
        "df": answer.df,
        "p_value": answer.p_value,
        "ci_low": answer.ci_low,
        "ci_high": answer.ci_high,
        "tau2": tau2,
        "q": spread.q,
        "i2": spread.i2 if options.i2_basis == "tau2" else spread.i2_q,
        "k": problem.k,
        "converged": converged,
    }


def _from_dask(
    yi: Any, vi: Any, keep: Any, options: FitOptions, fixed: float | None, weights: Any, workers: int | None
) -> BatchResult:
    """Compute one block of the first axis at a time, so that the whole never has to fit in memory."""
    starts = np.cumsum((0, *yi.chunks[0]))
    parts: list[dict[str, Any]] = []
    for low, high in itertools.pairwise(starts):

        def cut(values: Any, low: int = int(low), high: int = int(high)) -> Any:
            if values is None:
                return None
            values = values if hasattr(values, "shape") else np.asarray(values)
            whole = values.ndim < yi.ndim or values.shape[0] != yi.shape[0]
            piece = values if whole else values[low:high]
            return piece.compute() if hasattr(piece, "dask") else piece

        parts.append(_pool_checked(cut(yi), cut(vi), cut(keep), cut(weights), options, fixed, workers))
    joined = {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}
    converged = bool(joined.pop("converged").all())
    return BatchResult(**joined, converged=converged, options=options)
