"""The counts behind stratified pooling: zero-cell rules, and the tables as they are pooled."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from k2meta.errors import OptionError, unknown_option
from k2meta.kernels import stratified as kernel
from k2meta.models.conventions import get_convention
from k2meta.records import BoolArray, FloatArray, IntArray
from k2meta.studies.effects import Effects

if TYPE_CHECKING:
    from k2meta.models.result import MetaResult

__all__ = ["Tables", "ZeroRule", "has_zero_beside_dropped", "tables_of", "zero_rule"]

Cells = tuple[FloatArray, FloatArray, FloatArray, FloatArray]
_TO = ("only0", "all", "if0all", "none")
_PERSON_TIME = ("IRR", "IRD")


@dataclass(frozen=True, slots=True)
class ZeroRule:
    """What is done about zeros, for the study effects and for the pooling.

    Attributes
    ----------
    study_add, pooling_add : float
        Amount added to cells or counts.
    study_to, pooling_to : {"only0", "all", "if0all", "none"}
        Which tables receive it.
    study_drop00 : bool
        Whether tables with no (or only) events in both arms are left out of Q.
    pooling_drop00 : bool
        Whether they are left out of the pooling.
    events_only_undefined : bool
        Whether "only events in both arms" counts as such a table in the pooling.
    sato : bool
        Variance of the risk difference by Sato et al. (1989) instead of Greenland & Robins (1985).
    """

    study_add: float
    study_to: str
    study_drop00: bool
    pooling_add: float
    pooling_to: str
    pooling_drop00: bool
    events_only_undefined: bool = True
    sato: bool = True

    @property
    def in_words(self) -> str:
        """The rule of the pooling, for people."""
        if self.pooling_add == 0 or self.pooling_to == "none":
            words = "counts pooled without continuity correction"
        else:
            who = {
                "only0": "of tables with a zero cell",
                "all": "of all tables",
                "if0all": "of all tables when any has a zero cell",
            }[self.pooling_to]
            words = f"{self.pooling_add:g} added to the cells {who} before pooling"
        return words + ("; tables without events in both arms left out" if self.pooling_drop00 else "")


def zero_rule(pooling: str, measure: str, convention: str | None, add: Any, to: Any, drop00: Any) -> ZeroRule:
    """Resolve a convention and the caller's own choices.

    Raises
    ------
    OptionError
        For an unknown convention or rule, or an amount that is negative.
    """
    chosen = get_convention("metafor" if convention is None else convention)
    revman = chosen.counts == "revman"
    add_pair = _pair(add, (chosen.study_add, chosen.pooling_add), 0.0)
    to_pair = _pair(to, (chosen.study_to, chosen.pooling_to), "none")
    # without a correction a table without events adds nothing to a ratio: no need to drop it
    drop_pair = _pair(drop00, (chosen.drop00, revman), False)
    if revman and pooling == "Peto":
        # RevMan's Peto method takes the tables as they are
        add_pair, to_pair = _pair(add, (0.0, 0.0), 0.0), _pair(to, ("none", "none"), "none")
    if revman and measure in ("RD", *_PERSON_TIME) and add is None and to is None and drop00 is None:
        # differences exist for tables without events, and the pooling needs no correction
        add_pair, drop_pair = (add_pair[0], 0.0), (False, False)
    for amount in add_pair:
        if isinstance(amount, bool) or not isinstance(amount, (int, float)) or not 0 <= amount < np.inf:
            raise OptionError(
                f"add is {add!r}. Expected a number of 0 or more, such as 0.5, or a pair of them."
            )
    for who in to_pair:
        if who not in _TO:
            raise unknown_option("rule for zero cells (to)", who, _TO)
    for drop in drop_pair:
        if not isinstance(drop, (bool, np.bool_)):
            raise OptionError(f"drop00 is {drop00!r}. Expected True or False, or a pair of them.")
    return ZeroRule(
        study_add=float(add_pair[0]),
        study_to=to_pair[0],
        # RevMan shows a risk ratio of 1 where everybody in both arms has the event
        study_drop00=bool(drop_pair[0]) and not (revman and measure == "RR"),
        pooling_add=float(add_pair[1]),
        pooling_to=to_pair[1],
        pooling_drop00=bool(drop_pair[1]),
        events_only_undefined=not (revman and measure == "RR"),
        sato=not revman,
    )


def _pair(given: Any, default: tuple[Any, Any], plain: Any) -> tuple[Any, Any]:
    """One value speaks of the study effects and leaves the pooling plain, a pair speaks of both."""
    if given is None:
        return default
    if isinstance(given, (tuple, list)):
        if len(given) != 2:
            raise OptionError(
                f"{given!r} has {len(given)} entries. Expected one value, or a pair: studies, pooling."
            )
        return given[0], given[1]
    return given, plain


@dataclass(frozen=True, eq=False, slots=True)
class Tables:
    """The tables that are pooled, one for each row of the data that has counts.

    Attributes
    ----------
    measure : str
    rows : ndarray of int, shape (m,)
        Position of each in the data as given, ascending.
    raw, cells : tuple of four ndarray, each (m,)
        Counts as given and as pooled: ``a, b, c, d``, or ``x1, t1, x2, t2`` for person-time.
    keep : ndarray of bool, shape (m,)
        False where the rule leaves a table out of the pooling.
    rule : ZeroRule
    """

    measure: str
    rows: IntArray
    raw: Cells
    cells: Cells
    keep: BoolArray
    rule: ZeroRule

    @classmethod
    def of_fit(cls, fit: MetaResult) -> Tables:
        """The tables that a fit was made from."""
        options = fit.effects.options
        rule = ZeroRule(**options["zero_rule"])
        return tables_of(fit.effects, np.array(options["pooled_rows"], dtype=np.int64), rule)

    def settings(self) -> dict[str, Any]:
        """What is needed to make the tables again."""
        rows = tuple(int(row) for row in self.rows)
        return {"zero_rule": asdict(self.rule), "pooled_rows": rows}

    def pool(self, keep: BoolArray | None = None) -> kernel.Pooled:
        """Pool the tables; with a mask (..., m), those that it keeps."""
        chosen = self.keep if keep is None else self.keep & keep
        if self.measure == "PETO":
            return kernel.pool_peto(*self.cells, chosen)
        plain = self.measure == "RD" and not self.rule.sato
        return kernel.MANTEL_HAENSZEL["RD/Greenland-Robins" if plain else self.measure](*self.cells, chosen)

    def informative(self) -> BoolArray:
        """Which tables add anything to the pooled effect, shape (m,)."""
        if self.measure in ("RD", "IRD"):
            return self.keep
        a, b, c, d = self.cells
        some = (a + c) > 0
        if self.measure in ("OR", "PETO"):
            some &= (b + d) > 0
        return self.keep & some

    def one_sided(self) -> BoolArray:
        """Which tables have no events, or only events, in both arms; shape (m,)."""
        a, b, c, d = self.raw
        none: BoolArray = (a == 0) & (c == 0)
        return none if self.measure in _PERSON_TIME else none | ((b == 0) & (d == 0))

    def idle_reason(self, place: int) -> str:
        """Why a table adds nothing."""
        a, _, c, _ = self.raw
        nothing = a[place] == 0 and c[place] == 0
        return "no events in either arm" if nothing else "events in everybody in both arms"

    def effects_in_q(self, effects: Effects) -> tuple[FloatArray, FloatArray]:
        """Effects and variances that Q is made of: Peto's come from the tables as they are pooled."""
        if self.measure != "PETO":
            return effects.yi, effects.vi
        score, information = kernel.peto_score(*self.cells)
        at = np.searchsorted(self.rows, effects.row)
        return score[at] / information[at], 1.0 / information[at]

    def why_not(self, pooling: str) -> str:
        """Why no pooled effect exists."""
        a, b, c, d = self.cells if not self.keep.any() else (cell[self.keep] for cell in self.cells)
        m = self.rows.size
        what = f"no pooled {self.measure} exists by {pooling}'s method"
        if m == 0:
            return (
                f"{what}: there are no studies. Expected at least one; see effects.excluded for the reasons."
            )
        studies = f"the {m} studies" if m > 1 else "the only study"
        if not (a + c).any() or (not self.keep.any() and not (self.raw[0] + self.raw[2]).any()):
            return (
                f"{what}: there are no events in either arm of {studies}. Expected at least one event. "
                "Check that the right columns were given; measure='RD' can be pooled without events."
            )
        if self.measure not in _PERSON_TIME and not (b + d).any():
            return (
                f"{what}: everybody in both arms of {studies} has the event. Expected somebody without it. "
                "Check that events and group sizes were not exchanged."
            )
        for arm, events in ((1, a), (2, c)):
            if not events.any():
                ratio = "0" if arm == 1 else "infinite"
                return (
                    f"{what}: there are no events in arm {arm} of {studies}, so the ratio is {ratio}. "
                    "Expected events in both arms. Use convention='revman5' (adds 1/2 to the cells), "
                    "measure='RD', or peto()."
                )
        return (
            f"{what}: zero cells in {studies} leave a sum or a variance at 0. Expected tables with all four "
            "kinds of cells. Use convention='revman5' (adds 1/2 to the cells) or measure='RD'."
        )


def _counts(effects: Effects, rows: IntArray) -> Cells:
    """Counts of some rows of the data: ``a, b, c, d``, or ``x1, t1, x2, t2`` for person-time."""
    person_time = effects.measure in _PERSON_TIME
    names = ("events1", "time1", "events2", "time2") if person_time else ("events1", "n1", "events2", "n2")
    first, size1, second, size2 = (np.asarray(effects.roles[name], dtype=float)[rows] for name in names)
    return first, size1 if person_time else size1 - first, second, size2 if person_time else size2 - second


def has_zero_beside_dropped(effects: Effects) -> bool:
    """Whether a table with events and non-events has a zero cell all the same."""
    a, b, c, d = _counts(effects, effects.row)
    if effects.measure in _PERSON_TIME:
        return bool(((a == 0) ^ (c == 0)).any())
    dropped = ((a == 0) & (c == 0)) | ((b == 0) & (d == 0))
    zero = (a == 0) | (b == 0) | (c == 0) | (d == 0)
    return bool((zero & ~dropped).any())


def tables_of(effects: Effects, rows: IntArray, rule: ZeroRule) -> Tables:
    """Take the counts of some rows of the data and apply the rule of the pooling."""
    rows = np.sort(rows)
    person_time = effects.measure in _PERSON_TIME
    raw = a, b, c, d = _counts(effects, rows)
    none, only = (a == 0) & (c == 0), (b == 0) & (d == 0)
    keep = np.ones(rows.size, dtype=bool)
    if rule.pooling_drop00:
        keep = ~(none | (only & rule.events_only_undefined)) if not person_time else ~none
    zero = (a == 0) | (c == 0) if person_time else (a == 0) | (b == 0) | (c == 0) | (d == 0)
    # dropped tables must not trigger to="if0all"
    everyone = rule.pooling_to == "all" or (rule.pooling_to == "if0all" and bool((zero & keep).any()))
    take = zero if rule.pooling_to == "only0" else np.full(rows.size, everyone)
    extra = np.where(take, rule.pooling_add, 0.0)
    cells = (a + extra, b, c + extra, d) if person_time else (a + extra, b + extra, c + extra, d + extra)
    return Tables(effects.measure, rows, raw, cells, keep, rule)
