"""Where lines of running text may end: not inside what is read as one word."""

from __future__ import annotations

import pytest

from k2meta.figures.model import plain_text, run
from k2meta.figures.wrapping import longest_piece, wrap


def letters(runs) -> float:
    return float(len(plain_text(runs)))


def lines(text: str, room: int) -> list[str]:
    return [plain_text(line) for line in wrap(run(text), room, letters)]


@pytest.mark.parametrize("room", range(14, 60))
def test_symbols_stay_with_their_nouns_and_names_stay_whole(room):
    english = "95% CI by Knapp–Hartung, df = 12; prediction interval from t quantiles, df = 12"
    broken = "\n".join(lines(english, room))
    assert "t quantiles" in broken
    assert "Knapp–Hartung" in broken
    chinese = "\n".join(lines("95% CI：Knapp-Hartung法，ν = 12；预测区间：t分位数，ν = 12", room))
    assert "t分位数" in chinese
    assert "Knapp-Hartung" in chinese


def test_names_break_at_their_dash_where_there_is_no_room():
    assert lines("Orpington-Moderate", 12) == ["Orpington-", "Moderate"]
    assert longest_piece(run("Orpington-Moderate"), letters) == len("Orpington-")
    assert lines("all random-effects models", 12) == ["all random-", "effects", "models"]
