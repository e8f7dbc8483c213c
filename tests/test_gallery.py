"""The gallery: every script draws a clean figure in both languages, and the pages show the scripts."""

from __future__ import annotations

import functools
import importlib.util
import re
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[1]
GALLERY = ROOT / "docs" / "gallery"
for folder in (ROOT / "tests" / "figures", ROOT / "tools"):
    if str(folder) not in sys.path:
        sys.path.insert(0, str(folder))

NAMES = sorted(path.stem for path in GALLERY.glob("*.py"))
PAGES = {"en": "README.md", "zh": "README.zh.md"}
HAN = re.compile(r"[\u4e00-\u9fff]")


@functools.cache
def builder() -> Any:
    found = importlib.util.spec_from_file_location("build_gallery", ROOT / "tools" / "build_gallery.py")
    module = importlib.util.module_from_spec(found)
    sys.modules["build_gallery"] = module  # where dataclasses look for it
    found.loader.exec_module(module)
    return module


@functools.cache
def picture(name: str) -> Any:
    return builder().load(GALLERY / f"{name}.py")


@functools.cache
def page(lang: str) -> str:
    return (GALLERY / PAGES[lang]).read_text(encoding="utf-8")


@functools.cache
def parts(lang: str) -> dict[str, str]:
    """The page cut into its pictures."""
    pieces = re.split(r'<a id="(\w+)"></a>\n', page(lang))
    return dict(zip(pieces[1::2], pieces[2::2], strict=True))


@pytest.mark.parametrize("lang", ["en", "zh"])
@pytest.mark.parametrize("name", NAMES)
def test_script_draws_what_an_author_would_sign(name: str, lang: str) -> None:
    from check_figure import check_figure, errors

    figures = builder().figures_of(picture(name).draw(lang))
    several = len(figures) > 1
    for figure in figures:
        found = errors(check_figure(figure, files=False, dpi=100))
        # the weights of one page add to less than 100
        assert [p for p in found if not (several and "weights add to" in p.message)] == []
    if hasattr(figures[0], "caption"):
        assert figures[0].caption(lang)
        assert not figures[0].table().empty
    images = [GALLERY / "images" / builder().image_name(picture(name), lang, n) for n in range(len(figures))]
    assert [image.name for image in images if not image.is_file()] == []


@pytest.mark.parametrize("name", NAMES)
def test_script_explains_itself_in_both_languages(name: str) -> None:
    shown = picture(name)
    assert shown.titles.keys() == shown.about.keys() == {"en", "zh"}
    for words in (shown.titles, shown.about):
        assert words["en"]
        assert not HAN.search(words["en"])
        assert HAN.search(words["zh"])
    invented = "invented" in shown.about["en"]
    assert invented == ("虚构" in shown.about["zh"])
    assert invented == ("invented" in shown.titles["en"])
    assert invented == ("虚构" in shown.titles["zh"])


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_pages_list_every_script_in_the_order_of_the_sections(lang: str) -> None:
    order = [path.stem for path in builder().scripts()]
    assert sorted(order) == NAMES
    assert list(parts(lang)) == order
    assert re.findall(r"\]\(#(\w+)\)", page(lang)) == order
    forests = ["forest" in name for name in order]
    assert forests == sorted(forests, reverse=True)


@pytest.mark.parametrize("lang", ["en", "zh"])
@pytest.mark.parametrize("name", NAMES)
def test_page_shows_the_script_its_words_and_its_images(name: str, lang: str) -> None:
    shown, part = picture(name), parts(lang)[name]
    assert f"### {shown.titles[lang]}\n" in part
    assert f"\n{shown.about[lang]}\n" in part
    assert f"```python\n{shown.code.rstrip()}\n```" in part
    images = re.findall(r"!\[(.+?)\]\(images/([\w.-]+)\)", part, re.S)
    assert images
    for alt, image in images:
        assert image.startswith(f"{name}-{lang}")
        assert bool(HAN.search(alt)) == (lang == "zh")


def test_images_are_small_and_none_is_left_over() -> None:
    images = {path.name: path.stat().st_size for path in (GALLERY / "images").glob("*")}
    linked = set(re.findall(r"\(images/([\w.-]+)\)", page("en") + page("zh")))
    assert set(images) == linked
    assert max(images.values()) < 62_000
    assert sum(images.values()) < 3_000_000


def test_only_rows_that_may_be_shown_are_shown() -> None:
    for name in NAMES:
        code = picture(name).code
        assert "include_retracted" not in code
        if 'load_dataset("k2_' in code:
            assert "analysis_rows(k2.load_dataset(" in code


def test_a_script_without_a_section_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "unlisted.py").write_text('"""Nothing."""\n', encoding="utf-8")
    monkeypatch.setattr(builder(), "GALLERY", tmp_path)
    with pytest.raises(SystemExit, match="unlisted"):
        builder().scripts()
