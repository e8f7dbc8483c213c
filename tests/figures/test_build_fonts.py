"""The tool that builds the faces: which characters it takes, and that it gives the same bytes again."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path

import pytest
from fontTools.ttLib import TTFont

from k2meta.figures.lettering.font_files import HAN_FAMILY, bundled

ROOT = Path(__file__).resolve().parents[2]
FONTS = ROOT / "k2meta" / "figures" / "lettering" / "fonts"
TOOL = ROOT / "tools" / "build_fonts.py"
# Characters of the Table of General Standard Chinese Characters that the source, Noto Sans SC, lacks.
LACKING = ""


@pytest.fixture
def tool():
    spec = importlib.util.spec_from_file_location("build_fonts", TOOL)
    module = importlib.util.module_from_spec(spec)
    sys.modules["build_fonts"] = module
    spec.loader.exec_module(module)
    yield module
    del sys.modules["build_fonts"]


def test_every_character_of_the_table_of_2013_is_there_in_both_weights(tool):
    table = tool.listed_characters(tool.COMMON_USE)
    assert len(table) == len(set(table)) == 8105
    assert (table[0], table[3499], table[3500], table[6500], table[-1]) == ("一", "矗", "乂", "亍", "蠼")
    for bold in (False, True):
        face = bundled(HAN_FAMILY, bold, False)
        assert "".join(char for char in table if not face.covers(char)) == LACKING


def test_the_list_is_extracted_from_the_unihan_database(tool, tmp_path):
    unihan = tmp_path / "Unihan_OtherMappings.txt"
    table = tool.listed_characters(tool.COMMON_USE)
    lines = [f"U+{ord(char):04X}\tkTGH\t2013:{place}" for place, char in enumerate(table, 1)]
    unihan.write_text("\n".join(["# remark", "U+4E00\tkBigFive\tA440", *lines]), encoding="utf-8")
    assert tool.main(["--make-list", str(unihan), "--han-list", str(tmp_path / "list.txt")]) == 0
    assert (tmp_path / "list.txt").read_bytes() == tool.COMMON_USE.read_bytes()
    unihan.write_text("\n".join(lines[:-1]), encoding="utf-8")
    with pytest.raises(SystemExit, match="8104 characters"):
        tool.table_of_2013(unihan)


def test_the_build_gives_the_same_bytes_twice(tool, tmp_path, monkeypatch):
    monkeypatch.delenv("SOURCE_DATE_EPOCH", raising=False)
    source = FONTS / "k2metaSansSC-Regular.ttf"
    codes = {ord(char) for char in "森林图研究（）Aa0"}
    made = [
        tool.make_face(source, tmp_path / f"{i}.ttf", codes, "k2meta Try", tool.STYLES["Bold"]).read_bytes()
        for i in range(2)
    ]
    assert made[0] == made[1]
    small = TTFont(tmp_path / "0.ttf")
    assert set(small.getBestCmap()) == codes
    assert small["name"].getDebugName(1) == "k2meta Try"
    assert small["head"].modified == small["head"].created == tool.MAC_EPOCH


def test_the_build_refuses_cff_and_asks_for_sources(tool, tmp_path, monkeypatch):
    with pytest.raises(SystemExit):
        tool.main([])
    with pytest.raises(SystemExit, match="no static file of weight 400"):
        tool.main(["--han", str(tmp_path), "--out", str(tmp_path)])
    monkeypatch.setattr(tool, "TTFont", lambda *a, **k: {"CFF ": None})
    with pytest.raises(SystemExit, match="no glyf table"):
        tool.make_face(tmp_path / "a.otf", tmp_path / "b.ttf", {65}, "k2meta Try", tool.STYLES["Regular"])


def test_the_build_asks_for_at_least_the_shipped_characters(tool):
    shipped = TTFont(FONTS / "k2metaSansSC-Regular.ttf").getBestCmap()
    wanted = tool.han_characters(tool.listed_characters(tool.COMMON_USE))
    assert len(tool.gb2312_characters()) == 6763 + 682
    assert len(wanted) > 9000
    # punctuation that no Chinese text uses, in the range of quotation marks and dots
    assert "".join(map(chr, sorted(wanted - set(shipped)))) == "\u201b\u201f\u2023\u2024"
