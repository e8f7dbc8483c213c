"""Words of the radial plot."""

from k2meta.figures.words.catalogue import register_words

__all__: list[str] = []

register_words(
    {
        "radial: x common": ("Precision, 1/SE", "精度，1/SE"),
        "radial: x random": ("Precision, 1/√(SE² + {symbol}²)", "精度，1/√(SE² + {symbol}²)"),
        "radial: y common": ("{effect} / SE", "{effect} / SE"),
        "radial: y random": ("{effect} / √(SE² + {symbol}²)", "{effect} / √(SE² + {symbol}²)"),
        "radial: y centred": ("({effect} − pooled) / {root}", "（{effect} − 合并值）/ {root}"),
        "radial: line": ("Pooled effect {value}", "合并效应 {value}"),
        "radial: band": ("Line ±{z}", "直线±{z}范围"),
        "radial: arc": ("Arc: {effect}", "弧形标尺：{effect}"),
        "radial: note": (
            "A study’s effect is read where the ray from the origin through its point meets the arc; the "
            "bracket on the arc is the {level} CI of the pooled effect",
            "从原点过研究点的射线与弧形标尺之交点即该研究的效应；弧上的括线为合并效应的{level} CI",
        ),
        "radial: title": ("Radial plot", "径向图（Galbraith图）"),
        "radial: alt": (
            "Radial (Galbraith) plot of {k} studies: standardised {effect} against precision. The line "
            "through the origin has the pooled effect {value} as its slope; {n} studies lie further than {z} "
            "from it.",
            "{k}项研究的径向图（Galbraith图）：标准化{effect}与精度。过原点之线的斜率为合并效应{value}；"
            "{n}项研究在该直线±{z}范围之外。",
        ),
        "radial: caption": (
            "Radial (Galbraith) plot of {k} studies: each effect over its standard error against the inverse "
            "of that, with the pooled {effect} ({method}) as slope, a band of ±{z} about it, and an arc on "
            "which effects are read.",
            "{k}项研究的径向图（Galbraith图）：各效应除以其标准误与标准误之倒数，斜率为合并{effect}（{method}），"
            "附其±{z}范围及读取{effect}的弧形标尺。",
        ),
    }
)
