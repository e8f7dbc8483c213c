"""Effects: checked study-level effects and sampling variances, with where they came from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from html import escape
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import numpy as np

from k2meta.errors import DataError
from k2meta.records import BoolArray, FloatArray, IntArray

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Conversion", "Effects", "ExcludedStudy"]

_EMPTY: Mapping[str, Any] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class ExcludedStudy:
    """A row that takes no part in the analysis, and why.

    Attributes
    ----------
    row : int
        Position in the data as given (0 is the first).
    study : str
    reason : str
        ``"no events in either arm"``, ``"missing value in sd1"``, ``"retracted"`` ...
    """

    row: int
    study: str
    reason: str


@dataclass(frozen=True, slots=True)
class Conversion:
    """A number that was not used as printed, and how it was converted.

    Attributes
    ----------
    row : int
    study : str
    target : str
        The role that was filled (``"sd1"``).
    method : str
        In words, with the source (``"SD = SE * sqrt(n)"``).
    inputs : mapping of str to float
        The numbers that went in.
    value : float
        The number that came out.
    """

    row: int
    study: str
    target: str
    method: str
    inputs: Mapping[str, float]
    value: float


@dataclass(frozen=True, eq=False, slots=True, repr=False)
class Effects:
    """Study-level effects, ready to be pooled.

    Attributes
    ----------
    yi : ndarray, shape (k,)
        Effects on the analysis scale (log for ratios).
    vi : ndarray, shape (k,)
        Sampling variances on the same scale, > 0.
    study : tuple of str, length k
        Labels, for people; two studies may share one. ``"Study 3"`` where none was given.
    measure : str
        Code of the effect measure, ``"GEN"`` when unknown.
    row : ndarray of int, shape (k,)
        Position of each study in the data as given.
    roles : mapping of str to ndarray, each (n_rows,)
        The checked input columns, all rows, the excluded ones too.
    labels : tuple of str, length n_rows
        Labels of all rows.
    excluded : tuple of ExcludedStudy
        Rows that take no part, with their reasons.
    conversions : tuple of Conversion
        Every number that was converted on the way.
    options : mapping
        Measure options in words (``add``, ``to``, ``drop00``, ``vtype``, ``scale``).
    source : DataFrame or None
        The data as given.
    """

    yi: FloatArray
    vi: FloatArray
    study: tuple[str, ...]
    measure: str
    row: IntArray
    roles: Mapping[str, FloatArray] = field(default_factory=lambda: _EMPTY)
    labels: tuple[str, ...] = ()
    excluded: tuple[ExcludedStudy, ...] = ()
    conversions: tuple[Conversion, ...] = ()
    options: Mapping[str, Any] = field(default_factory=lambda: _EMPTY)
    source: pd.DataFrame | None = None

    @property
    def k(self) -> int:
        """Number of studies with an effect."""
        return int(self.yi.size)

    @property
    def sei(self) -> FloatArray:
        """Standard errors, shape (k,)."""
        out: FloatArray = np.sqrt(self.vi)
        return out

    @property
    def data(self) -> pd.DataFrame:
        """A copy of the data as given, all rows; made of labels and roles when only arrays were given."""
        if self.source is not None:
            return self.source.copy()
        import pandas as pd

        columns: dict[str, Any] = {"study": list(self.labels or self.study), **self.roles}
        if not self.roles:
            columns |= {"yi": self.yi, "vi": self.vi}
        return pd.DataFrame(columns)

    @property
    def scale(self) -> str:
        """The analysis scale: the measure's own, or what ``scale=`` said for ``"GEN"``.

        ``"identity"``, ``"log"``, ``"logit"`` ...
        """
        chosen = self.options.get("scale")
        if chosen is not None:
            return str(chosen)
        from k2meta.measures import get_measure

        return get_measure(self.measure).scale

    @property
    def is_ratio(self) -> bool:
        """Whether effects are ratios, analysed as logarithms (also ``"GEN"`` with ``scale="log"``)."""
        from k2meta.measures import get_measure

        return self.scale == "log" and (self.measure == "GEN" or get_measure(self.measure).is_ratio)

    def natural(self, values: FloatArray, *, pooled: bool = False) -> FloatArray:
        """Transform from the analysis scale to the scale people read.

        Parameters
        ----------
        values : ndarray
            Effects or limits on the analysis scale.
        pooled : bool
            Whether the values belong to a pooled effect. It matters for Freeman-Tukey transforms, whose
            inverse needs a sample size: a study's own, or the harmonic mean of all for a pooled effect
            (Miller 1978, doi:10.1080/00031305.1978.10479283).

        Returns
        -------
        ndarray
            Ratios for logs, proportions for logits, the values themselves for differences.
        """
        from k2meta.measures import get_measure

        if self.measure == "GEN":
            return np.exp(values) if self.scale == "log" else values
        measure = get_measure(self.measure)
        sizes = self.role(measure.size_role) if measure.size_role else None
        if sizes is None:
            return measure.natural(values)
        if pooled:
            from k2meta.measures.transform import harmonic_mean

            return measure.natural(values, size=np.asarray(harmonic_mean(sizes)))
        return (
            measure.natural(values, size=sizes)
            if values.shape[-1:] == sizes.shape
            else measure.natural(values)
        )

    def role(self, name: str) -> FloatArray | None:
        """One input column for the included studies, shape (k,); None when it was not given."""
        values = self.roles.get(name)
        return None if values is None else values[self.row]

    def subset(self, keep: BoolArray) -> Effects:
        """The same effects with only the studies where ``keep`` is true.

        ``roles``, ``labels`` and ``excluded`` keep referring to all rows of the data.
        """
        keep = np.asarray(keep)
        if keep.dtype != np.bool_ or keep.shape != self.yi.shape:
            raise DataError(
                f"keep has the shape {keep.shape} and type {keep.dtype}. Expected {self.k} booleans, one "
                "for each study with an effect. Compare an array of that length, as in effects.role('n1') "
                "> 100."
            )
        index = np.flatnonzero(keep)
        return replace(
            self,
            yi=self.yi[index],
            vi=self.vi[index],
            study=tuple(self.study[i] for i in index),
            row=self.row[index],
        )

    def to_frame(self, *, excluded: bool = False) -> pd.DataFrame:
        """One row for each study.

        Parameters
        ----------
        excluded : bool
            Also give the rows that take no part, at their place in the data, with NaN effects and the reason.

        Returns
        -------
        DataFrame
            ``row``, ``study``, ``yi``, ``vi``, ``sei``, the roles; with ``excluded=True`` also ``excluded``
            (the reason, empty for studies that take part).
        """
        import pandas as pd

        out = self.excluded if excluded else ()
        rows = np.concatenate([self.row, np.array([study.row for study in out], dtype=np.int64)])
        order = np.argsort(rows, kind="stable")
        labels = [*self.study, *(study.study for study in out)]
        gap = np.full(len(out), np.nan)
        numbers = {"yi": self.yi, "vi": self.vi, "sei": self.sei}
        columns: dict[str, Any] = {
            "row": rows[order],
            "study": [labels[i] for i in order],
            **{name: np.concatenate([values, gap])[order] for name, values in numbers.items()},
            **{name: values[rows[order]] for name, values in self.roles.items()},
        }
        if excluded:
            reasons = [*([""] * self.k), *(study.reason for study in out)]
            columns["excluded"] = [reasons[i] for i in order]
        return pd.DataFrame(columns)

    def _heading(self) -> str:
        parts = [self.measure, f"k = {self.k}"]
        if self.excluded:
            parts.append(f"{len(self.excluded)} excluded")
        if self.conversions:
            values = "value" if len(self.conversions) == 1 else "values"
            parts.append(f"{len(self.conversions)} {values} converted")
        return ", ".join(parts)

    def __repr__(self) -> str:
        return f"Effects({self._heading()})"

    def _repr_html_(self) -> str:
        rows = "".join(
            f"<tr><td>{escape(label)}</td><td>{y:.4f}</td><td>{s:.4f}</td><td></td></tr>"
            for label, y, s in zip(self.study, self.yi, self.sei, strict=True)
        )
        rows += "".join(
            f"<tr><td>{escape(study.study)}</td><td></td><td></td><td>{escape(study.reason)}</td></tr>"
            for study in self.excluded
        )
        head = "<tr><th>study</th><th>effect</th><th>SE</th><th>excluded because</th></tr>"
        scale = "" if self.scale == "identity" else f", {escape(self.scale)} scale"
        return (
            "<p>Effects: "
            f"{escape(self._heading())}{scale}</p><table><thead>{head}</thead><tbody>{rows}</tbody></table>"
        )
