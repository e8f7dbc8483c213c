"""Words of the specification curve."""

from k2meta.figures.words.catalogue import register_words

__all__: list[str] = []

register_words(
    {
        "specification: title": ("Specification curve", "规格曲线"),
        "specification: x": ("Specifications, by estimate", "按估计值排序的分析方案"),
        "specification: significant": ("P < {alpha}", "P < {alpha}"),
        "specification: other": ("P ≥ {alpha}", "P ≥ {alpha}"),
        "specification: median": ("Median", "中位数"),
        "specification: effects": ("Effects", "效应"),
        "specification: model": ("Model", "模型"),
        "specification: test": ("Interval", "区间"),
        "specification: studies": ("Studies", "研究"),
        "specification: all studies": ("All studies", "全部研究"),
        "specification: all": ("All", "全部"),
        "specification: common": ("Common effect", "共同效应"),
        "specification: fixed": ("τ² = {value}", "τ² = {value}"),
        "specification: without": ("Without {study}", "剔除{study}"),
        "specification: not": ("Not {group}", "非{group}"),
        "specification: others": ("{n} other options", "其他{n}个选项"),
        "specification: left out": ("One study left out ({n})", "剔除一项研究（{n}种）"),
        "specification: facts": (
            "{n} specifications; median {median}; {share}% with P < {alpha}",
            "{n}个分析方案；中位数{median}；P < {alpha}者占{share}%",
        ),
        "specification: thinned": (
            "{drawn} of {n} specifications drawn, evenly by rank",
            "按秩次均匀抽取，图中显示{n}个方案中的{drawn}个",
        ),
        "specification: omitted": (
            "meaningless or repeated combinations left out: {n}",
            "未计入无意义或重复的组合：{n}个",
        ),
        "specification: cut": ("intervals that run past the axis: {n}", "超出坐标轴的区间：{n}个"),
        "specification: ratio": ("Ratio ({names})", "比值（{names}）"),
        "specification: alt": (
            "Specification curve: pooled {effect} under {n} specifications, from {low} to {high}, median "
            "{median}; {share}% have P < {alpha}.",
            "规格曲线：{n}个分析方案的合并{effect}，范围{low}～{high}，中位数{median}；"
            "P < {alpha}者占{share}%。",
        ),
        "specification: caption": (
            "Specification curve: pooled {effect} with {level} CI under {n} specifications, sorted by "
            "estimate; dots below show the choices of each.",
            "规格曲线：{n}个分析方案的合并{effect}及{level} CI，按估计值排序；下方圆点表示各方案的选择。",
        ),
    }
)
