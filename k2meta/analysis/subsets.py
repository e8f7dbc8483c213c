"""The same fit on many subsets of the studies, through the batched kernel."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from k2meta.analysis.refits import checked_fit
from k2meta.errors import DataError, OptionError
from k2meta.models.batch import CHUNK_NUMBERS, pool_stack
from k2meta.models.options import FitOptions
from k2meta.models.result import MetaResult
from k2meta.models.stratified_tables import Tables
from k2meta.records import BoolArray, FloatArray, IntArray, readonly
from k2meta.studies.effects import Effects

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["GoshResult", "checked_seed", "gosh", "pool_subsets"]

# Subsets looked at by default: all of them up to 15 studies.
DEFAULT_SUBSETS = 2**15 - 1
# A subset takes a byte for each study and about this many for its answers and its code.
BYTES_A_SUBSET = 64
MAX_BYTES = 2**29

_NAMES = ("estimate", "tau2", "i2", "q", "k")
_Bytes = NDArray[np.uint8]


@dataclass(frozen=True, eq=False, slots=True)
class GoshResult:
    """A fit on n subsets of its k studies, analysis scale.

    Attributes
    ----------
    fit : MetaResult
        The fit with all studies.
    study : tuple of str, length k
    estimate, tau2, i2, q : ndarray, shape (n,)
        Pooled effect, between-study variance, I2 in percent on the fit's basis, and Cochran's Q; NaN
        where a subset cannot be pooled (no events in one arm, say, or no weight).
    k : ndarray of int, shape (n,)
        Number of studies in each subset.
    included : ndarray of bool, shape (n, k)
        Which studies are in it.
    seed : int or None
        Seed of the draw; None when all subsets are there.
    complete : bool
        Whether these are all subsets.
    """

    fit: MetaResult
    study: tuple[str, ...]
    estimate: FloatArray
    tau2: FloatArray
    i2: FloatArray
    q: FloatArray
    k: IntArray
    included: BoolArray
    seed: int | None
    complete: bool

    def __post_init__(self) -> None:
        for name in ("estimate", "tau2", "i2", "q", "k", "included"):
            readonly(getattr(self, name))

    @property
    def measure(self) -> str:
        """Code of the effect measure."""
        return self.fit.measure

    @property
    def n(self) -> int:
        """Number of subsets."""
        return int(self.estimate.size)

    def to_frame(self, included: bool = False) -> pd.DataFrame:
        """One row for each subset.

        Parameters
        ----------
        included : bool
            Also give a column of booleans for each study, ``"in: <label>"``; of several studies with
            one label, the later ones get a number.
        """
        import pandas as pd

        columns: dict[str, Any] = {"k": self.k, **{name: getattr(self, name) for name in _NAMES[:4]}}
        if included:
            names = distinct_labels(self.study)
            columns |= {f"in: {name}": self.included[:, j] for j, name in enumerate(names)}
        return pd.DataFrame(columns)

    def __repr__(self) -> str:
        what = "all" if self.complete else f"seed {self.seed}"
        return f"<GoshResult {self.n} subsets ({what}) of {len(self.study)} studies, {self.measure}>"


def gosh(fit: MetaResult, subsets: int | str | None = None, seed: int = 0) -> GoshResult:
    """Graphical display of study heterogeneity: the fit on all, or many, subsets of its studies.

    Parameters
    ----------
    fit : MetaResult
        From :func:`k2meta.meta_analysis`, or a common effect of :func:`k2meta.mantel_haenszel` or
        :func:`k2meta.peto`.
    subsets : int or "all", optional
        How many. By default all up to 15 studies (32,767 subsets), and that many drawn beyond. ``"all"``
        goes up to 22 studies. A number at or above ``2^k - 1`` also means all.
    seed : int
        For ``numpy.random.default_rng``, where subsets are drawn.

    Returns
    -------
    GoshResult
        All subsets come in binary order (study 0 alone first, then study 1 alone, then both ...); drawn ones
        in the order of the draw.

    Raises
    ------
    DataError
        When ``fit`` is not a fit, or pools tables of counts that have no effect of their own.
    OptionError
        A number of subsets below 1 or too large for memory, or a seed that is no whole number; or
        random effects round the Mantel-Haenszel estimate.

    Notes
    -----
    Each of the ``2^k - 1`` subsets that are not empty is pooled with the model, tau2 estimator and weights of
    the fit. Subsets are drawn with equal chances and without repetition, so that most have about k / 2
    studies. One study alone gives its own effect with tau2 = 0 (or the fixed tau2), I2 = 0 and Q = 0.

    R counterpart: ``gosh(res, subsets =)`` in metafor, whose drawn subsets may repeat.

    References
    ----------
    Olkin I, Dahabreh IJ, Trikalinos TA (2012). GOSH - a graphical display of study heterogeneity. Res Synth
    Methods 3:214-223. doi:10.1002/jrsm.1053

    Examples
    --------
    >>> import k2meta as k2
    >>> bcg = k2.effect_sizes(k2.load_dataset("bcg"), "RR")
    >>> cloud = k2.gosh(k2.meta_analysis(bcg, tau2="DL"))
    >>> cloud.n, cloud.complete
    (8191, True)
    >>> k2.gosh(k2.meta_analysis(bcg, model="common"), subsets=1000, seed=7)
    <GoshResult 1000 subsets (seed 7) of 13 studies, RR>
    """
    fit = checked_fit(fit)
    seed = checked_seed(seed)
    count, complete = _how_many(subsets, fit.k)
    included = _all_subsets(fit.k) if complete else _drawn_subsets(fit.k, count, np.random.default_rng(seed))
    if fit.options.by_counts:
        answers = _pool_counts(fit, included)
    else:
        fixed = fit.tau2 if fit.options.tau2 == "fixed" else None
        # nothing of the test is kept: the normal one is the quickest
        options = replace(fit.options, test="z")
        answers = pool_subsets(fit.effects, included, options, fixed, fit.user_weights, _NAMES)
    return GoshResult(
        fit=fit,
        study=fit.study,
        estimate=answers["estimate"],
        tau2=answers["tau2"],
        i2=answers["i2"],
        q=answers["q"],
        k=answers["k"].astype(np.int64),
        included=included,
        seed=None if complete else seed,
        complete=complete,
    )


def checked_seed(seed: object) -> int:
    """Return the seed, or say what is wrong with it."""
    if isinstance(seed, bool) or not isinstance(seed, (int, np.integer)) or seed < 0:
        raise OptionError(
            f"seed is {seed!r}. Expected a whole number of 0 or more, so that the draw can be repeated. Give "
            "seed=0, say."
        )
    return int(seed)


def pool_subsets(
    effects: Effects,
    keep: BoolArray,
    options: FitOptions,
    fixed: float | None = None,
    weights: FloatArray | None = None,
    names: tuple[str, ...] = _NAMES,
) -> dict[str, FloatArray]:
    """Pool one set of effects with each row of a mask (n, k); the named answers, shape (n,) each.

    Chunks of rows stay in a core's cache and run in threads, as in :func:`k2meta.meta_analysis_many`.
    """
    n, k = keep.shape
    out = {name: np.empty(n) for name in names}
    step = max(1, CHUNK_NUMBERS // k)

    def chunk(low: int) -> None:
        part = keep[low : low + step]
        answers = pool_stack(
            np.broadcast_to(effects.yi, part.shape),
            np.broadcast_to(effects.vi, part.shape),
            part,
            options,
            fixed,
            None if weights is None else np.broadcast_to(weights, part.shape),
        )
        for name in names:
            out[name][low : low + step] = answers[name]

    starts = range(0, n, step)
    if len(starts) == 1:
        chunk(0)
        return out
    with ThreadPoolExecutor(min(len(starts), os.cpu_count() or 1)) as pool:
        for _ in pool.map(chunk, starts):
            pass
    return out


def distinct_labels(labels: tuple[str, ...]) -> tuple[str, ...]:
    """Labels that differ: of several alike, the later ones get a number."""
    taken = set(labels)
    seen: dict[str, int] = {}
    out: list[str] = []
    for label in labels:
        seen[label] = seen.get(label, 0) + 1
        name, number = label, seen[label]
        while number > 1 and name in taken:
            name = f"{label} ({number})"
            number += 1
        taken.add(name)
        out.append(name)
    return tuple(out)


def _how_many(subsets: object, k: int) -> tuple[int, bool]:
    """Number of subsets, and whether that is all of them."""
    total = 2**k - 1
    if subsets is None:
        count = min(DEFAULT_SUBSETS, total)
    elif isinstance(subsets, str) and subsets == "all":
        count = total
    elif isinstance(subsets, (int, np.integer)) and not isinstance(subsets, bool) and subsets >= 1:
        count = min(int(subsets), total)
    else:
        raise OptionError(
            f"subsets is {subsets!r}. Expected a whole number of 1 or more, 'all', or None for all up to 15 "
            "studies. Give subsets=10000, say."
        )
    most = MAX_BYTES // (k + BYTES_A_SUBSET)
    if count > most:
        raise OptionError(
            f"subsets={subsets!r} asks for {count:,} subsets of {k} studies. Expected at most {most:,}, "
            f"which take half a gigabyte. Give a number, such as subsets={DEFAULT_SUBSETS}."
        )
    return count, count == total


def _all_subsets(k: int) -> BoolArray:
    codes = np.arange(1, 2**k, dtype="<u4")
    return _unpack(codes.view(np.uint8).reshape(-1, 4), k)


def _unpack(packed: _Bytes, k: int) -> BoolArray:
    bits = np.unpackbits(packed, axis=1, bitorder="little")[:, :k]
    return np.ascontiguousarray(bits).view(np.bool_)


def _drawn_subsets(k: int, n: int, rng: np.random.Generator) -> BoolArray:
    """Draw n different subsets, each as likely as any other; shape (n, k)."""
    if 2**k - 1 <= 4 * n:
        # so many of all that drawing would repeat itself: shuffle the list
        codes = rng.permutation(np.arange(1, 2**k, dtype="<u4"))[:n]
        return _unpack(codes.view(np.uint8).reshape(-1, 4), k)
    width = -(-k // 8)
    last = np.uint8(2 ** (k - 8 * (width - 1)) - 1)
    found = np.empty((0, width), dtype=np.uint8)
    while found.shape[0] < n:
        more = rng.integers(0, 256, (n - found.shape[0] + 16, width), dtype=np.uint8)
        more[:, -1] &= last
        found = _distinct(np.concatenate([found, more[more.any(axis=1)]]))
    return _unpack(found[:n], k)


def _distinct(rows: _Bytes) -> _Bytes:
    """The rows without repetition, in the order in which they first came."""
    keys = np.ascontiguousarray(rows).view(np.dtype((np.void, rows.shape[1]))).ravel()
    first = np.unique(keys, return_index=True)[1]
    out: _Bytes = rows[np.sort(first)]
    return out


def _pool_counts(fit: MetaResult, keep: BoolArray) -> dict[str, FloatArray]:
    """Pool subsets of tables by Mantel-Haenszel or Peto; Q round each estimate with the effects in Q."""
    if fit.options.model == "random":
        raise OptionError(
            "fit has random effects round the Mantel-Haenszel estimate. Expected a common effect, or pooling "
            "by inverse variance. Give meta_analysis(fit.effects, tau2='DL'), say."
        )
    tables = Tables.of_fit(fit)
    informative = tables.informative()
    if int(informative.sum()) != fit.k:
        names = ", ".join(
            repr(fit.effects.labels[row]) for row in np.setdiff1d(tables.rows[informative], fit.effects.row)
        )
        raise DataError(
            f"{names}: pooled without an effect of its own. Expected an effect for each table, so that "
            "subsets can be told apart. Pool with add=0.5, to='only0' for the study effects."
        )
    places = np.searchsorted(tables.rows, fit.effects.row)
    yi, vi = tables.effects_in_q(fit.effects)
    in_q = np.ones(fit.k, dtype=bool)
    if tables.rule.study_drop00 and tables.measure != "PETO":
        in_q = ~tables.one_sided()[places]
    n = keep.shape[0]
    out = {name: np.zeros(n) for name in _NAMES}
    step = max(1, CHUNK_NUMBERS // tables.rows.size)
    for low in range(0, n, step):
        part = keep[low : low + step]
        mask = np.zeros((part.shape[0], tables.rows.size), dtype=bool)
        mask[:, places] = part
        estimate = tables.pool(mask).estimate
        counted = part & in_q
        terms = np.where(counted, (yi - estimate[:, None]) ** 2 / vi, 0.0)
        df = np.maximum(counted.sum(axis=1) - 1.0, 0.0)
        q = np.where(df > 0, terms.sum(axis=1), 0.0)
        i2 = 100.0 * np.divide(np.maximum(q - df, 0.0), q, out=np.zeros(q.size), where=q > 0)
        size = part.sum(axis=1).astype(float)
        rows = slice(low, low + step)
        out["estimate"][rows], out["q"][rows], out["i2"][rows], out["k"][rows] = estimate, q, i2, size
    return out
