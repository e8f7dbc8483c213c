"""The flow of records through an invented review.

The numbers are checked against each other before anything is drawn.
"""

import k2meta as k2

TITLE = {"en": "PRISMA 2020 flow diagram (invented review)", "zh": "PRISMA 2020流程图（虚构综述）"}
ABOUT_ZH = "一项虚构综述的文献筛选流程；绘图前先核对各数字是否相符。"
WORDS = {
    "en": {
        "databases": ("MEDLINE", "Embase"),
        "reasons": ("Not randomised", "Other outcome", "Duplicate report"),
    },
    "zh": {"databases": ("MEDLINE", "Embase"), "reasons": ("非随机对照", "结局不符", "重复报告")},
}


def flow(lang):
    """Count the records, with lists named in one language."""
    words = WORDS[lang]
    return {
        "databases": dict(zip(words["databases"], (812, 1034), strict=True)),
        "registers": 96,
        "duplicates": 571,
        "automation": 40,
        "screened": 1331,
        "excluded": 1248,
        "sought": 83,
        "not_retrieved": 3,
        "assessed": 80,
        "excluded_reports": dict(zip(words["reasons"], (31, 18, 6), strict=True)),
        "studies": 22,
        "reports": 25,
    }


def draw(lang):
    """Draw the figure in one language."""
    return k2.prisma_plot(flow(lang), lang=lang, title=TITLE[lang])


if __name__ == "__main__":
    for lang in ("en", "zh"):
        draw(lang).save(f"prisma-{lang}.pdf")
