"""Where lines of running text may end: not inside what is read as one word."""

from __future__ import annotations

import companion_cases as cases
import pytest

import k2meta as k2
from k2meta.figures.looks.display import Text
from k2meta.figures.looks.model import plain_text, run
from k2meta.figures.page.wrapping import longest_piece, wrap


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


@pytest.mark.parametrize("theme", ["plain", "revman", "jama", "bmj", "lancet"])
def test_a_footnote_does_not_part_t_from_its_quantiles(theme):
    figure = k2.forest_plot(cases.bcg(), theme=theme)
    lines: dict[float, list[Text]] = {}
    for item in figure.page.items:
        if isinstance(item, Text) and item.gid == "k2:text:footnote:0":
            lines.setdefault(item.y, []).append(item)
    texts = ["".join(item.text for item in sorted(own, key=lambda t: t.x)) for own in lines.values()]
    assert len(texts) == 2
    assert any("t quantiles" in text for text in texts)
    assert any("Knapp–Hartung" in text for text in texts)


def test_refits_say_how_i2_was_made_only_where_it_is_shown():
    omitted = k2.leave_one_out(cases.bcg())
    added = k2.cumulative_meta_analysis(cases.bcg(), order="year")
    assert "I² from" in cases.texts(k2.forest_plot(omitted))
    assert "I² from" not in cases.texts(k2.forest_plot(omitted, columns=["study", "effect"]))
    assert "I² from" not in cases.texts(k2.forest_plot(added))
    assert "I² from" in cases.texts(k2.forest_plot(added, columns=["study", "effect", "i2"]))


@pytest.mark.parametrize("theme", ["bmj", "lancet"])
def test_events_over_person_time_stand_on_two_lines_over_both_arms(theme):
    rows = k2.load_dataset("nielweise2008")
    figure = k2.forest_plot(k2.meta_analysis(k2.effect_sizes(rows, "IRR", study="study")), theme=theme)
    heads = [item for item in figure.page.items if isinstance(item, Text) and item.text.startswith("person")]
    assert [item.text for item in heads] == ["person-time"] * 2


@pytest.mark.parametrize("room", range(5, 14))
def test_a_word_that_must_be_cut_leaves_no_mark_at_the_start_of_a_line(room):
    broken = lines("1 Donaudampfschifffahrtselektrizitaet; 2 Donaudampfschiff, 维生素K2组。", room)
    assert not [line for line in broken if line[0] in ";,。"]
    assert all(len(line) <= room for line in broken)
