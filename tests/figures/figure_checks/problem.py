"""What the checker reports, and the limits it checks against."""

from __future__ import annotations

from dataclasses import dataclass

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


PROFILES = {
    "plain": Profile(),
    "nature": Profile(5.0, 8.0, (89, 120, 136, 183), height=170),
    "plos": Profile(8.0, 12.0, (66.8, 190.5), between=True, height=222.3),
    "lancet": Profile(widths=(75, 154), height=235),
    "cma": Profile(widths=(85, 174), height=235),
}
