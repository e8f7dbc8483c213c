#!/usr/bin/env python3
"""Render the gallery: each script of docs/gallery in English and Chinese, with its code and its numbers.

    python tools/build_gallery.py            # all pictures and both pages
    python tools/build_gallery.py baujat     # one picture, and both pages

A script says in its docstring (and in ``ABOUT_ZH``) what is shown, and has ``TITLE`` by language and
``draw(lang)``, which returns a figure or a list of pages. ``SECTIONS`` gives the order; a script that no
section names is an error.
"""

from __future__ import annotations

import argparse
import ast
import importlib.util
import io
import math
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

GALLERY = Path(__file__).resolve().parent.parent / "docs" / "gallery"
DPI = 130
HUES, SHADES = 20, 8
VIVID = 30  # between the channels of a pixel: less is a grey
GREYS = np.repeat(np.arange(0, 256, 51, dtype=np.uint8)[:, None], 3, axis=1)
MOST_ROWS = 25
SECTIONS: tuple[tuple[dict[str, str], tuple[str, ...]], ...] = (
    (
        {"en": "Forest plots: seven themes", "zh": "森林图：七种主题"},
        (
            *("forest_plain", "forest_revman", "forest_jama", "forest_bmj", "forest_lancet"),
            *("forest_nature", "forest_cma"),
        ),
    ),
    (
        {"en": "Forest plots: what they can show", "zh": "森林图：可展示的内容"},
        (
            *("forest_subgroups", "forest_subgroups_k2", "forest_models", "forest_cumulative"),
            *("forest_leave_one_out", "forest_panels", "forest_band", "forest_prediction", "forest_columns"),
            *("forest_risk_of_bias", "forest_rates", "forest_bilingual", "forest_pages", "table_forest_plot"),
        ),
    ),
    (
        {"en": "Small studies", "zh": "小样本研究效应"},
        ("funnel", "funnel_contour", "doi"),
    ),
    (
        {"en": "Heterogeneity and influence", "zh": "异质性与影响分析"},
        (
            *("baujat", "radial", "labbe", "influence", "qq", "gosh", "profile", "drapery"),
            *("specification",),
        ),
    ),
    (
        {"en": "Meta-regression", "zh": "Meta回归"},
        ("bubble", "bubble_factor", "bubble_panels"),
    ),
    (
        {"en": "Risk of bias and flow of studies", "zh": "偏倚风险与文献筛选流程"},
        ("risk_of_bias", "risk_of_bias_summary", "prisma"),
    ),
)
WORDS = {
    "en": {
        "page": "README.md",
        "title": "Gallery",
        "lead": "Every picture with the script that draws it, the data behind it and the numbers it shows. "
        "Run a script, and it saves its picture as a PDF in both languages. [中文](README.zh.md)",
        "caption": "Caption: ",
        "data": "Data: {title} (`{name}`). {citation}",
        "per row": "Each row names its own source.",
        "made": "Data: in the script; invented.",
        "code": "Code",
        "numbers": "Numbers shown",
        "more": "... and {n} more rows",
    },
    "zh": {
        "page": "README.zh.md",
        "title": "图例集",
        "lead": "每幅图均附绘制代码、数据来源和图中数字。运行脚本即可保存中英文两种PDF。[English](README.md)",
        "caption": "图注：",
        "data": "数据：{title}（`{name}`）。{citation}",
        "per row": "每行数据各注明来源。",
        "made": "数据：见代码，为虚构数据。",
        "code": "代码",
        "numbers": "图中数字",
        "more": "……另有{n}行",
    },
}


@dataclass(frozen=True)
class Picture:
    """One script of the gallery."""

    name: str
    titles: dict[str, str]
    about: dict[str, str]
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
    about = {"en": doc.strip(), "zh": module.ABOUT_ZH}
    return Picture(path.stem, module.TITLE, about, code, module.draw)


def scripts() -> list[Path]:
    """All scripts, in the order of the sections.

    Raises
    ------
    SystemExit
        When a script is in no section, or a section names one that does not exist.
    """
    ordered = [name for _, names in SECTIONS for name in names]
    present = {path.stem for path in GALLERY.glob("*.py")}
    if odd := sorted(present.symmetric_difference(ordered)):
        raise SystemExit(f"SECTIONS and docs/gallery differ by {', '.join(odd)}")
    return [GALLERY / f"{name}.py" for name in ordered]


def figures_of(drawn: Any) -> list[Any]:
    """A figure, or a list of pages, as a list."""
    return drawn if isinstance(drawn, list) else [drawn]


def write_image(figure: Any, path: Path) -> None:
    """Save a figure as a small PNG: its most frequent hues and greys as they are, and steps for edges."""
    buffer = io.BytesIO()
    save = getattr(figure, "save", figure.savefig)
    save(buffer, format="png", dpi=DPI)
    pixels = np.asarray(Image.open(buffer).convert("RGB"))
    colours, which, counts = np.unique(pixels.reshape(-1, 3), axis=0, return_inverse=True, return_counts=True)
    ranked = colours[np.argsort(-counts, kind="stable")]
    vivid = np.ptp(ranked, axis=1) > VIVID
    palette = np.unique(np.vstack([ranked[vivid][:HUES], ranked[~vivid][:SHADES], GREYS]), axis=0)
    distance = np.abs(colours[:, None].astype(int) - palette.astype(int)).sum(axis=2)
    nearest = distance.argmin(axis=1).astype(np.uint8)
    image = Image.fromarray(nearest[which.reshape(-1)].reshape(pixels.shape[:2]), "P")
    image.putpalette(palette.tobytes())
    image.save(path, optimize=True, dpi=(DPI, DPI))


def table(frame: Any) -> Iterator[str]:
    """The first rows of a frame as a markdown table."""
    yield "| " + " | ".join(cell(column) for column in frame.columns) + " |"
    yield "|" + "---|" * len(frame.columns)
    for row in frame.head(MOST_ROWS).itertuples(index=False):
        yield "| " + " | ".join(cell(value) for value in row) + " |"


def cell(value: Any) -> str:
    """One value, short and safe inside a table; nothing where there is none."""
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return ""
    text = f"{value:.4g}" if isinstance(value, float) else str(value)
    return text.replace("|", "\\|").replace("\n", " ")


def sources(picture: Picture, lang: str) -> Iterator[str]:
    """Where the data come from: the cards of the data sets that the script loads."""
    from k2meta import load_dataset

    words = WORDS[lang]
    names = dict.fromkeys(re.findall(r'load_dataset\("(\w+)"\)', picture.code))
    if not names:
        yield words["made"]
    for name in names:
        card = load_dataset(name).attrs["card"]
        citation = card["citation"] if card["source"] != "per row" else words["per row"]
        if card["doi"]:
            citation += f" doi:{card['doi']}"
        yield words["data"].format(
            title=card["title" if lang == "en" else "title_zh"], name=name, citation=citation
        )


def section(picture: Picture, lang: str, figures: list[Any]) -> Iterator[str]:
    """One picture of a page."""
    words = WORDS[lang]
    yield f'<a id="{picture.name}"></a>\n\n### {picture.titles[lang]}\n'
    yield picture.about[lang] + "\n"
    for number, figure in enumerate(figures):
        alt = getattr(figure, "k2meta", {}).get(f"alt_{lang}", picture.titles[lang])
        alt = alt.replace("[", "(").replace("]", ")")
        yield f"![{alt}](images/{image_name(picture, lang, number)})\n"
    if hasattr(figures[0], "caption"):
        yield f"{words['caption']}{figures[0].caption(lang)}\n"
    yield "\n".join(f"{line}\n" for line in sources(picture, lang))
    yield f"<details><summary>{words['code']}: <code>{picture.name}.py</code></summary>\n"
    yield f"```python\n{picture.code.rstrip()}\n```\n\n</details>\n"
    if not hasattr(figures[0], "table"):
        return
    frame = figures[0].table()
    yield f"<details><summary>{words['numbers']}</summary>\n"
    yield "\n".join(table(frame)) + "\n"
    if len(frame) > MOST_ROWS:
        yield words["more"].format(n=len(frame) - MOST_ROWS) + "\n"
    yield "</details>\n"


def image_name(picture: Picture, lang: str, number: int) -> str:
    """File name of a page of a picture."""
    return f"{picture.name}-{lang}{f'-{number + 1}' if number else ''}.png"


def page(lang: str, pictures: dict[str, Picture], shown: dict[str, list[str]]) -> str:
    """A whole page: the index, then the pictures in their sections."""
    words = WORDS[lang]
    lines = [f"# {words['title']}\n", words["lead"] + "\n"]
    for heads, names in SECTIONS:
        links = (f"[{pictures[name].titles[lang]}](#{name})" for name in names)
        between, colon = (" · ", ": ") if lang == "en" else ("、", "：")
        lines.append(f"- **{heads[lang]}**{colon}{between.join(links)}")
    lines.append("")
    for heads, names in SECTIONS:
        lines += [f"## {heads[lang]}\n", *(line for name in names for line in shown[name])]
    return "\n".join(lines).rstrip() + "\n"


def main(arguments: list[str] | None = None) -> None:
    """Render what was asked for."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("names", nargs="*", help="pictures to render again; all by default")
    wanted = parser.parse_args(arguments).names
    images = GALLERY / "images"
    images.mkdir(exist_ok=True)
    pictures = {path.stem: load(path) for path in scripts()}
    if unknown := sorted(set(wanted) - set(pictures)):
        parser.error(f"no picture is called {', '.join(unknown)}")
    names: set[str] = set()
    for lang, words in WORDS.items():
        shown: dict[str, list[str]] = {}
        for name, picture in pictures.items():
            figures = figures_of(picture.draw(lang))
            shown[name] = list(section(picture, lang, figures))
            for number, figure in enumerate(figures):
                names.add(image_name(picture, lang, number))
                if not wanted or name in wanted:
                    write_image(figure, images / image_name(picture, lang, number))
        (GALLERY / words["page"]).write_text(page(lang, pictures, shown), encoding="utf-8")
    for old in images.glob("*.png"):
        if old.name not in names:
            old.unlink()


if __name__ == "__main__":
    main()
