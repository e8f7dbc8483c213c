"""Journals' rules: a figure that breaks one is not written, and the message says what to change."""

from __future__ import annotations

import dataclasses
import re
import warnings
from datetime import date
from pathlib import Path

import forest_cases as cases
import pytest
from PIL import Image

import k2meta as k2
from k2meta.figures.page import profiles
from k2meta.figures.page.saving import FORMATS

LIMITS = {"widths_mm", "height_mm", "type_pt", "formats", "dpi", "colour"}


@pytest.fixture(scope="module")
def fit():
    return k2.meta_analysis(cases.bcg())


@pytest.fixture(scope="module")
def plain(fit):
    return k2.forest_plot(fit)


@pytest.mark.parametrize("name", profiles.profile_names())
def test_each_profile_is_complete_and_says_where_it_is_from(name):
    profile = profiles.get_profile(name)
    assert profile.source.startswith("https://")
    assert isinstance(profile.recorded, date)
    assert set(profile.published) <= LIMITS
    assert set(profile.formats) <= set(FORMATS)
    assert list(profile.widths_mm) == sorted(profile.widths_mm)
    assert 0 < profile.type_pt[0] < (profile.type_pt[1] or 99)
    if set(profile.published) != LIMITS:  # whoever reads the table must see that a limit is hearsay
        assert "second-hand" in profile.note or name == "elsevier"


def test_the_journals_that_were_promised():
    assert set(profiles.profile_names()) >= {"plos", "nature", "jama", "bmj", "lancet", "elsevier", "cma"}


def test_all_faults_come_in_one_message_and_nothing_is_written(fit, tmp_path):
    figure = k2.forest_plot(fit, width=60, size=6, columns=["study", "effect"])
    files = [tmp_path / "fig.tiff", tmp_path / "fig.png"]
    with pytest.raises(k2.OutputError) as caught:
        figure.save(*files, profile="plos", dpi=72)
    message = str(caught.value)
    for part in (
        "width 60.0 mm, expected 66.8 to 190.5 mm",
        "width=66.8",
        "72 dpi",
        "format png",
        "at least",
    ):
        assert part in message
    assert message.count("width 60.0 mm") == 1
    assert "https://journals.plos.org" in message
    assert not any(path.exists() for path in files)


def test_the_advice_helps(fit, plain, tmp_path):
    with pytest.raises(k2.OutputError, match="draw it with size") as caught:
        plain.save(tmp_path / "fig1.tiff", profile="plos")
    size = float(re.search(r"size=([\d.]+)", str(caught.value)).group(1))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", k2.LayoutWarning)  # larger type may cost a column
        larger = k2.forest_plot(fit, size=size, min_size=size)
    larger.save(tmp_path / "fig1.tiff", profile="plos")
    with Image.open(tmp_path / "fig1.tiff") as tiff:
        assert tiff.info["dpi"] == pytest.approx((600, 600), rel=1e-6)
        assert tiff.mode == "RGB"


@pytest.mark.parametrize(
    ("width", "fits"), [(89, True), (183, True), (183.4, True), (150, False), (200, False)]
)
def test_named_widths(fit, width, fits, tmp_path):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", k2.LayoutWarning)
        figure = k2.forest_plot(fit, width=width, size=7, min_size=5, columns=["study", "effect"])
    if fits:
        figure.save(tmp_path / "fig.pdf", profile="nature")
        return
    with pytest.raises(k2.OutputError, match=f"width {width}"):
        figure.save(tmp_path / "fig.pdf", profile="nature")


def test_height(fit, tmp_path):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", k2.LayoutWarning)  # the theme's own limit
        tall = k2.forest_plot(k2.meta_analysis(cases.effects("OR", 60)), width=183, size=7)
    with pytest.raises(k2.OutputError, match=r'height .* mm, expected 170 at most.*pages="auto"'):
        tall.save(tmp_path / "fig.pdf", profile="nature")


def test_hearsay_warns_and_does_not_refuse(plain, tmp_path):
    with pytest.warns(k2.LayoutWarning, match="84 or 173 mm.*second-hand"):
        plain.save(tmp_path / "fig.pdf", profile="bmj")
    assert (tmp_path / "fig.pdf").exists()


def test_resolution_left_out_suits_the_journal():
    for name in profiles.profile_names():
        low, high = profiles.get_profile(name).dpi
        assert low <= profiles.profile_dpi(name) <= (high or 4800)
    assert profiles.profile_dpi(None) == 600


def test_the_resolution_of_vector_files_is_free(plain, tmp_path):
    plain.save(tmp_path / "fig.eps", profile="elsevier", dpi=72) if _small_type_is_fine(plain) else None
    with pytest.raises(k2.OutputError, match="72 dpi, expected 500 at least"):
        plain.save(tmp_path / "fig.tiff", profile="elsevier", dpi=72)


def _small_type_is_fine(figure):
    return min(item.size for item in figure.page.items if hasattr(item, "text")) >= 7


def test_an_unknown_profile(plain, tmp_path):
    with pytest.raises(k2.OptionError, match="did you mean 'nature'"):
        plain.save(tmp_path / "fig.pdf", profile="natur")
    assert not list(Path(tmp_path).iterdir())


def test_every_page_is_checked_before_the_first_is_written(tmp_path):
    pages = k2.forest_plot(k2.meta_analysis(cases.effects("OR", 60)), width=183, size=7, pages="auto")
    assert len(pages) > 1
    pages[-1].page = dataclasses.replace(pages[-1].page, height=900.0)  # as if it were too high
    with pytest.raises(k2.OutputError, match="height"):
        pages.save(tmp_path / "forest.pdf", profile="nature")
    assert not list(tmp_path.iterdir())


def test_checking_writes_nothing_and_warns_of_nothing(plain, tmp_path):
    assert plain.check_save(tmp_path / "fig.tiff", profile="bmj") == 600
    assert not list(tmp_path.iterdir())
