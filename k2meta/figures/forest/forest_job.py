"""What one forest plot is made from: the request, the result, and what both imply."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from k2meta.analysis.cumulative import CumulativeResult
from k2meta.analysis.leaving_out import LeaveOneOutResult
from k2meta.figures.bias.bias_reading import RiskOfBias
from k2meta.figures.forest.columns import ArmColumns
from k2meta.figures.forest.forest_entry import Entry, ForestOptions, ForestResult
from k2meta.figures.lettering.numbers import NumberStyle
from k2meta.figures.looks.themes import Theme
from k2meta.figures.words.reading import Reading
from k2meta.models.result import MetaResult

__all__ = ["BLOCKS", "MARKS", "ForestRequest", "Job"]

MARKS = "*†‡§¶#"
BLOCKS = ("study", "user", "arms", "weight", "weights", "effect")


@dataclass(frozen=True, slots=True)
class ForestRequest:
    """Everything a caller may choose about one forest plot, already checked for spelling."""

    theme: Theme
    lang: str = "en"
    arms: tuple[str, str] | None = None
    columns: tuple[str, ...] | None = None
    extra: Mapping[str, Sequence[object]] = field(default_factory=dict)
    heads: Mapping[str, str] = field(default_factory=dict)
    favours: tuple[str, str] | None = None
    effect: str | None = None
    title: str = ""
    xlim: tuple[float, float] | None = None
    ticks: tuple[float, ...] | None = None
    decimals: int | None = None
    statistics: bool = True
    footnote: bool = True
    options: ForestOptions = field(default_factory=ForestOptions)
    band: tuple[float, float] | None = None
    bias: RiskOfBias | None = None
    panel: str = ""
    panel_number: int = 0


@dataclass(frozen=True, slots=True)
class Job:
    """The pieces that all rows and texts of one figure are made from."""

    request: ForestRequest
    result: ForestResult
    fit: MetaResult
    entries: tuple[Entry, ...]
    reading: Reading
    style: NumberStyle
    arms: ArmColumns
    names: tuple[str, ...] = ()
    user: Mapping[str, Sequence[str]] = field(default_factory=dict)
    shares: tuple[tuple[float, ...], ...] = ()  # percent weights of each model, where they are shown

    @property
    def fits(self) -> tuple[MetaResult, ...]:
        """The shown fit and the further models."""
        return (self.fit, *self.request.options.models)

    def line_names(self) -> tuple[str, ...]:
        """What each model's lines of statistics are named after: panel, model, both, or nothing."""
        comma = "，" if self.lang == "zh" else ", "
        names = self.names or ("",) * len(self.fits)
        return tuple(comma.join(filter(None, (self.request.panel, name))) for name in names)

    def name_of(self, fit: MetaResult) -> str:
        """Name of one of several models, as its row bears it."""
        return next(name for name, own in zip(self.names, self.fits, strict=True) if own is fit)

    @property
    def mark(self) -> str:
        """Mark of refits that change the conclusion; each panel has its own."""
        return MARKS[self.request.panel_number]

    @property
    def grouped_models(self) -> bool:
        """Whether further models have subtotals of their own."""
        return any(own is not None for own in self.request.options.subgroups)

    @property
    def lang(self) -> str:
        """Language of the figure."""
        return self.request.lang

    @property
    def left_out(self) -> bool:
        """Whether the rows are refits without one study each."""
        return isinstance(self.result, LeaveOneOutResult)

    @property
    def cumulative(self) -> bool:
        """Whether the rows are refits with one study more each."""
        return isinstance(self.result, CumulativeResult)

    @property
    def refits(self) -> bool:
        """Whether the rows are refits rather than studies."""
        return bool(self.kind)

    @property
    def kind(self) -> str:
        """``"loo"``, ``"cumulative"``, or ``""`` for studies."""
        return "loo" if self.left_out else "cumulative" if self.cumulative else ""
