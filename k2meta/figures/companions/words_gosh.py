"""Words of the GOSH plot."""

from k2meta.figures.words.catalogue import register_words

__all__: list[str] = []

register_words(
    {
        "gosh: title": ("GOSH plot", "GOSH图"),
        "gosh: i2": ("I² (%)", "I²（%）"),
        "gosh: tau2": ("τ²", "τ²"),
        "gosh: q": ("Cochran's Q", "Cochran Q"),
        "gosh: with": ("Subsets with {study}", "包含{study}的子集"),
        "gosh: without": ("Subsets without it", "不包含该研究的子集"),
        "gosh: all": ("All {n} subsets of the {k} studies", "{k}项研究的全部{n}个子集"),
        "gosh: drawn": (
            "{n} subsets of the {k} studies, drawn with seed {seed}",
            "从{k}项研究中随机抽取的{n}个子集（随机种子{seed}）",
        ),
        "gosh: missing": ("{n} subsets that cannot be pooled are not shown", "{n}个无法合并的子集未显示"),
        "gosh: alt": (
            "GOSH plot: pooled {effect} and {what} of {n} subsets of {k} studies. The middle half of the "
            "pooled effects lies between {low} and {high}; with all studies it is {estimate}.",
            "GOSH图：{k}项研究的{n}个子集的合并{effect}与{what}。合并效应的中间一半位于{low}与{high}之间；全部研究的合并效应为{estimate}。",
        ),
        "gosh: caption": (
            "GOSH plot: pooled {effect} and {what} of {n} subsets of {k} studies ({method}). Bars show how "
            "the values are distributed; the dashed lines show the fit with all studies.",
            "GOSH图：{k}项研究的{n}个子集的合并{effect}与{what}（{method}）。条形表示数值的分布；虚线表示全部研究的结果。",
        ),
    }
)
