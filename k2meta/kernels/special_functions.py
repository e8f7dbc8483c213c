"""``scipy.special`` without the process-wide warning filter that importing it leaves behind."""

from __future__ import annotations

import warnings

with warnings.catch_warnings():
    from scipy import special

__all__ = ["special"]
