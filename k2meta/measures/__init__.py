"""Effect measures: raw rows to effects and sampling variances, through one registry.

Importing this package fills the registry. To add a measure, write one decorated function in the
module of its family and one row in ``tests/reference/measures.R``.
"""

from k2meta.measures import binary as _binary
from k2meta.measures import continuous as _continuous
from k2meta.measures import correlation as _correlation
from k2meta.measures import generic as _generic
from k2meta.measures import paired as _paired
from k2meta.measures import rates as _rates
from k2meta.measures import single_group as _single_group
from k2meta.measures.registry import MEASURES, Measure, MeasureOptions, get_measure, register

# Each module registers its measures when it is imported.
_FAMILIES = (_binary, _continuous, _correlation, _generic, _paired, _rates, _single_group)

__all__ = ["MEASURES", "Measure", "MeasureOptions", "get_measure", "register"]
