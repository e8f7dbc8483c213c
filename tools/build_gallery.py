#!/usr/bin/env python3
"""Render the gallery: each script of docs/gallery in English and Chinese, with its code and its numbers.

    python tools/build_gallery.py            # all pictures and both pages
    python tools/build_gallery.py baujat     # one picture, and both pages

A script says in its docstring what is shown and has ``TITLE`` (by language) and ``draw(lang)``.
"""

from __future__ import annotations

import argparse
import ast
import importlib.util
import io
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from PIL import Image

GALLERY = Path(__file__).resolve().parent.parent / "docs" / "gallery"
DPI = 160
MOST_ROWS = 12
WORDS = {
    "en": {
        "page": "README.md",
        "title": "Gallery",
        "lead": "Every picture with the script that draws it and the numbers it shows. [中文](README.zh.md)",
        "code": "Code",
        "data": "Numbers shown",
        "more": "... and {n} more rows",
        "file": "{name}.py",
    },
    "zh": {
        "page": "README.zh.md",
        "title": "图例集",
        "lead": "每幅图均附绘制代码和图中数据。[English](README.md)",
        "code": "代码",
        "data": "图中数据",
        "more": "……另有{n}行",
        "file": "{name}.py",
    },
}


@dataclass(frozen=True)
class Picture:
    """One script of the gallery."""

    name: str
    titles: dict[str, str]
    about: str
    code: str
    draw: Callable[[str], Any]


def load(path: Path) -> Picture:
    """Read and run a script."""
    code = path.read_text(encoding="utf-8")
    doc = ast.get_docstring(ast.parse(code)) or ""
    found = importlib.util.spec_from_file_location(f"gallery_{path.stem}", path)
    assert found is not None
    assert found.loader is not None
    module = importlib.util.module_from_spec(found)
    found.loader.exec_module(module)
    return Picture(path.stem, module.TITLE, doc.strip(), code, module.draw)


def scripts() -> list[Path]:
    """All scripts, in the order of their names."""
    return sorted(GALLERY.glob("*.py"))


def figures_of(drawn: Any) -> list[Any]:
    """A figure, or a list of pages, as a list."""
    return drawn if isinstance(drawn, list) else [drawn]


def write_image(figure: Any, path: Path) -> None:
    """Save a figure as a small PNG: the few colours of a chart need no more than a palette."""
    buffer = io.BytesIO()
    figure.save(buffer, format="png", dpi=DPI)
    image = Image.open(buffer).convert("RGB").quantize(64, dither=Image.Dither.NONE)
    image.save(path, optimize=True, dpi=(DPI, DPI))


def table(figure: Any) -> Iterator[str]:
    """The numbers of a figure as a markdown table."""
    frame = figure.table()
    shown = frame.head(MOST_ROWS)
    yield "| " + " | ".join(str(column) for column in frame.columns) + " |"
    yield "|" + "---|" * len(frame.columns)
    for row in shown.itertuples(index=False):
        yield "| " + " | ".join(cell(value) for value in row) + " |"


def cell(value: Any) -> str:
    """One value, short and safe inside a table."""
    text = f"{value:.4g}" if isinstance(value, float) else str(value)
    return text.replace("|", "\\|").replace("\n", " ")


def section(picture: Picture, lang: str, figures: list[Any]) -> Iterator[str]:
    """One picture of a page."""
    words = WORDS[lang]
    yield f"## {picture.titles[lang]}\n"
    yield (picture.about if lang == "en" else figures[0].caption("zh")) + "\n"
    for number, figure in enumerate(figures):
        yield f"![{figure.alt_text}](images/{image_name(picture, lang, number)})\n"
    yield f"<details><summary>{words['code']}: <code>{picture.name}.py</code></summary>\n"
    yield f"```python\n{picture.code.rstrip()}\n```\n\n</details>\n"
    yield f"<details><summary>{words['data']}</summary>\n"
    yield "\n".join(table(figures[0]))
    rest = len(figures[0].table()) - MOST_ROWS
    yield ("\n" + words["more"].format(n=rest) + "\n" if rest > 0 else "") + "\n</details>\n"


def image_name(picture: Picture, lang: str, number: int) -> str:
    """File name of a page of a picture."""
    return f"{picture.name}-{lang}{f'-{number + 1}' if number else ''}.png"


def main(arguments: list[str] | None = None) -> None:
    """Render what was asked for."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("names", nargs="*", help="pictures to render again; all by default")
    wanted = parser.parse_args(arguments).names
    images = GALLERY / "images"
    images.mkdir(exist_ok=True)
    pages: dict[str, list[str]] = {lang: [] for lang in WORDS}
    pictures = [load(path) for path in scripts()]
    for picture in pictures:
        for lang in WORDS:
            figures = figures_of(picture.draw(lang))
            pages[lang] += section(picture, lang, figures)
            if not wanted or picture.name in wanted:
                for number, figure in enumerate(figures):
                    write_image(figure, images / image_name(picture, lang, number))
    for lang, words in WORDS.items():
        index = [f"- [{p.titles[lang]}](#{anchor(p.titles[lang])})" for p in pictures]
        text = "\n".join([f"# {words['title']}\n", words["lead"] + "\n", *index, "", *pages[lang]])
        (GALLERY / words["page"]).write_text(text.rstrip() + "\n", encoding="utf-8")


def anchor(title: str) -> str:
    """The anchor that a heading gets where markdown is shown."""
    kept = "".join(c for c in title.lower() if c.isalnum() or c in " -")
    return kept.replace(" ", "-")


if __name__ == "__main__":
    main()
