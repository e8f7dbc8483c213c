"""The placer of names: no name on another, on a mark or off the plot; no leader over another mark."""

import itertools

import numpy as np
import pytest

from k2meta.figures.chart.placer import Box, Candidate, Obstacles, place_labels

ROOM = Box(0, 0, 200, 150)
EM = 7.0


def cloud(seed, k):
    rng = np.random.default_rng(seed)
    return [
        Candidate(float(x), float(y), 2.0, float(w), EM, 8.0)
        for x, y, w in zip(
            rng.uniform(5, 195, k), rng.uniform(5, 145, k), rng.uniform(20, 70, k), strict=True
        )
    ]


def apart(a, b):
    return a.right <= b.left or b.right <= a.left or a.bottom <= b.top or b.bottom <= a.top


def distance(point, box):
    dx = max(box.left - point[0], 0, point[0] - box.right)
    dy = max(box.top - point[1], 0, point[1] - box.bottom)
    return np.hypot(dx, dy)


def off_segment(point, segment):
    x1, y1, x2, y2 = segment
    d = np.array([x2 - x1, y2 - y1])
    share = np.clip(((point[0] - x1) * d[0] + (point[1] - y1) * d[1]) / (d @ d), 0, 1)
    return np.hypot(*(np.array(point) - [x1, y1] - share * d))


@pytest.mark.parametrize(("seed", "k"), [*itertools.product(range(6), (4, 12, 30))])
def test_names_keep_clear_of_everything(seed, k):
    labels = cloud(seed, k)
    discs = tuple((label.x, label.y, label.radius) for label in labels)
    places = place_labels(labels, ROOM, Obstacles(discs=discs), EM)
    found = [(label, place) for label, place in zip(labels, places, strict=True) if place]
    assert len(found) >= 0.8 * k
    assert all(apart(a.box, b.box) for (_, a), (_, b) in itertools.combinations(found, 2))
    for label, place in found:
        box = place.box
        assert box.left >= ROOM.left
        assert box.right <= ROOM.right
        assert box.top >= ROOM.top
        assert box.bottom <= ROOM.bottom
        assert min(distance(disc[:2], box) for disc in discs) >= 2.0
        if place.leader is None:
            continue
        others = [d for d in discs if np.hypot(d[0] - label.x, d[1] - label.y) > label.radius + d[2]]
        assert min((off_segment(d[:2], place.leader) for d in others), default=9.0) >= 2.0


def test_equal_input_gives_equal_places():
    labels = cloud(1, 20)
    discs = tuple((label.x, label.y, label.radius) for label in labels)
    first, second = (place_labels(labels, ROOM, Obstacles(discs=discs), EM) for _ in range(2))
    assert first == second


def test_a_name_stands_off_a_reference_line_where_it_can():
    label = Candidate(100.0, 75.0, 2.0, 40.0, EM)
    line = (120.0, 0.0, 120.0, 150.0)
    (place,) = place_labels([label], ROOM, Obstacles(discs=((100, 75, 2),), faint=(line,)), EM)
    assert place.box.right <= 120.0
    crowded = tuple((100.0 + x, 0.0, 100.0 + x, 150.0) for x in (-90, -45, -20, 20, 45, 90))
    (place,) = place_labels([label], ROOM, Obstacles(discs=((100, 75, 2),), faint=crowded), EM)
    assert place.leader is None  # no place is free of them, so the nearest is taken


def test_a_name_without_room_becomes_a_number():
    wide = Candidate(100.0, 75.0, 2.0, 500.0, EM, 8.0)
    (place,) = place_labels([wide], ROOM, Obstacles(discs=((100, 75, 2),)), EM)
    assert place.numbered


def test_a_label_keeps_off_marks_that_it_could_be_taken_for():
    # east of the mark there is room, but the label would end at another mark
    label = Candidate(50, 50, 2, 20, 8)
    discs = ((50, 50, 2), (77, 50, 2))
    (placed,) = place_labels([label], Box(0, 0, 100, 100), Obstacles(discs=discs), 8)
    assert placed.leader is None
    assert 77 - 2 - placed.box.right > 0.4 * 8 or not placed.box.top < 50 < placed.box.bottom


def test_labels_on_one_line_stand_apart():
    labels = [Candidate(20, 50, 1, 30, 8), Candidate(85, 50, 1, 30, 8)]
    first, second = place_labels(labels, Box(0, 20, 100, 80), Obstacles(), 8)
    gap = second.box.left - first.box.right
    assert gap >= 0.4 * 8 or first.box.bottom < second.box.top or second.box.bottom < first.box.top
