"""Words of the L'Abbé plot."""

from k2meta.figures.words.catalogue import register_words

__all__: list[str] = []

register_words(
    {
        "labbe: risk control": ("Risk in control group", "对照组的风险"),
        "labbe: risk experimental": ("Risk in experimental group", "试验组的风险"),
        "labbe: risk named": ("Risk, {arm}", "风险：{arm}"),
        "labbe: rate control": ("Rate in control group{per}", "对照组的发生率{per}"),
        "labbe: rate experimental": ("Rate in experimental group{per}", "试验组的发生率{per}"),
        "labbe: rate named": ("Rate, {arm}{per}", "发生率：{arm}{per}"),
        "labbe: per": (" (per {per} of person-time)", "（每{per}人时）"),
        "labbe: diagonal": ("No effect", "无效应"),
        "labbe: curve": ("Pooled {effect} {value}", "合并{effect} {value}"),
        "labbe: note": (
            "Events over totals as observed, without correction of zero cells",
            "事件数除以总数，均为观察值，零格未作校正",
        ),
        "labbe: note rates": (
            "Events over person-time as observed, without correction of zero counts",
            "事件数除以人时，均为观察值，零计数未作校正",
        ),
        "labbe: title": ("L’Abbé plot", "L’Abbé图"),
        "labbe: alt": (
            "L’Abbé plot of {k} studies: {control} against {treated}. {above} studies lie above the diagonal "
            "of no effect and {below} below it; the curve shows a pooled {effect} of {value}.",
            "{k}项研究的L’Abbé图：{control}与{treated}。{above}项在无效应对角线之上，{below}项在其下；"
            "曲线为合并{effect}{value}。",
        ),
        "labbe: caption": (
            "L’Abbé plot of {k} studies: {treated} against {control}, with the diagonal of no effect and the "
            "curve of the pooled {effect} ({method}).",
            "{k}项研究的L’Abbé图：{treated}与{control}，附无效应对角线与合并{effect}曲线（{method}）。",
        ),
    }
)
