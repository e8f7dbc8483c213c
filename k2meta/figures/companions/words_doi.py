"""Words of the doi plot."""

from k2meta.figures.words.catalogue import register_words

__all__: list[str] = []

register_words(
    {
        "doi: y": ("|{symbol}| of the rank", "秩的|{symbol}|值"),
        "doi: index": ("LFK index", "LFK指数"),
        "doi: none": ("no asymmetry", "无不对称"),
        "doi: minor": ("minor asymmetry", "轻度不对称"),
        "doi: major": ("major asymmetry", "重度不对称"),
        "doi: note": (
            "{symbol}: normal score of the rank of each effect, ranks weighted by precision; LFK index: −1 "
            "to 1 no asymmetry, beyond to ±2 minor, further out major",
            "{symbol}：各效应按精度加权之秩的正态分数；LFK指数在−1至1为无不对称，超出此范围而在±2以内为轻度，更大为重度",
        ),
        "doi: note few": (
            "The LFK index has no sampling distribution of its own and depends on the number of studies",
            "LFK指数没有抽样分布，且受研究数影响",
        ),
        "doi: title": ("Doi plot", "Doi图"),
        "doi: alt": (
            "Doi plot of {k} studies: {effect} against the absolute normal score of its rank. The LFK index "
            "is {index}: {verdict}.",
            "{k}项研究的Doi图：{effect}与其秩的正态分数绝对值。LFK指数为{index}：{verdict}。",
        ),
        "doi: caption": (
            "Doi plot of {k} studies: {effect} of each study against the absolute normal score of its rank; "
            "LFK index {index} ({verdict}).",
            "{k}项研究的Doi图：各研究的{effect}与其秩的正态分数绝对值；LFK指数为{index}（{verdict}）。",
        ),
    }
)
