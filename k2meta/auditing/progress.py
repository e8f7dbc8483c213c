"""Progress of long jobs: a bar on a terminal, a line a second elsewhere, nothing when quick or quiet."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Protocol

__all__ = ["Step", "progress_of", "silent"]

PATIENCE = 1.0  # seconds of silence before lines are written where no bar can be drawn


class Step(Protocol):
    """What a job calls before each of its steps."""

    def __call__(self, label: str) -> None:
        """Say which step begins."""


def silent(label: str) -> None:
    """Show nothing."""
    del label


class _Lines:
    """Plain lines on a stream that is not a terminal: at most one a second, the first after a second."""

    def __init__(self, total: int) -> None:
        self.total = total
        self.done = 0
        self.last = time.monotonic()

    def __call__(self, label: str) -> None:
        self.done += 1
        now = time.monotonic()
        if now - self.last >= PATIENCE:
            self.last = now
            print(f"k2meta: step {self.done} of {self.total}: {label}", file=sys.stderr, flush=True)


@contextmanager
def progress_of(total: int, show: bool | None = None) -> Iterator[Step]:
    """Show the progress of a job of so many steps on stderr.

    Parameters
    ----------
    total : int
        Number of steps; the yielded callable is called once before each.
    show : bool, optional
        False never shows anything. By default a bar appears on a terminal; elsewhere a line a
        second, from the second second on.
    """
    if show is False:
        yield silent
        return
    if not sys.stderr.isatty():
        yield _Lines(total)
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

    columns: tuple[Any, ...] = (
        BarColumn(bar_width=30),
        TextColumn("{task.completed:.0f}/{task.total:.0f}"),
        TimeElapsedColumn(),
        TextColumn("{task.description}"),
    )
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("", total=total)
        started = 0

        def step(label: str) -> None:
            nonlocal started
            bar.update(task, description=label, completed=started)
            started += 1

        yield step
        bar.update(task, completed=total)
