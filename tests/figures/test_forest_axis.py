"""Axes: sane ticks on every scale and width, no effect always among them, labels one em apart."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

import k2meta.measures  # fills the registry
from k2meta.figures.axes.axis import choose_axis, tick_label
from k2meta.figures.lettering.faces import measure
from k2meta.figures.looks.model import Scale
from k2meta.measures.registry import get_measure

SIZE = 8.0
assert k2meta.measures


def axis(code, low, high, width=200.0, **options):
    spec = get_measure(code)
    scale = Scale(spec.scale, spec.null, spec.to_natural, spec.to_analysis, spec.bounds)
    ends = spec.to_analysis(np.array([low, high], dtype=float))
    return choose_axis(
        float(ends[0]),
        float(ends[1]),
        scale,
        width=width,
        em=SIZE,
        label_width=lambda text: measure(text, SIZE).width,
        **options,
    )


def labels(*args, **options):
    return [tick.label for tick in axis(*args, **options).ticks]


@pytest.mark.parametrize(
    ("low", "high", "wanted"),
    [
        (0.55, 1.9, ["0.5", "0.67", "0.8", "1", "1.25", "1.5", "2"]),
        (0.9, 1.1, ["0.9", "0.95", "1", "1.05", "1.1"]),
        (0.07, 6.5, ["0.05", "0.1", "0.2", "0.5", "1", "2", "5"]),
        (0.002, 300, ["0.001", "0.01", "0.1", "1", "10", "100", "1000"]),
        (0.4, 2.1, ["0.5", "1", "1.5", "2", "2.5"]),
    ],
)
def test_ratio_ticks_are_the_ones_people_use(low, high, wanted):
    assert labels("RR", low, high) == wanted


@pytest.mark.parametrize(
    ("low", "high", "wanted"),
    [
        (-0.6, 0.64, ["−0.6", "−0.4", "−0.2", "0.0", "0.2", "0.4", "0.6", "0.8"]),
        (-12000, 800, ["−10000", "−5000", "0"]),
        (0, 0.0123, ["0.000", "0.002", "0.004", "0.006", "0.008", "0.010", "0.012", "0.014"]),
    ],
)
def test_difference_ticks_go_in_steps_of_one_two_five(low, high, wanted):
    assert labels("MD", low, high) == wanted


RANGES = [
    (0.4, 2.1),
    (0.3, 1),
    (0.9, 1.1),
    (0.07, 6.5),
    (0.001, 300),
    (1e-9, 1e9),
    (0.97, 1.02),
    (0.6, 40),
    (1e-30, 1e30),
]


@pytest.mark.parametrize("width", [68.0, 130.0, 220.0])
@pytest.mark.parametrize(("low", "high"), RANGES)
def test_ratio_axes_hold_the_data_and_one(low, high, width):
    found = axis("OR", low, high, width)
    assert found.low <= np.log(low) + 1e-9
    assert found.high >= np.log(high) - 1e-9
    assert found.high - found.low <= 2.1 * (np.log(high) - np.log(low))
    assert any(tick.position == pytest.approx(0, abs=1e-12) and tick.label == "1" for tick in found.ticks)
    assert len(found.ticks) >= 2
    _keep_apart(found, width)


@pytest.mark.parametrize("width", [68.0, 220.0])
@pytest.mark.parametrize("code", ["PR", "PLO", "PAS", "PFT", "PLN", "IRS", "ZCOR"])
@pytest.mark.parametrize(("low", "high"), [(0.02, 0.3), (0.14, 0.3), (0.4, 0.6), (0.9, 0.999), (0.001, 0.99)])
def test_other_scales(code, low, high, width):
    found = axis(code, low, high, width)
    spec = get_measure(code)
    assert len(found.ticks) >= 2
    for tick in found.ticks:
        assert spec.to_natural(np.array([tick.position]))[0] == pytest.approx(
            float(tick.label.replace("−", "-")), abs=1e-9
        )
        assert found.low - 1e-9 <= tick.position <= found.high + 1e-9
    _keep_apart(found, width)


def _keep_apart(found, width):
    per = width / (found.high - found.low)
    ends = [
        (
            tick.position * per - measure(tick.label, SIZE).width / 2,
            tick.position * per + measure(tick.label, SIZE).width / 2,
        )
        for tick in found.ticks
    ]
    for (_, left), (right, _) in pairwise(ends):
        assert right - left >= SIZE - 1e-6


def test_fixed_limits_stay():
    found = axis("RR", 0.31, 1.9, fixed=True)
    assert (found.low, found.high) == (np.log(0.31), np.log(1.9))


@pytest.mark.parametrize(
    ("value", "text"),
    [(-0.0, "0"), (0.1 + 0.2, "0.3"), (1e-8, "10⁻⁸"), (1e6, "10⁶"), (-1.5, "−1.5"), (0.00001, "0.00001")],
)
def test_tick_labels(value, text):
    assert tick_label(value) == text
