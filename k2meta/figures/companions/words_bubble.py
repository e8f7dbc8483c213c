"""Words of the bubble plot."""

from k2meta.figures.words.catalogue import register_words

__all__: list[str] = []

register_words(
    {
        "bubble: line": ("Regression line", "回归线"),
        "bubble: mean": ("Mean effect", "平均效应"),
        "bubble: ci": ("{level} CI", "{level} CI"),
        "bubble: pi": ("{level} prediction interval", "{level}预测区间"),
        "bubble: null": ("No effect", "无效应"),
        "bubble: test all": ("Test of moderators", "调节变量检验"),
        "bubble: test one": ("Test of {name}", "{name}的检验"),
        "bubble: slope": ("Slope: {value} per unit of {name}", "斜率：{name}每增加1单位，变化{value}"),
        "bubble: slope log": (
            "Slope: {value} per unit of {name} (log scale)",
            "斜率（对数尺度）：{name}每增加1单位，变化{value}",
        ),
        "bubble: residual": ("residual", "残余"),
        "bubble: model random": ("Mixed-effects meta-regression", "混合效应Meta回归"),
        "bubble: model common": ("Common-effect meta-regression", "共同效应Meta回归"),
        "bubble: held": (
            "other moderators at the average of the studies",
            "其他调节变量取各研究的平均",
        ),
        "bubble: cut": ("bands are cut at the edge", "区间带在图边截断"),
        "bubble: title": ("Bubble plot", "气泡图"),
        "bubble: alt": (
            "Bubble plot of a meta-regression of {k} studies: {effect} against {name}{by}. Modelled effect: "
            "{ends}.",
            "{k}项研究Meta回归的气泡图：{effect}与{name}{by}。模型估计的效应：{ends}。",
        ),
        "bubble: alt by": (", in panels by {by}", "，按{by}分图"),
        "bubble: alt end": ("{effect} at {value}", "{value}处为{effect}"),
        "bubble: caption": (
            "Bubble plot of a meta-regression of {k} studies: {effect} against {name}{by}, with {level} "
            "confidence{prediction} bands; areas are proportional to weights.",
            "{k}项研究Meta回归的气泡图：{effect}与{name}{by}，附{level}置信带{prediction}；面积与权重成正比。",
        ),
        "bubble: caption prediction": (" and prediction", "与预测带"),
    }
)
