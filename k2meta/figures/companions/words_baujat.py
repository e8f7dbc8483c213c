"""Words of the Baujat plot."""

from k2meta.figures.words.catalogue import register_words

__all__: list[str] = []

register_words(
    {
        "baujat: x": ("Contribution to heterogeneity (Q)", "对异质性（Q）的贡献"),
        "baujat: y": ("Influence on the pooled effect", "对合并效应的影响"),
        "baujat: note": (
            "Horizontal axis: squared Pearson residual; vertical axis: squared change of the pooled effect "
            "without the study, over its variance",
            "横轴：Pearson残差的平方；纵轴：剔除该研究后合并效应变化的平方除以其方差",
        ),
        "baujat: title": ("Baujat plot", "Baujat图"),
        "baujat: alt": (
            "Baujat plot of {k} studies. {first} contributes most to heterogeneity ({q}); {last} has the "
            "largest influence on the pooled effect ({influence}).",
            "{k}项研究的Baujat图。对异质性贡献最大的是{first}（{q}）；对合并效应影响最大的是{last}（{influence}）。",
        ),
        "baujat: caption": (
            "Baujat plot of {k} studies: contribution of each to heterogeneity against its influence on the "
            "pooled effect ({method}).",
            "{k}项研究的Baujat图：各研究对异质性的贡献与其对合并效应的影响（{method}）。",
        ),
    }
)
