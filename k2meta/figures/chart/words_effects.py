"""Words that several companions of the forest plot share."""

from k2meta.figures.words.catalogue import register_words

__all__: list[str] = []

register_words(
    {
        "effects: excluded one": (
            "1 study of the data is not pooled and has no point.",
            "数据中有1项研究未合并，图中无其点。",
        ),
        "effects: excluded": (
            "{n} studies of the data are not pooled and have no points.",
            "数据中有{n}项研究未合并，图中无其点。",
        ),
        "effects: undrawn": (
            "Not drawn, since the value is not finite: {names}.",
            "因数值并非有限而未画出：{names}。",
        ),
        "effects: area": ("area of a point: weight of the study", "点的面积：研究的权重"),
    }
)
