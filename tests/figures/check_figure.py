#!/usr/bin/env python3
"""Find publication faults in a matplotlib figure without a human looking at it.

In a test::

    from check_figure import check_figure
    assert check_figure(fig) == []

From a shell, for a function without arguments that returns a figure::

    python tests/figures/check_figure.py path/to/file.py:function --profile nature

Only what is really drawn counts. Checks of places and areas need the truth record ``fig.k2meta`` and the
gids described in ``k2meta.figures``; artists with a gid that starts ``k2:bg`` may lie under text.
"""

from __future__ import annotations

import argparse
import importlib
import importlib.util
import sys
from collections import Counter
from collections.abc import Callable
from pathlib import Path

from figure_checks import colours, lettering, placement, points, saved, truth
from figure_checks.drawn import observe
from figure_checks.problem import ERROR, PROFILES, Problem, Profile
from matplotlib.figure import Figure

__all__ = ["PROFILES", "Problem", "Profile", "check_figure", "errors"]

PAGE_CHECKS = (*placement.CHECKS, *lettering.CHECKS, *colours.CHECKS)


def check_figure(
    figure: Figure,
    profile: str | Profile = "plain",
    dpi: float = 200,
    files: bool = True,
    factory: Callable[[], object] | None = None,
) -> list[Problem]:
    """Return every fault found; an empty list means clean.

    ``factory`` makes the same figure again, so that the bytes of two separate figures are compared.
    ``files=False`` skips saving (most of the time).
    """
    drawn = observe(figure, dpi)
    limits = profile if isinstance(profile, Profile) else PROFILES[profile]
    problems = [problem for check in PAGE_CHECKS for problem in check(drawn, limits)]
    problems += truth.against_record(figure)
    problems += points.against_points(figure)
    problems += truth.weights_add_up(figure)
    if files:
        level = [t.artist for t in drawn.texts if t.artist.get_rotation() % 360 == 0]
        texts = [text.get_text() for text in level if "$" not in text.get_text()]
        problems += saved.files(figure, factory, texts)
    return problems


def errors(problems: list[Problem]) -> list[Problem]:
    """Return the faults that must not be; the rest are warnings."""
    return [problem for problem in problems if problem.severity == ERROR]


def _load(spec: str) -> Callable[[], object]:
    module_name, _, function = spec.partition(":")
    if not module_name.endswith(".py"):
        return getattr(importlib.import_module(module_name), function)
    path = Path(module_name).resolve()
    found = importlib.util.spec_from_file_location(path.stem, path)
    module = importlib.util.module_from_spec(found)
    sys.modules[path.stem] = module
    found.loader.exec_module(module)
    return getattr(module, function)


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("spec", help="MODULE:FUNCTION or FILE.py:FUNCTION")
    parser.add_argument("--profile", default="plain", choices=PROFILES)
    parser.add_argument("--no-files", action="store_true")
    options = parser.parse_args(argv)
    factory = _load(options.spec)
    figure = factory()
    problems = check_figure(figure, options.profile, files=not options.no_files, factory=factory)
    for problem in problems:
        print(problem)
    print(dict(Counter(problem.code for problem in problems)) or "clean")
    return 1 if errors(problems) else 0


if __name__ == "__main__":
    raise SystemExit(main())
