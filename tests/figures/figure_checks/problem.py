"""What the checker reports, and the limits it checks against."""

from __future__ import annotations

from dataclasses import dataclass

from k2meta.figures.page.profiles import get_profile, profile_names

ERROR, WARNING = "error", "warning"


@dataclass(frozen=True)
class Problem:
    """One fault: a stable code, how bad it is, and what and where in words."""

    code: str
    severity: str
    message: str

    def __str__(self) -> str:
        return f"{self.severity.upper():7s} {self.code:18s} {self.message}"


@dataclass(frozen=True)
class Profile:
    """A publisher's limits; sizes in mm, type and lines in pt."""

    smallest: float = 6.0
    largest: float = 12.0
    widths: tuple[float, ...] = ()
    between: bool = False  # any width between the first and the last
    height: float = 247.0
    thinnest: float = 0.25


def _journal(name: str) -> Profile:
    journal = get_profile(name)
    return Profile(
        smallest=journal.type_pt[0],
        largest=journal.type_pt[1] or Profile.largest,
        widths=journal.widths_mm,
        between=journal.any_width_between,
        height=journal.height_mm or Profile.height,
    )


PROFILES = {"plain": Profile(), **{name: _journal(name) for name in profile_names()}}
